"""Options of the sources of published datasets, as few as possible: their defaults are the usual layout."""

from collections.abc import Iterator
from pathlib import Path

from medgan_tf.proposal.guesses.own_table import OPTIONS
from medgan_tf.proposal.known import PLUS_LABELS, USUAL_TABLES, KnownData
from medgan_tf.proposal.yaml_file import Entry

PATIENTS_OF_RSNA = "pneumonia-challenge-dataset-mappings_2018.json"
"""The file that says which images of the RSNA pneumonia challenge are of the same patient."""
CLASSES_OF_RSNA = "stage_2_detailed_class_info.csv"
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
    usual = USUAL_TABLES.get(source)
    if known.signature.title == "CheXpert Plus":
        yield Entry((*OPTIONS, "csv"), PLUS_LABELS, ("Labels by CheXbert from the impressions of the reports.",))
    elif usual is not None and known.table not in usual:
        yield Entry((*OPTIONS, "csv"), known.table, ("The table has another name or place than the published one.",))
    if source == "medmnist":
        yield Entry((*OPTIONS, "file"), known.table)
    if source == "rsna_pneumonia" and (root / PATIENTS_OF_RSNA).is_file():
        yield Entry((*OPTIONS, "mapping"), PATIENTS_OF_RSNA, ("Says which images are of the same patient.",))
    if source == "rsna_pneumonia" and not (root / CLASSES_OF_RSNA).is_file():
        lines = (f"{CLASSES_OF_RSNA}, which tells normal images from others without opacity, is not there.",)
        yield Entry((*OPTIONS, "class_info"), None, lines)
    if source in _FOLDS and all((root / name).is_file() for name in _FOLDS[source]):
        lines = ("The authors' own folds are there. To take them in place of data.fold_fractions:",)
        yield Entry((*OPTIONS, "official_folds"), None, lines, instead=("official_folds: true",), is_comment=True)
