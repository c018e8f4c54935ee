"""RSNA Intracranial Hemorrhage Detection (Flanders et al. 2020) in its Kaggle layout.

stage_2_train.csv has columns ID and Label and six rows per image, ``ID_xxxxxxxxx_<type>`` for the five haemorrhages
and ``any``; Label is a probability. The images are ``stage_2_train/ID_xxxxxxxxx.dcm``; the patient is in their header.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.headers import read_headers
from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.sources.rsna.settings import Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.listing import csv_row, find_folder, read_csv
from medgan_tf.data.tables.places import check_places, refuse_outside
from medgan_tf.data.tables.table import LabelState, Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

HAEMORRHAGES = ("epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural")
ANY = "any"
NO_FINDING = "no finding"
TYPES = (*HAEMORRHAGES, ANY)
FOLDER_NAMES = ("rsna-intracranial-hemorrhage-detection",)
OBTAINED = (
    "The RSNA data are obtained, after registration, from "
    "https://www.kaggle.com/c/rsna-intracranial-hemorrhage-detection; data.root is the folder with stage_2_train.csv"
)


@SOURCES.register("rsna")
class RsnaSource(Source):
    """RSNA haemorrhage CT, read from the DICOM files.

    Any probability above 0 is positive; `any` is replaced by its complement, the finding "no finding" (paper S.1).

    Args:
        root: The folder with the CSV, or its parent.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """All images of the CSV whose header can be read; see `Source.read_table`."""
        folder = find_folder(self.root, self.options.csv, FOLDER_NAMES, OBTAINED)
        csv = folder / self.options.csv
        images = folder / self.options.images
        if not images.is_dir():
            raise DataError(f"no folder {images} (data.options.images). {OBTAINED}")
        rows = read_csv(csv, ["ID", "Label"])
        image_ids, probabilities = long_to_wide(rows, csv)
        counts = {f"rows in {self.options.csv}": len(rows), "images listed": len(image_ids)}
        counts["repeated rows dropped"] = len(rows) - probabilities.size
        states = pd.DataFrame(_states(probabilities), columns=[*HAEMORRHAGES, NO_FINDING])
        paths = [f"{images}/{image_id}.dcm" for image_id in image_ids]
        root = None if self.options.outside_root else self.root
        if root is not None:
            check_places(paths, root, csv)
        # The headers name the patients, so counting needs them, too; only the cache is then not written.
        headers = read_headers(
            image_ids, paths, self.options.header_cache, self.options.header_workers, root, save=not self.counts_only
        )
        readable = (headers["patient_id"] != "").to_numpy()
        if not readable.any():
            raise DataError(f"{csv} lists images that are not there or no DICOM files, e.g. {paths[0]}")
        contradicting = (probabilities[:, :-1] > 0).any(axis=1) != (probabilities[:, -1] > 0)
        counts["images whose any contradicts their types"] = int(contradicting.sum())
        counts["images without a readable header left out"] = int((~readable).sum())
        counts["images with a wrong rescale intercept, corrected"] = int(headers["wrong_intercept"].sum())
        columns = {"image_id": image_ids, "path": paths, "patient_id": headers["patient_id"]}
        frame = pd.concat([pd.DataFrame(columns), states], axis=1)[readable].reset_index(drop=True)
        return SourceTable(frame, (*HAEMORRHAGES, NO_FINDING), counts, no_finding=NO_FINDING)

    def read_image(self, path: str) -> np.ndarray:
        """One slice in the chosen window, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_dicom(path, self.options.window, mend_intercept=True)


def long_to_wide(rows: pd.DataFrame, csv: Path) -> tuple[np.ndarray, np.ndarray]:
    """Six rows per image to one.

    Args:
        rows: Columns `ID` and `Label` as text.
        csv: The file, for messages.

    Returns:
        The image ids, in the order of their first row, and probabilities [N, 6] in the order of `TYPES`.

    Raises:
        DataError: An ID of another form, a Label that is no probability, an image listed twice with different labels
            or without one of the six rows.
    """
    parts = [text.rpartition("_") for text in rows["ID"].tolist()]
    type_codes, type_names = pd.factorize(np.array([part[2] for part in parts], dtype=object))
    known = np.array([TYPES.index(name) if name in TYPES else -1 for name in type_names])[type_codes]
    if (known < 0).any():
        first = int((known < 0).argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column 'ID': expected ID_<image>_ and one of {', '.join(TYPES)}. "
            f"Received: {shown(rows['ID'].iloc[first])}"
        )
    values = _probabilities(rows["Label"], csv)
    image_codes, image_ids = pd.factorize(np.array([part[0] for part in parts], dtype=object))
    table = np.full((len(image_ids), len(TYPES)), np.nan)
    first_of_pair = ~pd.Series(image_codes * len(TYPES) + known).duplicated().to_numpy()
    table[image_codes[first_of_pair], known[first_of_pair]] = values[first_of_pair]
    different = table[image_codes, known] != values
    if different.any():
        first = int(different.argmax())
        raise DataError(f"{csv}: {rows['ID'].iloc[first]} is listed twice with different labels ({csv_row(first)})")
    if np.isnan(table).any():
        image, kind = np.argwhere(np.isnan(table))[0]
        raise DataError(f"{csv}: image {image_ids[image]} has no row for {TYPES[kind]}")
    return image_ids, table


def _probabilities(labels: pd.Series, csv: Path) -> np.ndarray:
    codes, texts = pd.factorize(labels.to_numpy(dtype=object))
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy(np.float64)
    odd = ~((numbers >= 0) & (numbers <= 1))
    if odd.any():
        number = int(odd.argmax())
        first = int((codes == number).argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column 'Label': expected a probability from 0 to 1. "
            f"Received: {shown(texts[number])}"
        )
    return numbers[codes]


def _states(probabilities: np.ndarray) -> np.ndarray:
    positive = probabilities > 0
    absent = ~positive.any(axis=1, keepdims=True)
    return np.where(np.hstack([positive[:, :-1], absent]), LabelState.POSITIVE, LabelState.NEGATIVE).astype(np.int8)
