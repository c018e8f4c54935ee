"""Options of the sources of published datasets, as few as possible: their defaults are the usual layout."""

from collections.abc import Iterator

from medgan_tf.proposal.guesses.own_table import OPTIONS
from medgan_tf.proposal.known import KnownData
from medgan_tf.proposal.yaml_file import Entry

_USUAL_TABLES = {
    "chexpert": ("train.csv",),
    "nih": ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"),
    "padchest": ("PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv",),
    "rsna": ("stage_2_train.csv",),
    "rsna_pneumonia": ("stage_2_train_labels.csv",),
    "vindr": ("annotations/image_labels_train.csv", "image_labels_train.csv", "train.csv"),
}


def known_entries(known: KnownData) -> Iterator[Entry]:
    """The options that differ from the defaults, and comments on what can be chosen."""
    source = known.signature.source
    usual = _USUAL_TABLES.get(source)
    if usual is not None and known.table not in usual:
        yield Entry((*OPTIONS, "csv"), known.table, ("The table has another name or place than the published one.",))
    if source == "medmnist":
        yield Entry((*OPTIONS, "file"), known.table)
