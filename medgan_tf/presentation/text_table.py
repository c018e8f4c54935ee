"""Text tables for terminals."""

import math
from collections.abc import Sequence


def number(value: float | None, digits: int = 4, signed: bool = False) -> str:
    """A number for a table cell; "undefined" for NaN and None."""
    if value is None or not math.isfinite(value):
        return "undefined"
    return f"{value:{'+' if signed else ''}.{digits}f}"


def p_value(value: float | None) -> str:
    """A p-value for a table cell; "-" where the test is undefined."""
    if value is None or not math.isfinite(value):
        return "-"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def text_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the first column to the left, the others to the right, and a rule under the first row."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]
