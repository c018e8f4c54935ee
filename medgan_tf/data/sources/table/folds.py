"""Folds that the authors of a dataset gave its images: a column, or lists of images in text files."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.listing import row_of
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import read_regular

LARGEST_LIST = 2**28
"""Bytes of a list of images."""
_WORDS = {
    "train": ("train", "training"),
    "valid": ("valid", "validate", "validation", "val", "dev"),
    "test": ("test", "testing"),
    "train_valid": ("train_valid", "train_val", "trainval", "train+val"),
}
_BY_WORD = {word: fold for fold, words in _WORDS.items() for word in words}


def given_folds(
    rows: pd.DataFrame, image_ids: pd.Series, paths: pd.Series, options: Options, folder: Path, counts: dict[str, int]
) -> pd.Series | None:
    """The fold of each row, "" for a row in no list; None where neither `fold_column` nor `fold_lists` is given.

    Raises:
        DataError: A word that is no fold, an image in two lists, or lists that name none of the images.
    """
    if options.fold_column is not None:
        return _from_column(rows[options.fold_column], options.fold_values, folder / options.csv)
    if options.fold_lists is None:
        return None
    lists = _read_lists(options.fold_lists, folder)
    names = paths.str.rpartition("/")[2]
    # A name that files of several folders have says nothing.
    names = names.where(paths.groupby(names).transform("nunique") == 1, "")
    folds = pd.Series("", rows.index, dtype=object)
    for key in (paths, image_ids, names, paths + options.path_suffix, names + options.path_suffix):
        folds = folds.where(folds != "", key.map(lists).fillna(""))
    counts["rows in no list of a fold left out"] = int((folds == "").sum())
    if (folds == "").all():
        raise DataError(
            f"{folder / options.csv}: none of its images is in a list of data.options.fold_lists; a list has e.g. "
            f"{shown(next(iter(lists)))}, the table {shown(paths.iloc[0])}"
        )
    return folds


def _from_column(cells: pd.Series, values: Mapping[str, str] | None, csv: Path) -> pd.Series:
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    known = {word.strip(): fold for word, fold in values.items()} if values is not None else _BY_WORD
    folds = []
    for number, text in enumerate(texts):
        word = str(text).strip()
        fold = known.get(word if values is not None else word.lower())
        if fold is None:
            row = row_of(cells, int((codes == number).argmax()))
            raise DataError(
                f"{csv}: {row}, column {cells.name!r}: expected a fold, {', '.join(known)}. Received: {shown(word)}; "
                "data.options.fold_values gives words their meaning, data.options.where leaves rows out"
            )
        folds.append(fold)
    return pd.Series(np.array(folds, dtype=object)[codes], cells.index)


def _read_lists(files: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The fold of every image that a list names."""
    found: dict[str, str] = {}
    for fold, name in files.items():
        path = folder / name
        try:
            text = read_regular(path, LARGEST_LIST).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is not a list in UTF-8 with an image on each line: {error}") from error
        lines = [line.strip().replace("\\", "/") for line in text.splitlines()]
        for line in filter(None, lines):
            if found.setdefault(line, fold) != fold:
                raise DataError(f"{path}: {shown(line)} is in the list of {found[line]}, too (data.options.fold_lists)")
    if not found:
        raise DataError(f"{folder}: the lists of data.options.fold_lists name no image")
    return found
