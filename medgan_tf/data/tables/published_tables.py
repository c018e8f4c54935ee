"""Steps that the readers of published label tables share: names to states, views, and where the images lie."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.tables.listing import check_images_exist
from medgan_tf.data.tables.places import check_places
from medgan_tf.data.tables.search import find_files
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError


def named_states(named: Sequence[Collection[str]], findings: Sequence[str]) -> dict[str, np.ndarray]:
    """States of findings where each image names those that it shows: named is positive, not named is negative.

    Args:
        named: Names of the positive findings of each of N images.
        findings: The findings; other names are passed over.

    Returns:
        int8 [N] of `LabelState` by finding.
    """
    columns = {name: number for number, name in enumerate(findings)}
    states = np.full((len(named), len(findings)), LabelState.NEGATIVE, np.int8)
    for row, names in enumerate(named):
        for name in names:
            if name in columns:
                states[row, columns[name]] = LabelState.POSITIVE
    return {name: states[:, column] for name, column in columns.items()}


def keep_rows(
    frame: pd.DataFrame, column: str, wanted: Collection[str], csv: Path, option: str
) -> tuple[pd.DataFrame, int]:
    """The rows whose cell is one of the wanted words, and how many were left out.

    Args:
        frame: One row per image.
        column: The column that is looked at.
        wanted: Words.
        csv: The table, for messages.
        option: The option that holds the words, for messages.

    Raises:
        DataError: No row is left; the message says which words there are.
    """
    kept = frame[column].isin(list(wanted)).to_numpy()
    if not kept.any():
        found = ", ".join(f"{word or 'nothing'} ({count:,})" for word, count in frame[column].value_counts().items())
        raise DataError(
            f"{csv}: no row has {', '.join(wanted) or 'any word'} in column {column!r} ({option}); found: {found:.500}"
        )
    return frame[kept].reset_index(drop=True), int((~kept).sum())


def searched_paths(
    names: Sequence[str], folder: Path, expected: Sequence[Path], outside_root: bool = False, counts_only: bool = False
) -> list[str]:
    """Where the images lie whose folders differ from copy to copy: each file name is looked for below the dataset.

    Args:
        names: File name of each image.
        folder: Folder of the dataset.
        expected: Where the dataset's authors have them; taken for files that are not found, so that the build names
            and counts them.
        outside_root: Follow links to folders elsewhere.
        counts_only: Do not look.
    """
    found = {} if counts_only else find_files(folder, names, outside_root=outside_root)
    return [str(found.get(name, place)) for name, place in zip(names, expected, strict=True)]


def check_listed_images(
    paths: Sequence[str], root: str, csv: Path, outside_root: bool = False, counts_only: bool = False
) -> None:
    """Raises `DataError` for images outside `root`, unless that is allowed, and when none of the first is there."""
    if not outside_root:
        check_places(paths, root, csv)
    if not counts_only:
        check_images_exist(paths, csv)


def find_table(root: str, names: Sequence[str], folders: Sequence[str], obtained: str) -> Path:
    """The first table of several names in `root` or in its child of one of the `folders`.

    Args:
        root: Folder the user gave.
        names: Tables, the preferred one first; may be in a folder, e.g. "annotations/image_labels_train.csv".
        folders: The dataset folder's own names, tried as children of `root`.
        obtained: How to obtain the dataset, for the message.

    Raises:
        DataError: There is none. The message says where they were looked for, and which one is there packed.
    """
    places = [Path(root), *(Path(root) / folder for folder in folders)]
    for name in names:
        for place in places:
            if (place / name).is_file():
                return place / name
    packed = [path for name in names for place in places for path in (place / f"{name}.gz", place / f"{name}.zip")
              if path.is_file()]  # fmt: skip
    if packed:
        unpack = "gunzip -k" if packed[0].suffix == ".gz" else "unzip"
        raise DataError(f"{packed[0]}: is packed, and archives are not opened; unpack it first: {unpack} {packed[0]}")
    looked = " and ".join(map(str, places))
    raise DataError(f"no {' or '.join(names)} found; looked in {looked} (data.root). {obtained}")
