"""RSNA Pneumonia Detection challenge (Shih et al. 2019) in its Kaggle layout: two tables and DICOM files.

stage_2_train_labels.csv has a row for every box: patientId, x, y, width, height, Target; an image without opacity has
one row with Target 0. stage_2_detailed_class_info.csv has patientId and class: "Lung Opacity", "No Lung Opacity / Not
Normal" or "Normal". A patientId names an image: the images were chosen from ChestX-ray14, where patients have several.
Only the list of the RSNA, dataset-mappings_2018.json, says which: [{"subset_img_id": patientId, "img_id":
"00012345_006.png"}].
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.sources.rsna_pneumonia.settings import Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.listing import csv_row, read_csv, refuse_blank
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import check_listed_images, find_table, named_states
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.regular_files import read_regular
from medgan_tf.registry import SOURCES

OPACITY, OTHER, NORMAL = "Lung Opacity", "No Lung Opacity / Not Normal", "Normal"
CLASSES = (OPACITY, OTHER, NORMAL)
NO_OPACITY = "No Lung Opacity"
FOLDER_NAMES = ("rsna-pneumonia-detection-challenge",)
OBTAINED = (
    "The data are obtained, after registration, from https://www.kaggle.com/c/rsna-pneumonia-detection-challenge; "
    "data.root is the folder with stage_2_train_labels.csv"
)
_NIH_IMAGE = re.compile(r"(\d{8})_\d{3}\.png")
_MOST_MAPPING_BYTES = 2**27


@SOURCES.register("rsna_pneumonia")
class RsnaPneumoniaSource(Source):
    """Radiographs of the RSNA Pneumonia Detection challenge.

    Args:
        root: The folder with the tables, or its parent.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """One row for each image; an image with a box shows an opacity. See `Source.read_table`."""
        options = self.options
        csv = find_table(self.root, [options.csv], FOLDER_NAMES, OBTAINED)
        rows = read_csv(csv, ["patientId", "Target"])
        refuse_blank(rows["patientId"], csv)
        names, targets = _one_value(rows["patientId"], rows["Target"], ("0", "1"), csv)
        counts = {f"rows in {csv.name}": len(rows), "images listed": len(names)}
        counts["images with several boxes"] = int((rows["patientId"].str.strip().value_counts() > 1).sum())
        if options.class_info is None:
            findings, no_finding = (OPACITY, NO_OPACITY), NO_OPACITY
            named = [{OPACITY if target == "1" else NO_OPACITY} for target in targets]
        else:
            findings, no_finding = CLASSES, NORMAL
            info = find_table(str(csv.parent), [options.class_info], (), OBTAINED)
            named = [{kind} for kind in _classes(info, names, targets)]
        patients = _patients(csv.parent / options.mapping, names) if options.mapping is not None else ""
        paths = [f"{csv.parent}/{options.images}/{name}.dcm" for name in names]
        check_listed_images(paths, self.root, csv, options.outside_root, self.counts_only)
        frame = pd.DataFrame({"image_id": names, "path": paths, "patient_id": patients} | named_states(named, findings))
        return SourceTable(frame, findings, counts, no_finding, patients_known=options.mapping is not None)

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_dicom(path)


def _one_value(names: pd.Series, values: pd.Series, known: tuple[str, ...], csv: Path) -> tuple[list[str], list[str]]:
    """Each name once, in the order of their first rows, with its value. Raises `DataError` for odd or two values."""
    names, values = names.str.strip(), values.str.strip()
    odd = ~values.isin(known).to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column {values.name!r}: expected {', '.join(known)}. "
            f"Received: {shown(values.iloc[first])}"
        )
    pairs = pd.DataFrame({"name": names, "value": values}).drop_duplicates()
    if pairs["name"].duplicated().any():
        name = pairs["name"][pairs["name"].duplicated()].iloc[0]
        raise DataError(f"{csv}: {name} has two different values in column {values.name!r}")
    return pairs["name"].tolist(), pairs["value"].tolist()


def _classes(csv: Path, names: list[str], targets: list[str]) -> list[str]:
    """The class of every image. Raises `DataError` where it is missing or contradicts the boxes."""
    rows = read_csv(csv, ["patientId", "class"])
    classes = dict(zip(*_one_value(rows["patientId"], rows["class"], CLASSES, csv), strict=True))
    for name, target in zip(names, targets, strict=True):
        if name not in classes:
            raise DataError(f"{csv}: has no row for {name}")
        if (classes[name] == OPACITY) != (target == "1"):
            raise DataError(f"{csv}: {name} is {classes[name]!r}, and has Target {target} in the table of boxes")
    return [classes[name] for name in names]


def _patients(path: Path, names: list[str]) -> list[str]:
    """The NIH's patient of every image. Raises `DataError` for a file of another form, and images it does not have."""
    try:
        entries = parse_json(read_regular(path, _MOST_MAPPING_BYTES))
    except ValueError as error:
        raise DataError(f"{path}: is no JSON: {error}") from error
    if not isinstance(entries, list):
        raise DataError(f"{path}: expected a list of images")
    patients = dict(_patient(entry, path) for entry in entries)
    missing = [name for name in names if name not in patients]
    if missing:
        raise DataError(f"{path}: has no entry for {len(missing):,} of {len(names):,} images, e.g. {missing[0]}")
    return [patients[name] for name in names]


def _patient(entry: Any, path: Path) -> tuple[str, str]:
    known = entry if isinstance(entry, dict) else {}
    name, image = (str(known.get(key, "")) for key in ("subset_img_id", "img_id"))
    match = _NIH_IMAGE.fullmatch(image)
    if not name or not match:
        raise DataError(
            f'{path}: expected "subset_img_id" and "img_id", such as 00012345_006.png, in each entry. '
            f"Received: {str(entry)!r:.200}"
        )
    return name, match[1]
