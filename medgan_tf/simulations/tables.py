"""The tables of simulated rates, and their place in the page on statistics."""

from collections.abc import Sequence

from medgan_tf.errors import DataError
from medgan_tf.simulations.registry import Simulation
from medgan_tf.simulations.row import COVERAGE, ERROR, TIGHT, Row

_START, _END = "<!-- simulation {}: written by `medgan-tf simulate-statistics`, do not edit -->", "<!-- end of {} -->"


def markdown_table(simulation: Simulation, rows: Sequence[Row], seed: int) -> str:
    """What is simulated, and a row for each setting, in Markdown."""
    lines = [
        f"{simulation.title}. Estimator: {simulation.estimator}. Unit: {simulation.unit}. Source: {simulation.source}. "
        f"At most {max(row.draws for row in rows):,} draws in each setting, seed {seed}.",
        "",
        "| Setting | Truth | What | Rate | 95 % interval of the rate | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = row.interval
        lines.append(
            f"| {row.setting} | {row.truth} | {row.what} | {row.rate:.1%} | {low:.1%} to {high:.1%} | {remark(row)} |"
        )
    return "\n".join(lines)


def remark(row: Row) -> str:
    """What stands beside a rate: the product's own warning, or that the rate is shown to be off; else nothing."""
    low, high = row.interval
    if row.warning or not row.draws:
        return row.warning
    if row.what == COVERAGE:
        return "too low" if high < TIGHT.coverage else "conservative" if low > TIGHT.conservative else ""
    return "too high" if row.what == ERROR and low > TIGHT.error else ""


def breaks(row: Row) -> bool:
    """Whether a rate is shown to break its promise. An interval that is too wide breaks none."""
    return not row.warning and remark(row).startswith("too ")


def replaced(page: str, name: str, table: str) -> str:
    """The page with the table of one simulation replaced. Raises `DataError` when it has no place for it."""
    start, end = _START.format(name), _END.format(name)
    before, found, rest = page.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise DataError(f"the page has no place for the simulation {name}: expected the line {start}")
    return f"{before}{start}\n\n{table}\n\n{end}{after}"
