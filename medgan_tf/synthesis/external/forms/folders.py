"""Form `folders`: one folder of PNG files for each label combination, and `labels.csv` as in the form `images`.

Folders are numbered from the most frequent combination on, because names of findings may hold any character, and two
of them may differ only in letters that a disk does not tell apart: `000-Cardiomegaly+Edema`.
"""

import re
from pathlib import Path

from medgan_tf.synthesis.external.forms.fold import Fold, write_with_table
from medgan_tf.synthesis.external.forms.images import PATH, TABLE

_LONGEST = 60


def write(fold: Fold, folder: Path) -> None:
    """Writes a fold into an empty folder."""
    folders = {name: folder_name(number, name) for number, name in enumerate(fold.combinations)}
    for name in folders.values():
        (folder / name).mkdir()
    write_with_table(fold, folder, TABLE, PATH, lambda image: f"{folders[fold.combination(image)]}/{image.name}.png")


def folder_name(number: int, combination: str) -> str:
    """A name that every disk takes, different for every number."""
    words = [re.sub(r"\W+", "_", part).strip("_") for part in combination.split("|")]
    return f"{number:03d}-{'+'.join(filter(None, words))}"[:_LONGEST]
