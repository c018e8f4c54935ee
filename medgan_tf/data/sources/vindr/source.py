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
from medgan_tf.data.tables.listing import csv_row, read_csv, refuse_blank
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import check_listed_images, find_table
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
        images, readers, votes = _kaggle_votes(csv) if kaggle else _physionet_votes(csv, findings)
        counts = {f"images in {csv.name}": len(images), "images with one reader": int((readers == 1).sum())}
        positive = _agreed(votes, readers, findings, options.merge)
        folds = None
        if options.official_folds:
            test_images, test_readers, test_votes = _physionet_votes(csv.parent / TEST_TABLE, findings)
            if shared := set(images) & set(test_images):
                raise DataError(f"{csv.parent}: image {sorted(shared)[0]} is in both tables")
            counts[f"images in {TEST_TABLE}"] = len(test_images)
            folds = np.array(["train_valid"] * len(images) + ["test"] * len(test_images), dtype=object)
            positive = np.concatenate([positive, _agreed(test_votes, test_readers, findings, options.merge)])
            images = [*images, *test_images]
        counts["images whose readers agree on nothing"] = int((~positive.any(axis=1)).sum())
        folder = csv.parent.parent if csv.parent.name == "annotations" else csv.parent
        paths = self._paths(images, folder, folds)
        check_listed_images(paths, self.root, csv, options.outside_root, self.counts_only)
        states = np.where(positive, LabelState.POSITIVE, LabelState.NEGATIVE).astype(np.int8)
        frame = pd.DataFrame({"image_id": images, "path": paths, "patient_id": ""})
        frame = pd.concat([frame, pd.DataFrame(states, columns=list(findings))], axis=1)
        return SourceTable(frame, findings, counts, NO_FINDING, folds=folds, patients_known=False)

    def _paths(self, images: list[str], folder: Path, folds: np.ndarray | None) -> list[str]:
        """Where the images lie; they have other endings where somebody has converted them."""
        names = [f"{image}{ending}" for image in images for ending in ENDINGS]
        found = {} if self.counts_only else find_files(folder, names)
        parts = ["train"] * len(images) if folds is None else ["test" if fold == "test" else "train" for fold in folds]
        return [
            next(
                (str(found[image + ending]) for ending in ENDINGS if image + ending in found),
                f"{folder}/{part}/{image}{ENDINGS[0]}",
            )
            for image, part in zip(images, parts, strict=True)
        ]

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_dicom(path) if path.lower().endswith(DICOM_ENDINGS) else read_grey(path)


Votes = tuple[list[str], np.ndarray, np.ndarray]
"""Image ids in the order of their first rows, N; readers of each [N]; and readers who name each finding, [N, F]."""


def _kaggle_votes(csv: Path) -> Votes:
    rows = read_csv(csv, ["image_id", "class_name", "rad_id"])
    for column in ("image_id", "rad_id"):
        refuse_blank(rows[column], csv)
    numbers = rows["class_name"].str.strip().map({name: number for number, name in enumerate(KAGGLE_FINDINGS)})
    if numbers.isna().any():
        first = int(numbers.isna().to_numpy().argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column 'class_name': expected one of {', '.join(KAGGLE_FINDINGS)}. "
            f"Received: {rows['class_name'].iloc[first]!r}"
        )
    named = np.eye(len(KAGGLE_FINDINGS), dtype=bool)[numbers.to_numpy(np.int64)]
    return _count_votes(rows["image_id"], rows["rad_id"], named)


def _physionet_votes(csv: Path, findings: tuple[str, ...]) -> Votes:
    """The test table has neither readers nor the training table's name of one column."""
    test = csv.name == TEST_TABLE
    if not csv.is_file():
        raise DataError(f"no file {csv} (data.options.official_folds). {OBTAINED}")
    columns = [OTHER_DISEASES[1] if test and name == OTHER_DISEASES[0] else name for name in findings]
    rows = read_csv(csv, ["image_id", *([] if test else ["rad_id"]), *columns])
    refuse_blank(rows["image_id"], csv)
    named = np.column_stack([_marked(rows[name], csv) for name in columns])
    readers = pd.Series("consensus", index=rows.index) if test else rows["rad_id"]
    return _count_votes(rows["image_id"], readers, named)


def _marked(cells: pd.Series, csv: Path) -> np.ndarray:
    texts = cells.str.strip()
    odd = ~texts.isin(["0", "1", "0.0", "1.0", ""]).to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise DataError(
            f"{csv}: {csv_row(first)}, column {cells.name!r}: expected 1, 0 or blank. Received: {texts.iloc[first]!r}"
        )
    return texts.isin(["1", "1.0"]).to_numpy()


def _count_votes(images: pd.Series, readers: pd.Series, named: np.ndarray) -> Votes:
    """Votes from rows: a reader counts once for an image, and once for each finding, however many rows there are."""
    codes, ids = pd.factorize(images.str.strip())
    pairs, _ = pd.factorize(pd.Series(codes).astype(str) + " " + readers.str.strip())
    by_reader = np.zeros((pairs.max() + 1, named.shape[1]), bool)
    np.logical_or.at(by_reader, pairs, named)
    image_of = np.zeros(len(by_reader), np.int64)
    image_of[pairs] = codes
    votes = np.zeros((len(ids), named.shape[1]), np.int64)
    np.add.at(votes, image_of, by_reader)
    return list(ids), np.bincount(image_of, minlength=len(ids)), votes


def _agreed(votes: np.ndarray, readers: np.ndarray, findings: tuple[str, ...], merge: str) -> np.ndarray:
    """Which image is positive for which finding, bool [N, F]."""
    readers = readers[:, None]
    agreed = {"any": votes > 0, "majority": 2 * votes > readers, "all": votes == readers}[merge]
    if merge == "any":
        none = findings.index(NO_FINDING)
        agreed[:, none] = votes[:, none] == readers[:, 0]
    return agreed
