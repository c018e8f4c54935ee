"""Runs simulations, and gives what they found as text, as values, and as tables of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.regular_files import read_regular
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.text_table import text_table
from medgan_tf.simulations.page import block, terminal_rows, with_blocks
from medgan_tf.simulations.registry import SIMULATIONS
from medgan_tf.simulations.row import TIGHT, Row

_LARGEST_PAGE = 2**22


@dataclass(frozen=True)
class Found:
    """What one simulation gave, with its draws and seed."""

    rows: tuple[Row, ...]
    draws: int
    seed: int


def run_simulations(
    names: Sequence[str] = (), draws: int | None = None, seed: int = 1, progress: Progress | None = None
) -> dict[str, Found]:
    """Runs simulations by name, all without names.

    Args:
        names: Names of `SIMULATIONS`.
        draws: Draws in each setting; None for each simulation's own number.
        seed: Seed of every simulation.
        progress: Is told how many are done.

    Raises:
        ConfigError: A name is not known.
    """
    progress = progress or Silent()
    for name in names:
        if name not in SIMULATIONS:
            near = get_close_matches(name, SIMULATIONS, 1)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise ConfigError(f"no simulation {name!r}{hint}; there are {', '.join(SIMULATIONS)}")
    chosen = [name for name in SIMULATIONS if not names or name in names]
    found = {}
    for number, name in enumerate(chosen):
        progress(number, len(chosen), name)
        count = draws or SIMULATIONS[name].draws
        found[name] = Found(tuple(SIMULATIONS[name].simulate(count, seed)), count, seed)
    progress(len(chosen), len(chosen))
    return found


def as_text(found: Mapping[str, Found]) -> str:
    """A table for each simulation."""
    lines = []
    for name, one in found.items():
        lines += [f"{name}: {SIMULATIONS[name].title}, {one.draws:,} draws, seed {one.seed}", ""]
        lines += [*text_table(terminal_rows(one.rows)), ""]
    return "\n".join(lines).rstrip()


def as_values(found: Mapping[str, Found]) -> dict[str, Any]:
    """The same for other programs."""
    return {
        name: {
            "title": SIMULATIONS[name].title,
            "draws": one.draws,
            "seed": one.seed,
            "rows": [_values(row) for row in one.rows],
        }
        for name, one in found.items()
    }


def _values(row: Row) -> dict[str, Any]:
    low, high = row.interval if row.draws else (None, None)
    return {
        "setting": row.setting,
        "truth": row.truth,
        "what": row.what,
        "count": row.count,
        "draws": row.draws,
        "rate": row.rate if row.draws else None,
        "low": low,
        "high": high,
        "warning": row.warning,
        "holds": row.holds(TIGHT),
    }


def outside(found: Mapping[str, Found]) -> list[str]:
    """Rates outside the tight limits, in words."""
    return [
        f"{name}, {row.setting}, {row.truth}: {row.what} {row.rate:.1%} of {row.draws}"
        for name, one in found.items()
        for row in one.rows
        if not row.holds(TIGHT)
    ]


def write_page(path: str | Path, found: Mapping[str, Found]) -> None:
    """Writes the tables into a page, between their marks; atomic.

    Raises:
        DataError: The page is missing, or lacks the marks of a simulation.
    """
    text = read_regular(path, _LARGEST_PAGE).decode("utf-8")
    blocks = {name: block(SIMULATIONS[name], one.rows, one.draws, one.seed) for name, one in found.items()}
    with atomic_path(path) as partial:
        partial.write_text(with_blocks(text, blocks), encoding="utf-8", newline="\n")
