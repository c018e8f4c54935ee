"""Tables of others as bytes or text, after a look at their size: before a parser allocates what they ask for.

A path is never handed to pandas, which would download a URL and unpack an archive.
"""

import codecs
import csv
import io
from pathlib import Path

from medgan_tf.data.tables.csv_format import encoding_of, named_separator, refuse_other_formats
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import read_regular

LARGEST_TABLE = 3 * 2**26
"""Largest table, bytes; that of RSNA, the largest of the known datasets, has 119 million and 9 million cells."""
MOST_COLUMNS = 10_000
MOST_CELLS = 12_000_000
LONGEST_LINE = 2**20
"""Longest line, bytes, and longest cell, characters."""


def table_bytes(path: str | Path, separator: str = ",", encoding: str = "utf-8", most: int = LARGEST_TABLE) -> bytes:
    """The content of a CSV file.

    Args:
        path: The file.
        separator: The character between two cells.
        encoding: Encoding of the text.
        most: Largest size, bytes.

    Raises:
        DataError: It is no regular file, is empty, a spreadsheet or an archive, or has too many bytes, columns or
            cells, or too long a line.
    """
    data = read_regular(path, most)
    refuse_other_formats(data, path)
    _check_lines(data, path)
    encoding = encoding_of(data, encoding)
    named = named_separator(data, encoding)
    columns = _columns(data, path, named[0] if named else separator, encoding)
    rows = max(data.count(b"\n"), data.count(b"\r"))
    if columns > MOST_COLUMNS or columns * rows > MOST_CELLS:
        raise DataError(
            f"{path}: has {columns:,} columns and {rows:,} lines; at most {MOST_COLUMNS:,} columns and {MOST_CELLS:,} "
            "cells are read; is it the table of images?"
        )
    return data


def table_text(path: str | Path, most: int) -> str:
    """The content of a CSV file in UTF-8, with or without byte order mark. Raises `DataError` as `table_bytes`."""
    try:
        return table_bytes(path, most=most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not a CSV file in UTF-8: {error}") from error


def _check_lines(data: bytes, path: str | Path) -> None:
    position = 0
    while len(data) - position > LONGEST_LINE:
        stop = position + LONGEST_LINE
        end = max(data.rfind(b"\n", position, stop), data.rfind(b"\r", position, stop))
        if end < 0:
            line = data.count(b"\n", 0, position) + 1
            raise DataError(
                f"{path}: line {line} has more than {LONGEST_LINE:,} bytes; is it a table with a line for each image?"
            )
        position = end + 1


def _columns(data: bytes, path: str | Path, separator: str, encoding: str) -> int:
    """The number of cells of the first line, which can hold line breaks in quotes."""
    try:
        start = codecs.getincrementaldecoder(encoding)().decode(data[:LONGEST_LINE])
    except UnicodeError:
        return 1  # the caller says which bytes are wrong
    text = io.StringIO(start, newline="")
    try:
        header = next((row for row in csv.reader(text, delimiter=separator) if row), [])
    except (csv.Error, TypeError, ValueError) as error:
        raise DataError(f"{path}: is not a CSV file: {error}") from error
    if text.tell() >= len(start) and len(data) > LONGEST_LINE:
        raise DataError(f"{path}: its first line has more than {LONGEST_LINE:,} bytes; is it a CSV file?")
    return len(header)
