"""Signatures of published datasets: the files and columns by which they are known, and the source that reads them."""

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from medgan_tf.data.sources.chexpert.layouts import TABLES_BATCH
from medgan_tf.proposal.folder import FolderContent


@dataclass(frozen=True)
class Signature:
    """How a dataset is recognised.

    Attributes:
        source: Registered source that reads it.
        title: The dataset's name.
        columns: Columns that one of its tables has, all of them.
        table: What the name of that table begins with, or may begin with, in small letters; "" for any name.
        path, patient, labels: Where these come from, for people: columns, or words.
    """

    source: str
    title: str
    columns: frozenset[str]
    table: str | tuple[str, ...]
    path: str
    patient: str
    labels: str


UNKNOWN = "unknown: the dataset does not say which images are of the same patient"
"""Patients that a dataset says nothing of."""
PLUS_LABELS = "chexbert_labels/impression_fixed.json"
"""Labels of CheXpert Plus, which its table does not have."""
USUAL_TABLES = {
    "chexpert": ("train.csv", f"{TABLES_BATCH}/train.csv"),
    "nih": ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"),
    "padchest": ("PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv",),
    "rsna": ("stage_2_train.csv",),
    "rsna_pneumonia": ("stage_2_train_labels.csv",),
    "siim": ("train-rle.csv", "stage_2_train.csv"),
    "vindr": ("annotations/image_labels_train.csv", "image_labels_train.csv", "train.csv"),
}
"""Where the sources look for the table, by source, relative to data.root."""
SIGNATURES = (
    Signature(
        "nih",
        "NIH ChestX-ray14",
        frozenset({"Image Index", "Finding Labels", "Patient ID", "Follow-up #"}),
        "data_entry",
        "column 'Image Index', searched for in all folders",
        "column 'Patient ID'",
        "column 'Finding Labels'",
    ),
    Signature(
        "padchest",
        "PadChest",
        frozenset({"ImageID", "ImageDir", "PatientID", "Labels", "Projection"}),
        "",
        "columns 'ImageDir' and 'ImageID'",
        "column 'PatientID'",
        "column 'Labels'",
    ),
    Signature(
        "vindr",
        "VinDr-CXR",
        frozenset({"image_id", "class_name", "class_id", "rad_id"}),
        "",
        "column 'image_id'",
        UNKNOWN,
        "column 'class_name', by the majority of the readers",
    ),
    Signature(
        "vindr",
        "VinDr-CXR",
        frozenset({"image_id", "rad_id", "Aortic enlargement", "Cardiomegaly", "No finding"}),
        "image_labels",
        "column 'image_id'",
        UNKNOWN,
        "one column for each finding, by the majority of the readers",
    ),
    Signature(
        "rsna_pneumonia",
        "RSNA Pneumonia Detection Challenge",
        frozenset({"patientId", "x", "y", "width", "height", "Target"}),
        "",
        "column 'patientId', the name of a DICOM file",
        UNKNOWN,
        "column 'Target', and the table of classes",
    ),
    Signature(
        "mimic_cxr",
        "MIMIC-CXR-JPG",
        frozenset({"subject_id", "study_id", "Atelectasis", "Support Devices"}),
        "mimic-cxr",
        "columns 'subject_id', 'study_id' and 'dicom_id'",
        "column 'subject_id'",
        "one column for each finding",
    ),
    Signature(
        "siim",
        "SIIM-ACR Pneumothorax Segmentation",
        frozenset({"ImageId", "EncodedPixels"}),
        ("train-rle", "stage_2_train"),
        "column 'ImageId', searched for in all folders",
        UNKNOWN,
        "column 'EncodedPixels': an outline, or -1 for none",
    ),
    Signature(
        "chexpert",
        "CheXpert Plus",
        frozenset({"path_to_image", "deid_patient_id"}),
        "df_chexpert_plus",
        "path_to_image in the file of labels",
        "the folder patientNNNNN in path_to_image",
        f"the file {PLUS_LABELS}",
    ),
    Signature(
        "chexpert",
        "CheXpert",
        frozenset({"Path", "Frontal/Lateral", "No Finding", "Cardiomegaly", "Support Devices"}),
        "",
        "column 'Path'",
        "the folder patientNNNNN in column 'Path'",
        "one column for each finding",
    ),
)
RSNA_HEADS = Signature(
    "rsna",
    "RSNA Intracranial Hemorrhage Detection",
    frozenset({"ID", "Label"}),
    "stage_2_train",
    "column 'ID' without its ending, the name of a DICOM file",
    "PatientID in the DICOM header",
    "the ending of column 'ID'",
)
MEDMNIST = Signature(
    "medmnist", "MedMNIST", frozenset(), "", "arrays of images in the file", UNKNOWN, "arrays of labels in the file"
)
_MEDMNIST_ARRAYS = {f"{fold}_{what}.npy" for fold in ("train", "val", "test") for what in ("images", "labels")}


@dataclass(frozen=True)
class KnownData:
    """A dataset that was recognised.

    Attributes:
        signature: What it is.
        root: The folder that the source takes, relative to the one that was looked into; "" for that one.
        table: The table that it was recognised by, relative to `root`; of MedMNIST the file.
    """

    signature: Signature
    root: str
    table: str


def recognise(content: FolderContent, columns: dict[str, tuple[str, ...]]) -> KnownData | None:
    """The published dataset in a folder, or None.

    Args:
        content: The folder.
        columns: Names of the columns of its tables, by the table's name relative to the folder.
    """
    for signature in (*SIGNATURES, RSNA_HEADS):
        fitting = [
            table
            for table, names in columns.items()
            if signature.columns <= set(names) and PurePosixPath(table).name.lower().startswith(signature.table)
        ]
        if not fitting:
            continue
        usual = USUAL_TABLES.get(signature.source, ())
        # Tables of test images have the same columns as those of training images.
        table = min(fitting, key=lambda one: (not f"/{one}".endswith(tuple(f"/{name}" for name in usual)), one))
        folder = _folder(PurePosixPath(table), content)
        return KnownData(signature, folder, table[len(folder) + 1 :] if folder else table)
    return None


def _folder(table: PurePosixPath, content: FolderContent) -> str:
    """The folder that holds the table and the images: the table's own, or one above it; "" for the whole folder."""
    for folder in table.parents:
        name = folder.as_posix()
        # The first batch of the full CheXpert has the table; most images are in the folders beside it.
        if name.endswith(TABLES_BATCH):
            continue
        if name != "." and any(image.startswith(f"{name}/") for image in content.images):
            return name
    return ""


def medmnist_file(path: Path) -> bool:
    """Whether a file is one of MedMNIST: an archive with arrays of these names. Nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) >= _MEDMNIST_ARRAYS
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
