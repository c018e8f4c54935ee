"""ChestX-ray14 (Wang et al. 2017) as the NIH Clinical Center publishes it: one table and folders of PNG images.

Columns of Data_Entry_2017_v2020.csv that are read: Image Index (the file's name), Finding Labels (names joined by "|",
or "No Finding"), Patient ID, Patient Age, Patient Gender, View Position. The older Data_Entry_2017.csv has the same,
and some ages above 400, which become unknown. The images lie in images_001/images to images_012/images, or wherever
the archives were unpacked: each file name is looked for below the folder.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.nih.settings import Options
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.listing import csv_row, drop_duplicates, read_csv, refuse_blank
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import (
    check_listed_images,
    find_table,
    keep_rows,
    named_states,
    searched_paths,
)
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import read_regular
from medgan_tf.registry import SOURCES

NO_FINDING = "No Finding"
FINDINGS = (
    NO_FINDING,
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
    "Consolidation",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Pleural_Thickening",
    "Hernia",
)
TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
LISTS = {"train_valid": "train_val_list.txt", "test": "test_list.txt"}
OBTAINED = (
    "ChestX-ray14 is obtained, without registration, from https://nihcc.app.box.com/v/ChestXray-NIHCC; data.root is "
    "the folder with the table and the unpacked images_001.tar.gz to images_012.tar.gz"
)
_SEX, _AGE, _VIEW = "Patient Gender", "Patient Age", "View Position"
_MOST_LIST_BYTES = 2**26


@SOURCES.register("nih")
class NihSource(Source):
    """ChestX-ray14.

    Args:
        root: The folder with the table and the images.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """All images of the table with their findings; see `Source.read_table`."""
        options = self.options
        csv = find_table(self.root, [options.csv] if options.csv else TABLES, (), OBTAINED)
        rows = read_csv(csv, ["Image Index", "Finding Labels", "Patient ID", _SEX, _AGE, _VIEW])
        for column in ("Image Index", "Patient ID"):
            refuse_blank(rows[column], csv)
        names = rows["Image Index"].str.strip()
        listed = {"image_id": names, "path": names, "patient_id": rows["Patient ID"].str.strip()}
        states = named_states(_named(rows["Finding Labels"], csv), FINDINGS)
        about = {column: rows[column].str.strip() for column in (_SEX, _AGE, _VIEW)}
        frame = pd.DataFrame({**listed, **about, **states})
        counts = {f"rows in {csv.name}": len(frame)}
        frame, counts["repeated rows"] = drop_duplicates(frame, FINDINGS, csv)
        if options.views is not None:
            frame, left = keep_rows(frame, _VIEW, options.views, csv, "data.options.views")
            counts["images of other views left out"] = left
        names = frame["image_id"].tolist()
        expected = [csv.parent / "images" / name for name in names]
        frame["path"] = searched_paths(names, csv.parent, expected, options.outside_root, self.counts_only)
        check_listed_images(frame["path"], self.root, csv, options.outside_root, self.counts_only)
        folds = _folds(names, csv.parent) if options.official_folds else None
        covariates = covariate_columns(frame[_SEX], frame[_AGE], frame[_VIEW])
        return SourceTable(
            frame.drop(columns=[_SEX, _AGE, _VIEW]), FINDINGS, counts, NO_FINDING, covariates=covariates, folds=folds
        )

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_grey(path)


def _named(cells: pd.Series, csv: Path) -> list[set[str]]:
    """The findings that every cell names. Raises `DataError` for another name, none, or "No Finding" beside others."""
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    named = [{part.strip() for part in str(text).split("|")} for text in texts]
    for number, names in enumerate(named):
        if names - set(FINDINGS) or (NO_FINDING in names and len(names) > 1):
            row = csv_row(int((codes == number).argmax()))
            raise DataError(
                f"{csv}: {row}, column {cells.name!r}: expected {NO_FINDING!r}, or names joined by '|' of "
                f"{', '.join(FINDINGS[1:])}. Received: {str(texts[number])!r:.200}"
            )
    return [named[code] for code in codes]


def _folds(names: list[str], folder: Path) -> np.ndarray:
    """The NIH's folds: object [N] of train_valid and test. Raises `DataError` for images in no list or in both."""
    fold_of: dict[str, str] = {}
    for fold, name in LISTS.items():
        path = folder / name
        if not path.is_file():
            raise DataError(f"no file {path} (data.options.official_folds). {OBTAINED}")
        for line in read_regular(path, _MOST_LIST_BYTES).decode("utf-8", errors="replace").split():
            if fold_of.setdefault(line, fold) != fold:
                raise DataError(f"{folder}: {line!r:.100} is in both {' and '.join(LISTS.values())}")
    missing = [name for name in names if name not in fold_of]
    if missing:
        raise DataError(
            f"{folder}: {len(missing):,} of {len(names):,} images are in neither {' nor '.join(LISTS.values())}, e.g. "
            f"{missing[0]}"
        )
    return np.array([fold_of[name] for name in names], dtype=object)
