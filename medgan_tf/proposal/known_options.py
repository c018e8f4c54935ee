"""Options of the sources of published datasets, as few as possible: their defaults are the usual layout."""

from collections.abc import Iterator
from pathlib import Path

from medgan_tf.proposal.guesses.own_table import OPTIONS
from medgan_tf.proposal.known import KnownData
from medgan_tf.proposal.yaml_file import Entry

PATIENTS_OF_RSNA = "pneumonia-challenge-dataset-mappings_2018.json"
"""The file that says which images of the RSNA pneumonia challenge are of the same patient."""
_USUAL_TABLES = {
    "chexpert": ("train.csv",),
    "nih": ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"),
    "padchest": ("PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv",),
    "rsna": ("stage_2_train.csv",),
    "rsna_pneumonia": ("stage_2_train_labels.csv",),
    "vindr": ("annotations/image_labels_train.csv", "image_labels_train.csv", "train.csv"),
}
_FOLDS = {
    "nih": ("test_list.txt", "train_val_list.txt"),
    "mimic_cxr": ("mimic-cxr-2.0.0-split.csv",),
    "vindr": ("annotations/image_labels_test.csv",),
}


def known_entries(known: KnownData, root: Path) -> Iterator[Entry]:
    """The options that differ from the defaults, and comments on what can be chosen.

    Args:
        known: The dataset.
        root: The folder that its source takes.
    """
    source = known.signature.source
    usual = _USUAL_TABLES.get(source)
    if usual is not None and known.table not in usual:
        yield Entry((*OPTIONS, "csv"), known.table, ("The table has another name or place than the published one.",))
    if source == "medmnist":
        yield Entry((*OPTIONS, "file"), known.table)
    if source == "rsna_pneumonia" and (root / PATIENTS_OF_RSNA).is_file():
        yield Entry((*OPTIONS, "mapping"), PATIENTS_OF_RSNA, ("Says which images are of the same patient.",))
    if source in _FOLDS and all((root / name).is_file() for name in _FOLDS[source]):
        lines = ("The authors' own folds are there. To take them in place of data.fold_fractions:",)
        yield Entry((*OPTIONS, "official_folds"), None, lines, instead=("official_folds: true",))
