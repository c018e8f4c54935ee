"""Runs simulations, and writes their tables into a page."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.simulations.registry import SIMULATIONS
from medgan_tf.simulations.row import Row
from medgan_tf.simulations.tables import breaks, markdown_table, remark, replaced


@dataclass(frozen=True)
class Simulated:
    """The rates of some simulations.

    Attributes:
        rows: By name of the simulation.
        seed: Seed of all draws.
    """

    rows: dict[str, list[Row]]
    seed: int

    def as_json(self) -> dict[str, Any]:
        """All rates with their intervals and remarks."""
        return {
            name: [asdict(row) | {"rate": row.rate, "interval": row.interval, "remark": remark(row)} for row in rows]
            for name, rows in self.rows.items()
        }

    def as_text(self) -> str:
        """The tables, in Markdown."""
        return "\n\n".join(markdown_table(SIMULATIONS[name], rows, self.seed) for name, rows in self.rows.items())

    def write(self, page: Path) -> None:
        """Replaces the tables of a page. Raises `DataError` when it has no place for one."""
        try:
            text = page.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{page}: cannot be read as a page in UTF-8") from error
        for name, rows in self.rows.items():
            text = replaced(text, name, markdown_table(SIMULATIONS[name], rows, self.seed))
        with atomic_path(page) as partial:
            partial.write_text(text, encoding="utf-8")

    def check(self) -> None:
        """Raises `RunError` when a rate is shown to break its promise."""
        failing = [
            f"{name}: {row.setting}, {row.truth}" for name, rows in self.rows.items() for row in rows if breaks(row)
        ]
        if failing:
            raise RunError(f"{len(failing)} simulated rates break their promise; the first is {failing[0]}")


def run_simulations(names: Sequence[str], draws: int | None, seed: int) -> Simulated:
    """Runs the named simulations, or all, each with its own number of draws or with `draws`.

    Raises:
        ConfigError: A name is not known.
    """
    for name in names:
        if name not in SIMULATIONS:
            raise ConfigError(f"unknown simulation {name!r:.60}; known: {', '.join(SIMULATIONS)}")
    found = {name: SIMULATIONS[name].simulate(draws or SIMULATIONS[name].draws, seed) for name in names or SIMULATIONS}
    rows = {name: [row if isinstance(row, Row) else Row(*row) for row in given] for name, given in found.items()}
    return Simulated(rows, seed)
