"""Form `stylegan`: `dataset.zip`, as StyleGAN2-ADA and StyleGAN3 read it, and `images.csv`.

The archive is not compressed, and neither are the PNG files in it. They are called `00000/img00000000.png` and so on,
1,000 in a folder. `dataset.json` lists every one with its label vector: ``{"labels": [["00000/img00000000.png",
[0, 1]], ...]}`` (dataset_tool.py of StyleGAN3, its help). The names of the labels are in a further key, `label_names`.
"""

import zipfile
from pathlib import Path

from medgan_tf.files.csv_files import csv_lines
from medgan_tf.files.result_files import json_text
from medgan_tf.synthesis.external.forms.fold import WARNING, Fold, png_bytes
from medgan_tf.synthesis.external.named_hash import REAL_PATIENTS

ARCHIVE, LABELS, LABEL_NAMES = "dataset.zip", "dataset.json", "label_names"
TABLE = "images.csv"
# The same archive at any time of day; it is the first day that the format knows.
_DAY = (1980, 1, 1, 0, 0, 0)


def write(fold: Fold, folder: Path) -> None:
    """Writes a fold into an empty folder."""
    labels = []
    with (
        zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_STORED) as archive,
        open(folder / TABLE, "w", newline="", encoding="utf-8") as table,
    ):
        table.writelines(csv_lines([["file", "image", *fold.header()]]))
        for number, image in enumerate(fold.images):
            name = member_name(number)
            archive.writestr(_entry(name), png_bytes(image.pixels, packed=False))
            table.writelines(csv_lines([[name, image.name, *fold.cells(image)]]))
            labels.append([name, image.labels.tolist()])
        values = {"labels": labels, LABEL_NAMES: fold.label_names, REAL_PATIENTS: WARNING}
        archive.writestr(_entry(LABELS), json_text(values))


def member_name(number: int) -> str:
    """The name of an image in the archive."""
    digits = f"{number:08d}"
    return f"{digits[:5]}/img{digits}.png"


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, _DAY)
