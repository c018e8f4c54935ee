"""The one writer of CSV files, and the reader of our own ones. A spreadsheet takes no cell of them for a formula.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``. Label names and free texts come from other
people's files, so a text that begins so gets an apostrophe in front: ``=1+1`` becomes ``'=1+1``. Numbers stay numbers.
The reader takes the apostrophe away again, so that every text comes back as it was.
"""

import csv
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


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = neutralised(value) if isinstance(value, str) else str(value)
    # Python's own writer leaves a carriage return unquoted, and then reads it as the end of the line.
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
