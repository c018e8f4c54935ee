"""Errors of the membership rows of a privacy audit, on made-up worlds that the shipped code attacks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.privacy.answers import Answer, Finding
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.answer import answer
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.metrics.streams import stream
from medgan_tf.presentation.progress import Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.simulations.privacy.worlds import PointExtractor, World, drawn
from medgan_tf.simulations.row import ERROR, POWER, Row

_ROWS_OF_AN_AUDIT = 15
"""K: "broken" is judged at 1 - 0.05 / K, as in an audit with this many rows."""
WORLDS = (
    *(World(patients) for patients in (400, 1000, 4000)),
    World(2000, "memorised", 0.03),
    *(World(2000, shift=shift) for shift in (0.5, 1.0)),
)


def inputs_of(world: World, random: np.random.Generator) -> PrivacyInputs:
    """The inputs of an audit of one world."""
    seed, store = int(random.integers(2**31)), FeatureStore(PointExtractor(), 64)
    return PrivacyInputs.of(drawn(world, random), PrivacyConfig(), seed, store, Steps(Silent()))


@dataclass(frozen=True)
class Outcome:
    """What the rows of one world said.

    Attributes:
        holds, broken: Names of the rows whose limit holds, and is broken.
        above, below: Names of the rows with a one-sided 95 % limit above chance, and below it.
        values: The values of all rows.
    """

    holds: frozenset[str]
    broken: frozenset[str]
    above: frozenset[str]
    below: frozenset[str]
    values: dict[str, float]


def outcome(found: Answer) -> Outcome:
    """The rows of an answer, judged as in an audit of `_ROWS_OF_AN_AUDIT` rows."""
    rows = [row for row in found.rows if isinstance(row, Finding) and np.isfinite(row.value)]
    once, corrected = 0.95, 1 - 0.05 / _ROWS_OF_AN_AUDIT
    chance = {row.name: 0.01 if "rate" in row.name else 0.5 for row in rows}
    return Outcome(
        frozenset(row.name for row in rows if row.limits(once)[1] <= row.threshold.limit),
        frozenset(row.name for row in rows if row.limits(corrected)[0] > row.threshold.limit),
        frozenset(row.name for row in rows if row.limits(once)[0] > chance[row.name]),
        frozenset(row.name for row in rows if row.limits(once)[1] < chance[row.name]),
        {row.name: row.value for row in rows},
    )


def simulate(draws: int, seed: int, worlds: Sequence[World] = WORLDS) -> list[Row]:
    """Errors without a leak, the share of worlds with a leak that is noticed, and of shifts that are flagged."""
    return [row for world in worlds for row in _rows(world, draws, seed)]


def _rows(world: World, draws: int, seed: int) -> list[Row]:
    random = stream(seed, f"simulated membership {world}")
    found = [outcome(answer(inputs_of(world, random))) for _ in range(draws)]
    who = f"{world.patients:,} training and held-out patients"
    if world.shift or world.leak != "none":
        names = [one.broken for one in found]
        if world.leak != "none":
            names = [[name for name in broken if "rate" in name] for broken in names]
        what = ERROR if world.shift else POWER
        words = f"{who}: {'any row' if world.shift else 'a row of the share found'} is broken"
        return [Row(words, world.truth, what, sum(map(bool, names)), draws)]
    rows = []
    for name in found[0].values:
        for words, side in (("lower limit above chance", "above"), ("upper limit below chance", "below")):
            count = sum(name in getattr(one, side) for one in found)
            rows.append(Row(f"{who}: {name}, {words}", world.truth, ERROR, count, draws))
        holds = sum(name in one.holds for one in found)
        rows.append(Row(f"{who}: {name} holds", world.truth, POWER, holds, draws))
    broken = sum(bool(one.broken) for one in found)
    everything = sum(one.holds == set(one.values) for one in found)
    rows.append(Row(f"{who}: any row is broken", world.truth, ERROR, broken, draws))
    rows.append(Row(f"{who}: all rows hold", world.truth, POWER, everything, draws))
    return rows
