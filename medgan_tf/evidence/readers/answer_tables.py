"""CSV files as people and spreadsheets save them, with the place of every line for messages."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import original
from medgan_tf.files.regular_files import read_regular

LARGEST_FILE = 64 * 2**20
"""Bytes; a larger file is not a reader's answers."""
MOST_COLUMNS = 1000


@dataclass(frozen=True)
class Row:
    """One line: its values by column, stripped, and where it is ("R01.csv, line 7")."""

    values: dict[str, str]
    place: str


def read_text(path: str | Path) -> str:
    """A text file in UTF-8, with or without a byte order mark. Raises `DataError` naming the file."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DataError(f"{path}: is larger than {LARGEST_FILE >> 20} MB, so it does not hold answers")
        return read_regular(path, LARGEST_FILE).decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8 text; save it as CSV in UTF-8") from error


def read_rows(path: str | Path) -> tuple[list[str], list[Row]]:
    """Columns and lines of a CSV file separated by commas, semicolons or tabs; empty lines are passed over.

    Raises:
        DataError: The file cannot be read, has no header, names a column twice, or a line has too many or too few
            cells.
    """
    return parse_rows(read_text(path), str(path))


def parse_rows(text: str, name: str) -> tuple[list[str], list[Row]]:
    """As `read_rows`, from text; `name` is for messages."""
    header = text.partition("\n")[0]
    # Spreadsheets in countries with a decimal comma separate cells with semicolons.
    separator = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        columns = [original(cell.strip()) for cell in next(lines, [])]
        if not any(columns):
            raise DataError(f"{name}: is empty; expected a line of column names")
        if len(columns) > MOST_COLUMNS:
            raise DataError(f"{name}: has {len(columns):,} columns, so it does not hold answers")
        for column in columns:
            if columns.count(column) > 1:
                raise DataError(f"{name}: the column {column!r} is there twice")
        rows = []
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            place = f"{name}, line {lines.line_num}"
            if len(cells) != len(columns):
                raise DataError(f"{place}: expected {len(columns)} cells; received {len(cells)}")
            rows.append(Row(dict(zip(columns, (original(cell.strip()) for cell in cells), strict=True)), place))
    except csv.Error as error:
        raise DataError(f"{name}, line {lines.line_num}: {error}") from error
    return columns, rows
