"""Simulated rates as text: tables for the terminal and for docs/statistics.md, between marks."""

import re
from collections.abc import Mapping, Sequence

from medgan_tf.errors import DataError
from medgan_tf.simulations.registry import Simulation
from medgan_tf.simulations.row import COVERAGE, POWER, TIGHT, Row

_HEAD = ["setting", "truth", "what", "rate", "95 % interval", "remark"]


def cells(row: Row) -> list[str]:
    """Setting, truth, what, rate, its interval, and a remark."""
    if not row.draws:
        return [row.setting, row.truth, row.what, "none", "", remark(row)]
    low, high = row.interval
    return [row.setting, row.truth, row.what, f"{row.rate:.1%}", f"{low:.1%} to {high:.1%}", remark(row)]


def remark(row: Row) -> str:
    """What is to be said of a rate: the warning of the product, conservative, or outside the limits."""
    if row.warning:
        return row.warning
    if not row.holds(TIGHT):
        limit = f"below {TIGHT.coverage:.0%}" if row.what == COVERAGE else f"above {TIGHT.error:.0%}"
        return f"may be {limit}"
    return f"conservative (above {TIGHT.conservative:.0%})" if row.is_conservative(TIGHT) else ""


def terminal_rows(rows: Sequence[Row]) -> list[list[str]]:
    """Rows of a text table, the head first."""
    return [_HEAD, *map(cells, rows)]


def summary(rows: Sequence[Row]) -> str:
    """The range of the rates that must keep to limits, in one line."""
    parts = []
    for what in dict.fromkeys(row.what for row in rows):
        rates = [row.rate for row in rows if row.what == what and row.draws and not row.warning]
        if rates:
            parts.append(f"{what} {min(rates):.1%} to {max(rates):.1%}" + ("" if what != POWER else " (no limit)"))
    return "; ".join(parts)


def block(simulation: Simulation, rows: Sequence[Row], draws: int, seed: int) -> str:
    """The text between the marks of one simulation: how it was made, and its table in Markdown."""
    lines = [
        f"Estimator: {simulation.estimator}. Unit of resampling: {simulation.unit}. Source: {simulation.source}.",
        "",
        f"{draws:,} draws a setting, seed {seed}: {summary(rows)}.",
        "",
        "| " + " | ".join(_HEAD) + " |",
        "|" + "---|" * len(_HEAD),
        *("| " + " | ".join(cells(row)) + " |" for row in rows),
    ]
    return "\n".join(lines)


def with_blocks(page: str, blocks: Mapping[str, str]) -> str:
    """The page with the text between the marks of each simulation replaced; the rest of it stays.

    Raises:
        DataError: The page lacks the marks of a simulation.
    """
    for name, text in blocks.items():
        marks = re.compile(rf"(<!-- simulated: {re.escape(name)} -->\n).*?(<!-- end: {re.escape(name)} -->)", re.DOTALL)
        if not marks.search(page):
            raise DataError(f"the page lacks the lines '<!-- simulated: {name} -->' and '<!-- end: {name} -->'; add them")
        page = marks.sub(lambda found, text=text: f"{found[1]}\n{text}\n\n{found[2]}", page, count=1)
    return page
