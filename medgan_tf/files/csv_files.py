"""The one writer of CSV files, and the reader of our own ones. A spreadsheet takes no cell of them for a formula.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``. Label names and free texts come from other
people's files, so a text that begins so gets an apostrophe in front: ``=1+1`` becomes ``'=1+1``. Numbers stay numbers.
The reader takes the apostrophe away again, so that every text comes back as it was.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

# As spreadsheets understand them; the last four are the wide forms of East Asian keyboards.
_FORMULA = "=+\\-@＝＋－＠"
# A spreadsheet that separates cells with semicolons or tabs ends a cell in the middle of ours.
_RISKY = re.compile(rf"(?:^(?='* *[{_FORMULA}\t\r\n])|(?<=[;\t\r\n])(?='* *[{_FORMULA}]))")
_MARKED = re.compile(rf"(?:^'(?='* *[{_FORMULA}\t\r\n])|(?<=[;\t\r\n])'(?='* *[{_FORMULA}]))")
_QUOTED = re.compile('[,"\r\n]')
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")


def neutralised(text: str) -> str:
    """A text that no spreadsheet takes for a formula. A text that is a plain number, e.g. ``-0.5``, stays as it is.

    In JavaScript, without the exception for numbers:
    ``text.replace(/^(?='* *[=+\\-@\\t\\r\\n])|(?<=[;\\t\\r\\n])(?='* *[=+\\-@])/g, "'")``.
    """
    return text if _NUMBER.fullmatch(text) else _RISKY.sub("'", text)


def original(text: str) -> str:
    """The text that `neutralised` was given."""
    return _MARKED.sub("", text)


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    r"""Lines of a CSV file, each with its end ``\n``: cells separated by commas, quoted where they need it.

    Args:
        rows: Cells of each row, the row of column names included. Texts are neutralised; None is an empty cell; other
            values are written as Python shows them.

    Example:
        with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
            file.writelines(csv_lines([["label", "score"], ["=Edema", 0.5]]))
    """
    for row in rows:
        cells = [_cell(value) for value in row]
        # A line without a character would be no row at all.
        yield (",".join(cells) if cells != [""] else '""') + "\n"


def csv_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """The rows of a CSV file that `csv_lines` wrote, with the original texts.

    Args:
        lines: The lines, or a file that was opened with ``newline=""``.

    Raises:
        csv.Error: The text is no CSV.
    """
    for row in csv.reader(lines):
        yield [original(cell) for cell in row]


def csv_columns(text: str) -> list[list[str]]:
    """The columns of a CSV file that `csv_lines` wrote, with the original texts; for tables of many rows.

    Raises:
        csv.Error: The text is no CSV, or its rows differ in length.
    """
    columns = _plain_columns(text)
    if columns is None:
        rows = [*csv.reader(io.StringIO(text, newline=""))]
        width = len(rows[0]) if rows else 0
        if any(len(row) != width for row in rows):
            raise csv.Error("the rows differ in length")
        columns = [[row[place] for row in rows] for place in range(width)]
    # Only a text with an apostrophe can have been marked.
    return [[original(cell) if "'" in cell else cell for cell in column] for column in columns]


def _plain_columns(text: str) -> list[list[str]] | None:
    """The columns of a table of at least two, where every comma and every line end separates cells; None elsewhere."""
    lines = text.removesuffix("\n").split("\n")
    commas = lines[0].count(",")
    if not commas or '"' in text or "\r" in text or any(line.count(",") != commas for line in lines):
        return None
    cells = ",".join(lines).split(",")
    return [cells[place :: commas + 1] for place in range(commas + 1)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = neutralised(value) if isinstance(value, str) else str(value)
    # Python's own writer leaves a carriage return unquoted, and then reads it as the end of the line.
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
