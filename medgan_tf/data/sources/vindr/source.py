"""VinDr-CXR (Nguyen et al. 2022): three readers for each training image, DICOM files or what was made of them.

PhysioNet's annotations/image_labels_train.csv has a row for each image and reader, image_id, rad_id and a column of 1
and 0 for each finding; image_labels_test.csv has one row for each image, the readers' consensus. Kaggle's train.csv
has a row for each box: image_id, class_name, class_id, rad_id and the box; a reader who saw nothing has a row "No
finding". Neither says which images are of one patient, and the headers do not, either.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.vindr.settings import Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.listing import csv_row, parse_states, read_csv, refuse_blank
from medgan_tf.data.tables.merging import merge_rows
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import check_listed_images, find_table, named_states
from medgan_tf.data.tables.search import find_files
from medgan_tf.data.tables.table import LabelState, Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

NO_FINDING = "No finding"
KAGGLE_FINDINGS = (
    "Aortic enlargement",
    "Atelectasis",
    "Calcification",
    "Cardiomegaly",
    "Consolidation",
    "ILD",
    "Infiltration",
    "Lung Opacity",
    "Nodule/Mass",
    "Other lesion",
    "Pleural effusion",
    "Pleural thickening",
    "Pneumothorax",
    "Pulmonary fibrosis",
    NO_FINDING,
)
"""Kaggle's classes in the order of class_id."""
OTHER_DISEASES = ("Other diseases", "Other disease")
"""PhysioNet's name of one column in the table of training images and in that of test images."""
PHYSIONET_FINDINGS = (
    "Aortic enlargement",
    "Atelectasis",
    "Calcification",
    "Cardiomegaly",
    "Clavicle fracture",
    "Consolidation",
    "Edema",
    "Emphysema",
    "Enlarged PA",
    "ILD",
    "Infiltration",
    "Lung Opacity",
    "Lung cavity",
    "Lung cyst",
    "Mediastinal shift",
    "Nodule/Mass",
    "Pleural effusion",
    "Pleural thickening",
    "Pneumothorax",
    "Pulmonary fibrosis",
    "Rib fracture",
    "Other lesion",
    "COPD",
    "Lung tumor",
    "Pneumonia",
    "Tuberculosis",
    OTHER_DISEASES[0],
    NO_FINDING,
)
TABLES = ("annotations/image_labels_train.csv", "image_labels_train.csv", "train.csv")
TEST_TABLE = "image_labels_test.csv"
ENDINGS = (".dicom", ".dcm", ".png", ".jpg", ".jpeg")
DICOM_ENDINGS = ENDINGS[:2]
MARKS = {text: LabelState(int(text[:1] == "1")) for text in ("1", "1.0", "0", "0.0", "")}
"""Meaning of PhysioNet's cells."""
FOLDER_NAMES = ("vinbigdata-chest-xray-abnormalities-detection", "vindr-cxr", "1.0.0")
OBTAINED = (
    "VinDr-CXR is obtained from https://physionet.org/content/vindr-cxr (training and agreement), or its 15,000 "
    "training images, after registration, from "
    "https://www.kaggle.com/c/vinbigdata-chest-xray-abnormalities-detection; data.root is the folder with train and "
    "the table"
)


@SOURCES.register("vindr")
class VindrSource(Source):
    """VinDr-CXR.

    Args:
        root: The folder with the table and the images, or its parent.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """One row for each image with what its readers agree on; see `Source.read_table`."""
        options = self.options
        csv = find_table(self.root, [options.csv] if options.csv else TABLES, FOLDER_NAMES, OBTAINED)
        kaggle = csv.name == "train.csv"
        if kaggle and options.official_folds:
            raise DataError(f"{csv}: Kaggle has no labels of the test images; set data.options.official_folds to false")
        findings = KAGGLE_FINDINGS if kaggle else PHYSIONET_FINDINGS
        rows = _kaggle_rows(csv) if kaggle else _physionet_rows(csv)
        merged, _ = merge_rows(rows, findings, options.merge, csv, "reader", NO_FINDING)
        counts = {f"images in {csv.name}": len(merged)}
        folds = None
        if options.official_folds:
            test, _ = merge_rows(_physionet_rows(csv.parent / TEST_TABLE), findings, "any", csv, "reader", NO_FINDING)
            if shared := set(merged["image_id"]) & set(test["image_id"]):
                raise DataError(f"{csv.parent}: image {sorted(shared)[0]} is in both tables")
            counts[f"images in {TEST_TABLE}"] = len(test)
            folds = np.array(["train_valid"] * len(merged) + ["test"] * len(test), dtype=object)
            merged = pd.concat([merged, test], ignore_index=True)
        states = merged[list(findings)]
        counts["images whose readers agree on nothing"] = int((states != LabelState.POSITIVE).all(axis=1).sum())
        folder = csv.parent.parent if csv.parent.name == "annotations" else csv.parent
        paths = self._paths(merged["image_id"].tolist(), folder, folds)
        check_listed_images(paths, self.root, csv, options.outside_root, self.counts_only)
        frame = pd.DataFrame({"image_id": merged["image_id"], "path": paths, "patient_id": ""})
        frame = pd.concat([frame, states], axis=1)
        return SourceTable(frame, findings, counts, NO_FINDING, folds=folds, patients_known=False)

    def _paths(self, images: list[str], folder: Path, folds: np.ndarray | None) -> list[str]:
        """Where the images lie; they have other endings where somebody has converted them."""
        found = {} if self.counts_only else find_files(folder, images, ENDINGS, self.options.outside_root)
        parts = ["train"] * len(images) if folds is None else ["test" if fold == "test" else "train" for fold in folds]
        expected = [f"{folder}/{part}/{image}{ENDINGS[0]}" for image, part in zip(images, parts, strict=True)]
        return [found.get(image, place) for image, place in zip(images, expected, strict=True)]

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_dicom(path) if path.lower().endswith(DICOM_ENDINGS) else read_grey(path)


def _kaggle_rows(csv: Path) -> pd.DataFrame:
    """Columns image_id, reader and the findings: one state is positive in each row, that of its box."""
    rows = read_csv(csv, ["image_id", "class_name", "rad_id"])
    for column in ("image_id", "rad_id"):
        refuse_blank(rows[column], csv)
    names = rows["class_name"].str.strip()
    odd = ~names.isin(KAGGLE_FINDINGS).to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column 'class_name': expected one of {', '.join(KAGGLE_FINDINGS)}. "
            f"Received: {shown(names.iloc[first])}"
        )
    states = named_states([(name,) for name in names], KAGGLE_FINDINGS)
    return pd.DataFrame({"image_id": rows["image_id"].str.strip(), "reader": rows["rad_id"].str.strip(), **states})


def _physionet_rows(csv: Path) -> pd.DataFrame:
    """As `_kaggle_rows`. The test table has neither readers nor the training table's name of one column."""
    test = csv.name == TEST_TABLE
    if not csv.is_file():
        raise DataError(f"no file {csv} (data.options.official_folds). {OBTAINED}")
    names = [OTHER_DISEASES[1] if test and name == OTHER_DISEASES[0] else name for name in PHYSIONET_FINDINGS]
    rows = read_csv(csv, ["image_id", *([] if test else ["rad_id"]), *names])
    refuse_blank(rows["image_id"], csv)
    states = {
        finding: parse_states(rows[name], csv, MARKS) for finding, name in zip(PHYSIONET_FINDINGS, names, strict=True)
    }
    readers = "consensus" if test else rows["rad_id"].str.strip()
    return pd.DataFrame({"image_id": rows["image_id"].str.strip(), "reader": readers, **states})
