"""How often the gate of the privacy audit is right, in made-up worlds: the shipped audit is run on each of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.privacy.audit import Audit, audit
from medgan_tf.evidence.privacy.identity.settings import IdentityConfig
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.privacy.worlds import PointExtractor, World, drawn
from medgan_tf.simulations.row import ERROR, POWER, Row

SMALL, LARGE = 400, 4000
WORLDS = (
    World(SMALL),
    World(LARGE),
    World(SMALL, "noisy copies", 0.02),
    World(LARGE, "noisy copies", 0.02),
    World(2000, "memorised", 0.03),
    World(LARGE, "memorised", 0.03),
    World(SMALL, "verbatim", 1),
    World(LARGE, "verbatim", 1),
    World(SMALL, "memorised", 0.3, swapped=True),
    World(LARGE, "memorised", 0.3, swapped=True),
    World(2000, shift=0.5),
    World(LARGE, released=LARGE),
)
SETTINGS = PrivacyConfig(identity=IdentityConfig(enabled=False))
"""Without the verifier of patients: it would train two networks for each world."""


@dataclass(frozen=True)
class Outcome:
    """The gate's answer in one world, and the rows by their answer."""

    answer: str
    broken: tuple[str, ...]
    undecided: tuple[str, ...]


def outcome(world: World, random: np.random.Generator, settings: PrivacyConfig = SETTINGS) -> Outcome:
    """Audits one world."""
    found = audited_world(world, random, settings)
    return Outcome(found.result["gate"]["answer"], tuple(found.broken), tuple(found.undecided))


def audited_world(world: World, random: np.random.Generator, settings: PrivacyConfig = SETTINGS) -> Audit:
    """The audit of one world."""
    sets, seed = drawn(world, random), int(random.integers(2**31))
    return audit(sets, settings, FeatureStore(PointExtractor(), settings.batch), seed=seed)


def simulate(draws: int, seed: int, worlds: Sequence[World] = WORLDS) -> list[Row]:
    """How often a limit is broken and how often all hold, with and without leaks."""
    return [row for world in worlds for row in _rows(world, draws, seed)]


def _rows(world: World, draws: int, seed: int) -> list[Row]:
    found = [outcome(world, stream(seed, f"gate, {world} {number}")) for number in range(draws)]
    return rows_of(world, found)


def rows_of(world: World, found: Sequence[Outcome]) -> list[Row]:
    """The rates of the answers in one world. Without a leak `broken` is an error, with one `all hold`."""
    answers, draws = Counter(one.answer for one in found), len(found)
    leak = world.leak != "none"
    setting = f"{world.patients:,} and {world.patients:,} patients"
    if world.released:
        setting += f", only {world.released:,} released images"
    kinds = {"broken": POWER if leak else ERROR, "holds": ERROR if leak else POWER, "undecided": POWER}
    rows = [
        Row(f"{setting}: {'all hold' if name == 'holds' else name}", world.truth, what, answers[name], draws)
        for name, what in kinds.items()
    ]
    if world.leak == "memorised" and not world.swapped:
        rates = sum(any("rate" in name for name in one.broken) for one in found)
        rows.append(Row(f"{setting}: broken by the share of members found", world.truth, POWER, rates, draws))
    return rows


def by_row(found: Sequence[Outcome]) -> dict[str, tuple[int, int]]:
    """How often each row was broken and how often undecided, for those who look for the reason of a rate."""
    broken = Counter(name for one in found for name in one.broken)
    undecided = Counter(name for one in found for name in one.undecided)
    return {name: (broken[name], undecided[name]) for name in sorted({*broken, *undecided})}
