"""Which column of a table leads to the images, and how: as a path, without ending, by name alone, or with a folder."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from medgan_tf.data.tables.listing import BLANK_WORDS
from medgan_tf.errors import DataError
from medgan_tf.files.plain_text import visible
from medgan_tf.proposal.folder import IMAGE_KINDS, FolderContent
from medgan_tf.proposal.guesses.columns import is_called, quoted
from medgan_tf.proposal.guesses.guess import Guess
from medgan_tf.proposal.table_file import TextTable

LOOKED_AT = 200
"""Rows by which columns are compared, spread over the table."""
_ENOUGH = 0.99
# Folders that lie beside those of the images and have the same names.
_BESIDE = re.compile(r"(?i)mask|seg|label|annot|thumb|preview|overlay")
_SOME = 0.5


@dataclass(frozen=True)
class FoundPaths:
    """The images that a table leads to.

    Attributes:
        column: The column.
        guess: The options that lead to them.
        files: The file of each row, relative to the folder, or "" where there is none.
        listed: The path of each row as the table has it, with / between folders; "" where there is no file.
    """

    column: str
    guess: Guess
    files: np.ndarray
    listed: np.ndarray

    @property
    def missing(self) -> float:
        """Share of the named images that are not there."""
        return float((self.files == "").mean()) if len(self.files) else 0.0


def find_paths(table: TextTable, content: FolderContent) -> FoundPaths:
    """The column whose cells are names of images in the folder.

    Raises:
        DataError: No column is; says which one looks as if it were meant.
    """
    rows = np.unique(np.linspace(0, len(table.frame) - 1, LOOKED_AT).astype(int))
    sample = table.frame.iloc[rows]
    scores = {name: _score(name, sample[name], content) for name in table.columns}
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is None or not scores[best][0]:
        raise DataError(_not_found(table, content))
    others = [name for name in scores if name != best and scores[name][:3] == scores[best][:3]]
    return _described(table, best, content, others)


def _score(name: str, cells: pd.Series, content: FolderContent) -> tuple[float, float, int, bool]:
    """Shares of the cells that name an image, at all and with its ending, how many, and whether the name says so."""
    named = [_place(cell) for cell in cells]
    found = [place for place in named if place and _candidates(place, content)]
    whole = sum(place.rpartition("/")[2] in content.by_name for place in found)
    distinct = len(set(found))
    # 0 and 1 may also be the names of two files; a column of names names many.
    if distinct <= 2:
        return 0.0, 0.0, 0, False
    return len(found) / len(named), whole / len(named), distinct, is_called(name, "path")


def _place(cell: str) -> str:
    """A cell as a path with / between folders; "" for one that says nothing."""
    if cell.lower() in BLANK_WORDS or "\0" in cell:
        return ""
    path = PurePosixPath(cell.replace("\\", "/"))
    return "" if str(path) == "." else str(path)


def _candidates(place: str, content: FolderContent) -> list[str]:
    """Images with the cell's file name, or with that and an ending."""
    name = place.rpartition("/")[2]
    return content.by_name.get(name) or content.by_stem.get(name, [])


def _described(table: TextTable, column: str, content: FolderContent, others: list[str]) -> FoundPaths:
    places = [_place(cell) for cell in table.frame[column]]
    found = [_candidates(place, content) if place else [] for place in places]
    for attempt in (_direct, _with_folder, _by_name):
        result = attempt(table, column, places, found)
        if result is not None:
            break
    files = result.files
    missing = int((files == "").sum())
    why = f"column {quoted(column)}: {result.how}"
    confirm = [result.doubt] if result.doubt else []
    if missing:
        confirm.append(f"{missing:,} of {len(files):,} rows name an image that is not there")
    if not content.complete:
        confirm.append(f"only the first {len(content.images):,} images of the folder were looked at")
    if others:
        confirm.append(f"{_listed(others)} could be meant as well")
    instead = tuple(f"path_column: {visible(name)}" for name in others[:2])
    first = {} if "path_template" in result.options else {"path_column": column}
    guess = Guess({**first, **result.options}, (column,), why, "; ".join(confirm), instead)
    return FoundPaths(column, guess, files, np.where(files == "", "", np.array(result.listed, dtype=object)))


@dataclass(frozen=True)
class _Found:
    """Options, the file of each row, its path as the table has it, all this in words, and what speaks against it."""

    options: dict[str, Any]
    files: np.ndarray
    listed: list[str]
    how: str
    doubt: str = ""


