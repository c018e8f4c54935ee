"""A second table beside the first, by key columns: MIMIC-CXR keeps splits, views and labels in three files."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.tables.cells import shown
from medgan_tf.errors import DataError

_SPREADSHEET_INTEGER = re.compile(r"(\d+)\.0+")


def key_text(text: str) -> str:
    """A key without blanks around. Integers are written 17.0 by spreadsheets and by pandas, for columns with gaps."""
    whole = _SPREADSHEET_INTEGER.fullmatch(text.strip())
    return whole[1] if whole else text.strip()


def join(
    frame: pd.DataFrame,
    other: pd.DataFrame,
    key: str | Sequence[str] | Mapping[str, str],
    source: str | Path = "the table",
    other_source: str | Path = "the joined table",
) -> tuple[pd.DataFrame, np.ndarray]:
    """The columns of `other` beside those of `frame`, row by row as in `frame`.

    Args:
        frame: Columns of text.
        other: Columns of text: the key columns, and those to take. Rows that repeat all of these count once.
        key: A column that both have, several, or a column of `frame` and the one of `other` for each.
        source: The file of `frame`, for messages.
        other_source: The file of `other`, for messages.

    Returns:
        The joined frame, with the index of `frame` and "" where no row of `other` has the key; and where one has it,
        bool [N].

    Raises:
        DataError: Two rows of `other` have one key but different values, no row matches, or both tables have a column
            that is no key and their values differ.
    """
    pairs = _pairs(key)
    keys, other_keys = _keys(frame, list(pairs)), _keys(other, list(pairs.values()))
    values = other.drop(columns=list(dict.fromkeys(pairs.values())))
    first = ~pd.Series(other_keys).duplicated().to_numpy()
    rows = pd.Series(np.flatnonzero(first), index=other_keys[first])
    _refuse_contradictions(values, other_keys, rows, other_source)
    places = rows.reindex(keys).to_numpy(dtype=float)
    matched = ~np.isnan(places)
    if not matched.any():
        raise DataError(
            f"{other_source}: no row belongs to a row of {source}: {', '.join(pairs)} is e.g. {_example(keys)} there "
            f"and {', '.join(pairs.values())} e.g. {_example(other_keys)} here; is the key in data.options.join right?"
        )
    joined = frame.copy()
    taken = np.where(matched, places, 0).astype(np.int64)
    for name in values.columns:
        column = values[name].to_numpy(dtype=object)[taken]
        if name in joined:
            _refuse_other_values(joined[name], column, matched, source, other_source)
        else:
            joined[name] = np.where(matched, column, "")
    return joined, matched


def _pairs(key: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(key, Mapping):
        return dict(key)
    return {name: name for name in ([key] if isinstance(key, str) else key)}


def _keys(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """One text for each row; the key's parts are joined by a character that no cell of a table holds."""
    parts = [[key_text(text) for text in frame[column]] for column in columns]
    return np.array(["\x1f".join(one) for one in zip(*parts, strict=True)], dtype=object)


def _refuse_contradictions(values: pd.DataFrame, keys: np.ndarray, rows: pd.Series, source: str | Path) -> None:
    if len(rows) == len(keys):
        return
    firsts = rows.loc[keys].to_numpy()
    for name in values.columns:
        column = values[name].str.strip().to_numpy(dtype=object)
        different = column != column[firsts]
        if different.any():
            place = int(different.argmax())
            raise DataError(
                f"{source}: two rows for {_example(keys[place:])} differ in {name!r}: {shown(column[firsts[place]])} "
                f"and {shown(column[place])}; a joined table needs one row for each key"
            )


def _refuse_other_values(
    ours: pd.Series, theirs: np.ndarray, matched: np.ndarray, source: str | Path, other_source: str | Path
) -> None:
    different = np.array([key_text(a) != key_text(b) for a, b in zip(ours, theirs, strict=True)]) & matched
    if different.any():
        place = int(different.argmax())
        raise DataError(
            f"{source} and {other_source} both have a column {ours.name!r}, with different values, e.g. "
            f"{shown(ours.iloc[place])} and {shown(theirs[place])}; "
            "say which columns to take (data.options.join, columns)"
        )


def _example(keys: np.ndarray) -> str:
    return shown(str(keys[0]).replace("\x1f", ", ")) if len(keys) else "nothing"
