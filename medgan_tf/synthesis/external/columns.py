"""From the columns of a table of synthetic images to labels, folds, covariates and places; shared by the formats."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from medgan_tf.data.tables.cells import shown, shown_names
from medgan_tf.data.tables.covariates import AGE, SEX, UNKNOWN_AGE, VIEW, age_of, sex_of, view_of
from medgan_tf.data.tables.listing import csv_row
from medgan_tf.data.tables.places import is_inside
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.listing import ListedImage
from medgan_tf.synthesis.external.pixels import ImageSource

FOLD, INDEX, ROW = "fold", "index", "row"
OPTIONAL = (FOLD, SEX, AGE, VIEW, INDEX, ROW)
"""Columns that a table may have beside those of the paths and the labels."""
_LARGEST = 10**9
_SAMPLE = 20
_STATES = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
FOLDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "validate", "validation", "val", "dev"), "valid"),
}


def listed_images(
    table: pd.DataFrame, files: Sequence[ImageSource], names: Sequence[str], csv: Path
) -> list[ListedImage]:
    """The images of a table.

    Args:
        table: Text; a column for each of the `names`, and any of `OPTIONAL`. N rows.
        files: The N files; an `index` of the table is added.
        names: The labels.
        csv: The table, for messages.

    Raises:
        DataError: A cell that is not 0 or 1, no fold, or no number; names row and column.
    """
    labels = [_meant(table[name], _state, "0 or 1", csv) for name in names]
    optional = {
        FOLD: (_fold, "train or valid"),
        SEX: (lambda text: sex_of(text) or None, ""),
        AGE: (lambda text: None if age_of(text) == UNKNOWN_AGE else age_of(text), ""),
        VIEW: (lambda text: view_of(text) or None, ""),
        INDEX: (_number, "a whole number from 0"),
        ROW: (_number, "a whole number from 0"),
    }
    nothing = [None] * len(table)
    about = {
        name: _meant(table[name], meaning, wanted, csv) if name in table else nothing
        for name, (meaning, wanted) in optional.items()
    }
    _refuse_some(about[FOLD], FOLD, csv)
    _refuse_some(about[ROW], ROW, csv)
    indices = about.pop(INDEX)
    sources = [
        file if index is None else ImageSource(file.file, file.member, index)
        for file, index in zip(files, indices, strict=True)
    ]
    rows = zip(sources, zip(*labels, strict=True), *about.values(), strict=True)
    return [ListedImage(*values) for values in rows]


def file_in(folder: Path, path: str, csv: Path) -> str:
    """The file of a path of a table, / between folders. Raises `DataError` for one outside the folder, also by a link:
    a table of others must not take any picture of this machine into the dataset."""
    file = str(folder / path.strip().replace("\\", "/"))
    if not is_inside(file, folder):
        raise DataError(f"{csv}: {shown(path)} lies outside {folder}; move the images there")
    return file


def check_files(images: Sequence[ListedImage], source: str | Path, hint: str = "") -> None:
    """Raises `DataError` for an image that is listed twice, or for one of the first that is not there.

    Args:
        images: All images.
        source: The table, for messages.
        hint: End of the message about an image that is listed twice.
    """
    twice = [one for one, count in Counter(image.source for image in images).items() if count > 1]
    if twice:
        raise DataError(f"{source}: {len(twice):,} images are listed twice, e.g. {_last_part(twice[0])}{hint}")
    # Not by Path.is_file, which raises for a name that is too long.
    missing = [image.source.file for image in images[:_SAMPLE] if not os.path.isfile(image.source.file)]
    if missing:
        raise DataError(f"{source} lists images that are not there, e.g. {_last_part(missing[0])}")


def _last_part(name: object) -> str:
    """A file's own name: of a long path the message would keep the folders only."""
    return shown_names([os.path.basename(str(name))])


def _meant(cells: pd.Series, meaning: Callable[[str], Any], wanted: str, csv: Path) -> list[Any]:
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    values = []
    for number, text in enumerate(texts):
        try:
            values.append(meaning(str(text).strip()))
        except ValueError:
            row = csv_row(int((codes == number).argmax()))
            raise DataError(
                f"{csv}: {row}, column {cells.name!r}: expected {wanted}. Received: {shown(text)}"
            ) from None
    return [values[code] for code in codes]


def _state(text: str) -> int:
    if text.lower() not in _STATES:
        raise ValueError(text)
    return _STATES[text.lower()]


def _fold(text: str) -> str | None:
    if text and text.lower() not in FOLDS:
        raise ValueError(text)
    return FOLDS.get(text.lower())


def _number(text: str) -> int | None:
    number = text.removesuffix(".0")
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(_LARGEST))):
        raise ValueError(text)
    return int(number)


def _refuse_some(values: Sequence[Any], name: str, csv: Path) -> None:
    """Raises `DataError` where only some rows have a value."""
    blank = values.count(None)
    if 0 < blank < len(values):
        row = csv_row(list(values).index(None))
        raise DataError(f"{csv}: {row}, column {name!r}: is blank; give it in every row, or leave the column out")
