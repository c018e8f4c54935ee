"""CheXpert in its CheXpert-v1.0-small layout (Irvin et al. 2019): train.csv and JPEG radiographs.

Columns of train.csv: Path, Sex, Age, Frontal/Lateral, AP/PA, then 14 findings with 1 (positive), 0 (negative), -1
(uncertain) or blank (not mentioned). The patient is the folder ``patientNNNNN`` in Path.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.chexpert.layouts import TABLES_BATCH, image_paths, plus_image_paths, read_plus_labels
from medgan_tf.data.sources.chexpert.settings import Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.listing import (
    check_images_exist,
    csv_row,
    drop_duplicates,
    find_folder,
    first_match,
    parse_states,
    read_csv,
)
from medgan_tf.data.tables.places import check_places, refuse_outside
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

FINDINGS = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)
ABOUT = {"Sex": "sex", "Age": "age", "AP/PA": "view"}
"""Columns that say something of the patient or the picture, and the covariate that each is."""
FOLDER_NAMES = ("CheXpert-v1.0-small", "CheXpert-v1.0", TABLES_BATCH)
OBTAINED = (
    "CheXpert is obtained, after registration, from https://stanfordmlgroup.github.io/competitions/chexpert; "
    "data.root is the CheXpert-v1.0-small folder or its parent, or the folder with the unpacked batches of "
    "CheXpert-v1.0"
)


@SOURCES.register("chexpert")
class ChexpertSource(Source):
    """CheXpert-v1.0-small, the full CheXpert-v1.0, or CheXpert Plus.

    Args:
        root: The dataset's folder or its parent; for the full CheXpert-v1.0 also the folder with the four batches.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """All images of the CSV with their label states; see `Source.read_table`."""
        folder = find_folder(self.root, self.options.csv, FOLDER_NAMES, OBTAINED)
        csv = folder / self.options.csv
        views = ["Frontal/Lateral"] if self.options.frontal_only else []
        plus = csv.suffix == ".json"
        if plus:
            rows = read_plus_labels(csv, FINDINGS)
        else:
            rows = read_csv(csv, ["Path", *views, *FINDINGS], optional=list(ABOUT))
        patients = first_match(rows["Path"], r"(patient\d+)/", csv, "a path with a folder patientNNNNN")
        states = {name: parse_states(rows[name], csv) for name in FINDINGS}
        frame = pd.DataFrame({"image_id": rows["Path"], "path": rows["Path"], "patient_id": patients, **states})
        about = [column for column in ABOUT if column in rows]
        frame = pd.concat([frame, rows[about]], axis=1)
        frame["lateral"] = _lateral(rows["Frontal/Lateral"], csv) if views else False
        counts = {f"rows in {self.options.csv}": len(frame)}
        frame, counts["repeated rows"] = drop_duplicates(frame, FINDINGS, csv)
        if views:
            counts["lateral views left out"] = int(frame["lateral"].sum())
            frame = frame[~frame["lateral"]].reset_index(drop=True)
        if frame.empty:
            raise DataError(f"{csv}: no frontal views; set data.options.frontal_only to false to use lateral ones")
        covariates = covariate_columns(**{ABOUT[column]: frame[column] for column in about})
        frame = frame.drop(columns=["lateral", *about])
        locate = plus_image_paths if plus else image_paths
        frame["path"] = locate(folder, frame["path"], self.counts_only)
        if not self.options.outside_root:
            check_places(frame["path"], self.root, csv)
        if not self.counts_only:
            check_images_exist(frame["path"], csv)
        return SourceTable(frame, FINDINGS, counts, no_finding="No Finding", covariates=covariates)

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_grey(path)


def _lateral(views: pd.Series, csv: Path) -> np.ndarray:
    odd = ~views.isin(["Frontal", "Lateral"]).to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column 'Frontal/Lateral': expected Frontal or Lateral. "
            f"Received: {shown(views.iloc[first])}"
        )
    return (views == "Lateral").to_numpy()
