"""MIMIC-CXR-JPG (Johnson et al. 2019): JPEG files, a table of images, one of labels by study, and one of folds.

mimic-cxr-2.0.0-metadata.csv has dicom_id, subject_id, study_id and ViewPosition; mimic-cxr-2.0.0-chexpert.csv has
subject_id, study_id and CheXpert's 14 findings with 1, 0, -1 (uncertain) or blank; mimic-cxr-2.0.0-split.csv has
dicom_id and split: train, validate or test. They are published packed (.csv.gz). The image is files/p<2
digits>/p<subject_id>/s<study_id>/<dicom_id>.jpg. Sex and age stand in MIMIC-IV and are not read.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.chexpert.source import FINDINGS
from medgan_tf.data.sources.mimic_cxr.settings import Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.listing import csv_row, drop_duplicates, parse_states, read_csv, refuse_blank
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import check_listed_images, find_table, keep_rows
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

PREFIX = "mimic-cxr-2.0.0-"
FOLDS = {"train": "train", "validate": "valid", "test": "test"}
FOLDER_NAMES = ("mimic-cxr-jpg", "2.1.0", "2.0.0", "mimic-cxr-jpg/2.1.0", "mimic-cxr-jpg/2.0.0")
OBTAINED = (
    "MIMIC-CXR-JPG is obtained, after training and agreement, from https://physionet.org/content/mimic-cxr-jpg; "
    f"data.root is the folder with files and the unpacked {PREFIX}metadata.csv"
)
_KEY = ["subject_id", "study_id"]


@SOURCES.register("mimic_cxr")
class MimicCxrSource(Source):
    """MIMIC-CXR-JPG.

    Args:
        root: The folder with the tables and files, or its parent.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """The images of the wanted views with their study's label states; see `Source.read_table`."""
        options = self.options
        csv = self._table("metadata")
        rows = read_csv(csv, ["dicom_id", *_KEY, "ViewPosition"])
        rows = rows.apply(lambda cells: cells.str.strip())
        for column in ("dicom_id", *_KEY):
            refuse_blank(rows[column], csv)
        counts = {f"rows in {csv.name}": len(rows)}
        frame = pd.DataFrame({"image_id": rows["dicom_id"], "patient_id": rows["subject_id"]})
        frame = pd.concat([frame, rows[[*_KEY, "ViewPosition"]]], axis=1)
        frame, counts["repeated rows"] = drop_duplicates(frame, _KEY, csv)
        if options.views is not None:
            frame, left = keep_rows(frame, "ViewPosition", options.views, csv, "data.options.views")
            counts["images of other views left out"] = left
        states = _study_states(self._table(options.labels))
        before = len(frame)
        frame = frame.merge(states, on=_KEY, how="inner")
        counts[f"images of studies without {options.labels} labels left out"] = before - len(frame)
        if frame.empty:
            raise DataError(f"{csv}: no image is of a study in {PREFIX}{options.labels}.csv")
        frame["path"] = [_path(csv.parent, *names) for names in frame[[*_KEY, "image_id"]].itertuples(index=False)]
        check_listed_images(frame["path"], self.root, csv, options.outside_root, self.counts_only)
        folds = _folds(self._table("split"), frame["image_id"]) if options.official_folds else None
        covariates = covariate_columns(view=frame["ViewPosition"])
        frame = frame[["image_id", "path", "patient_id", *FINDINGS]]
        return SourceTable(frame, FINDINGS, counts, "No Finding", covariates=covariates, folds=folds)

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_grey(path)

    def _table(self, name: str) -> Path:
        return find_table(self.root, [f"{PREFIX}{name}.csv"], FOLDER_NAMES, OBTAINED)


def _study_states(csv: Path) -> pd.DataFrame:
    """Columns subject_id and study_id, and one of states for each finding. Raises `DataError` for a study twice."""
    rows = read_csv(csv, [*_KEY, *FINDINGS])
    keys = rows[_KEY].apply(lambda cells: cells.str.strip())
    if keys.duplicated().any():
        first = int(keys.duplicated().to_numpy().argmax())
        raise DataError(f"{csv}: {csv_row(first)}: study {keys['study_id'].iloc[first]} is listed twice")
    return keys.assign(**{name: parse_states(rows[name], csv) for name in FINDINGS})


def _path(folder: Path, subject: str, study: str, image: str) -> str:
    return f"{folder}/files/p{subject[:2]}/p{subject}/s{study}/{image}.jpg"


def _folds(csv: Path, images: pd.Series) -> np.ndarray:
    rows = read_csv(csv, ["dicom_id", "split"])
    odd = ~rows["split"].isin(list(FOLDS)).to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column 'split': expected {', '.join(FOLDS)}. "
            f"Received: {shown(rows['split'].iloc[first])}"
        )
    fold_of = dict(zip(rows["dicom_id"], rows["split"].map(FOLDS), strict=True))
    missing = [image for image in images if image not in fold_of]
    if missing:
        raise DataError(f"{csv}: has no row for {len(missing):,} of {len(images):,} images, e.g. {missing[0]}")
    return np.array([fold_of[image] for image in images], dtype=object)
