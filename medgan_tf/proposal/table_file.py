"""A table of unknown make as text: its encoding, the character between its cells, its columns and its rows."""

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from medgan_tf.data.tables.csv_reader import LARGEST_TABLE
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError
from medgan_tf.files.plain_text import hidden_characters
from medgan_tf.files.regular_files import open_regular, read_regular

SEPARATORS = (",", ";", "\t", "|")
_START_LINES = 40
_START = 2**20
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Bytes that Windows's code page 1252 has a letter or a sign for, and Latin-1 a control character.
_WINDOWS = re.compile(rb"[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]")
_EXCEL_HINT = re.compile("sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are text without blanks around them.

    Attributes:
        path: The file.
        encoding, separator: How it is written.
        frame: The columns that have a name of their own, rows as in the file.
        repeated: Names that several columns have; these cannot be used.
        hidden: Names with hidden characters.
        notes: What is odd, in words.
    """

    path: Path
    encoding: str
    separator: str
    frame: pd.DataFrame
    repeated: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `frame`."""
        return tuple(self.frame.columns)


def open_table(path: str | Path) -> TextTable:
    """Reads a table of unknown encoding and separator.

    Raises:
        DataError: It is a workbook, empty, no table, or has no line with the names of its columns.
    """
    path = Path(path)
    data = read_regular(path, LARGEST_TABLE)
    if not data.strip():
        raise DataError(f"{path}: is empty")
    if data.startswith(_WORKBOOK_STARTS):
        raise DataError(f"{path}: is a workbook of a spreadsheet program; save its sheet as CSV and give that")
    encoding, notes = _encoding(data)
    header, separator = _header(data.decode(encoding, "replace")[:_START], path)
    repeated = tuple(sorted({name for name in header if name and header.count(name) > 1}))
    names = [name for name in header if name and name not in repeated]
    if not names:
        raise DataError(f"{path}: its first line names no columns")
    frame = read_csv(path, names, "", separator, encoding)
    frame = frame.apply(lambda cells: cells.str.strip())
    hidden = tuple(name for name in names if hidden_characters(name))
    return TextTable(path, encoding, separator, frame, repeated, hidden, notes)


def columns_of(path: str | Path) -> tuple[str, ...]:
    """Names of a table's columns, from its first lines only; none where it is no table."""
    try:
        with open_regular(path, LARGEST_TABLE) as file:
            data = file.read(2**16)
        if not data.strip() or data.startswith(_WORKBOOK_STARTS):
            return ()
        # The last line is cut off.
        data = data[: data.rfind(b"\n") + 1] or data
        return tuple(_header(data.decode(_encoding(data)[0], "replace"), Path(path))[0])
    except DataError:
        return ()


def _encoding(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The encoding by its name in Python, and what has to be confirmed about it."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, ()
    # Text in UTF-16 without a mark: every second byte is zero.
    start = data[:1000]
    if len(start) > 3 and start[1::2].count(0) > len(start) // 4:
        return "utf-16-le", ("the table looks like UTF-16 without a mark; look whether the names above are right",)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        name = "cp1252" if _WINDOWS.search(data) else "latin-1"
        return name, (f"not UTF-8, so read as {name}: look whether the names of columns and labels are right",)
    return "utf-8", ()


def _header(text: str, path: Path) -> tuple[list[str], str]:
    """The names in the first line, blank where there is none, and the separator."""
    text = text.lstrip("\ufeff")
    said = _EXCEL_HINT.match(text)
    if said:
        text = text[said.end() :]
    best: tuple[tuple[int, int], list[str], str] | None = None
    for separator in [said[1]] if said else SEPARATORS:
        rows = _rows(text, separator)
        if not rows:
            continue
        # Few rows end at another number of cells when the separator is right; spreadsheets leave out blank ones.
        fitting = sum(len(row) == len(rows[0]) for row in rows) * 10 >= 9 * len(rows)
        score = (int(fitting and len(rows[0]) > 1), len(rows[0]))
        if best is None or score > best[0]:
            best = score, rows[0], separator
    if best is None:
        raise DataError(f"{path}: is no table: it has no lines")
    return [name.strip() for name in best[1]], best[2]


def _rows(text: str, separator: str) -> list[list[str]]:
    """The first rows of a table, without the last one, which may be cut off."""
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if row:
                rows.append(row)
            if len(rows) > _START_LINES:
                break
    except csv.Error:
        return []
    return rows[:-1] if len(rows) > 2 else rows