def _direct(table: TextTable, column: str, places: list[str], found: list[list[str]]) -> _Found | None:
    """Cells are paths from one folder, perhaps without the ending."""
    ways: Counter[tuple[str, str]] = Counter()
    for place, files in zip(places, found, strict=True):
        ways.update({way for file in files if (way := _way(place, file)) is not None})
    if not ways:
        return None
    (base, ending), count = max(ways.items(), key=lambda item: (item[1], not _BESIDE.search(item[0][0]), item[0]))
    if count < _ENOUGH * sum(map(bool, found)):
        return None
    files = _those_there([f"{base}{place}{ending}" for place in places], found)
    options = ({"images": base.rstrip("/")} if base else {}) | ({"path_suffix": ending} if ending else {})
    others = [f"{way[0] or './'}" for way, number in ways.items() if number > count // 2 and way != (base, ending)]
    where = f" in the folder {base}" if base else ""
    how = f"names of images{where}" + (f", without their ending {ending}" if ending else "")
    return _Found(options, files, places, how, _elsewhere(others))


def _elsewhere(folders: list[str]) -> str:
    """Doubts about images whose names other folders have, too, such as masks."""
    return f"images of the same names are also in {', '.join(map(visible, sorted(folders)[:5]))}" if folders else ""


def _those_there(wanted: list[str], found: list[list[str]]) -> np.ndarray:
    """Names that are among the images found for their rows; "" for the others."""
    return np.array([name if name in some else "" for name, some in zip(wanted, found, strict=True)], dtype=object)


def _way(place: str, file: str) -> tuple[str, str] | None:
    """The folder before a cell and the ending behind it that make it this file."""
    ending = "" if file.endswith(place) else PurePosixPath(file).suffix
    whole = place + ending
    if not file.endswith(whole) or ending and ending.lower() not in IMAGE_KINDS:
        return None
    base = file[: len(file) - len(whole)]
    return (base, ending) if base == "" or base.endswith("/") else None


def _with_folder(table: TextTable, column: str, places: list[str], found: list[list[str]]) -> _Found | None:
    """Another column names the folder of the image."""
    rows = [row for row, files in enumerate(found) if files][:: max(1, sum(map(bool, found)) // LOOKED_AT)]
    for other in table.columns:
        cells = table.frame[other].to_numpy()
        if (
            other == column
            or "{" in other + column
            or "}" in other + column
            or not all(_place(cells[row]) for row in rows)
        ):
            continue
        ways: Counter[tuple[str, str]] = Counter()
        for row in rows:
            place = f"{_place(cells[row])}/{places[row]}"
            ways.update({way for file in found[row] if (way := _way(place, file)) is not None})
        if not ways or ways.most_common(1)[0][1] < _ENOUGH * len(rows):
            continue
        base, ending = ways.most_common(1)[0][0]
        listed = [f"{_place(cell)}/{place}{ending}" for cell, place in zip(cells, places, strict=True)]
        files = _those_there([f"{base}{path}" for path in listed], found)
        options = {"images": base.rstrip("/")} if base else {}
        options |= {"path_template": f"{{{other}}}/{{{column}}}{ending}"}
        how = f"names of images; their folder is in column {quoted(other)}"
        return _Found(options, files, listed, how)
    return None


def _by_name(table: TextTable, column: str, places: list[str], found: list[list[str]]) -> _Found:
    """The file names are searched for in all folders."""
    files = np.array([some[0] if len(some) == 1 else "" for some in found], dtype=object)
    endings = Counter(
        PurePosixPath(some[0]).suffix for place, some in zip(places, found, strict=True)
        if some and not some[0].endswith(place.rpartition("/")[2])
    )  # fmt: skip
    ending = endings.most_common(1)[0][0] if endings else ""
    twice = sum(len(some) > 1 for some in found)
    options = {"search": True} | ({"path_suffix": ending} if ending else {})
    doubt = (
        f"{twice:,} of the names occur more than once, which prepare refuses; set images to one folder" if twice else ""
    )
    return _Found(options, files, places, "file names, searched for in all folders", doubt)


def _not_found(table: TextTable, content: FolderContent) -> str:
    if not content.images:
        return f"{content.root}: has no PNG, JPEG, TIFF or DICOM files; name the folder of the images with --images"
    looks = [
        name
        for name in table.columns
        if is_called(name, "path") or _endings(table.frame[name]) >= _SOME
    ]  # fmt: skip
    meant = f"; column {_listed(looks)} looks like it, but its files are not there" if looks else ""
    return (
        f"{table.path}: no column holds the names of images below {content.root}{meant}; name the folder of the images "
        "with --images, or another table with --table"
    )


def _endings(cells: pd.Series) -> float:
    """Share of the cells that end as image files do."""
    return float(cells.head(LOOKED_AT).str.lower().str.endswith(tuple(IMAGE_KINDS)).mean())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)
