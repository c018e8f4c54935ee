"""Errors of the membership rows of a privacy audit, on made-up worlds that the shipped code attacks.

Patients have one to four images. An image is a vector: what is the patient's own, and what is the image's own. Released
images are drawn like the training images, with or without near copies of some training images.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.answers import Answer, Finding
from medgan_tf.evidence.privacy.inputs import Model, PrivacyInputs
from medgan_tf.evidence.privacy.membership.answer import answer
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, POWER, Row

DIMENSIONS = 16
_ALIKE = 0.5
_ROWS_OF_AN_AUDIT = 15
"""K: "broken" is judged at 1 - 0.05 / K, as in an audit with this many rows."""


@dataclass(frozen=True)
class World:
    """A world.

    Attributes:
        patients: Patients of the training set, and as many held out.
        memorised: Share of the training patients with a near copy of one image in the released set.
        shift: Distance between the means of training and held-out images, in standard deviations; nothing leaks.
    """

    patients: int
    memorised: float = 0.0
    shift: float = 0.0

    @property
    def words(self) -> str:
        """The world in words."""
        return f"{self.patients:,} and {self.patients:,} patients with 1 to 4 images"


WORLDS = (
    *(World(patients) for patients in (400, 1000, 4000)),
    World(2000, memorised=0.03),
    *(World(2000, shift=shift) for shift in (0.5, 1.0)),
)


@dataclass(frozen=True)
class Named:
    """Stands for the features of an extractor that has them at hand."""

    def describe(self) -> dict[str, str]:
        """Its description."""
        return {"name": "simulated"}


@dataclass(frozen=True)
class Store:
    """Stands for the store of features, which are set beforehand."""

    extractor: Named = Named()


def drawn(world: World, random: np.random.Generator) -> PrivacyInputs:
    """One world, with the released set as large as the training set has patients."""
    train, train_patients = _real(world.patients, random)
    held_out, held_out_patients = _real(world.patients, random)
    synthetic = random.normal(size=(world.patients, DIMENSIONS)).astype(np.float32)
    for part in (train, synthetic):
        part[:, 0] += world.shift
    copied = random.permutation(world.patients)[: round(world.memorised * world.patients)]
    first = np.searchsorted(train_patients, copied)
    synthetic[: len(copied)] = train[first] + 0.02 * random.normal(size=(len(copied), DIMENSIONS))
    sets = [
        _set("training", train, train_patients),
        _set("held-out", held_out, held_out_patients),
        _set("synthetic", synthetic, None),
    ]
    seed = int(random.integers(2**31))
    steps = type("Quiet", (), {"__call__": lambda *_: None})()
    inputs = PrivacyInputs(*sets, sets[2], PrivacyConfig(), seed, Store(), steps, Model())
    inputs.train_features, inputs.held_out_features, inputs.synthetic_features = train, held_out, synthetic
    return inputs


def _real(patients: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    owner = np.repeat(np.arange(patients), random.integers(1, 5, patients))
    own = random.normal(size=(patients, DIMENSIONS))[owner]
    images = np.sqrt(_ALIKE) * own + np.sqrt(1 - _ALIKE) * random.normal(size=own.shape)
    return images.astype(np.float32), owner


def _set(name: str, vectors: np.ndarray, owner: np.ndarray | None) -> ImageSet:
    """A set whose images, 4 x 4 pixels, are the vectors."""
    pixels = np.clip(128 + 25 * vectors, 0, 255).astype(np.uint8).reshape(-1, 4, 4, 1)
    patients = np.array([]) if owner is None else np.char.add(name[0], owner.astype(str))
    return ImageSet(name, "simulated", pixels, None, (), "", patients=patients)


@dataclass(frozen=True)
class Outcome:
    """What the rows of one world said: names of the rows that hold, are above their limit at 95 %, and are broken."""

    holds: frozenset[str]
    above: frozenset[str]
    broken: frozenset[str]
    below: frozenset[str]
    values: dict[str, float]


def outcome(found: Answer, chance: dict[str, float]) -> Outcome:
    """The rows of an answer, judged each for itself.

    Args:
        found: The answer.
        chance: Name of a row to its value without a leak.
    """
    rows = [row for row in found.rows if isinstance(row, Finding) and np.isfinite(row.value)]
    once, corrected = 0.95, 1 - 0.05 / _ROWS_OF_AN_AUDIT
    return Outcome(
        frozenset(row.name for row in rows if row.limits(once)[1] <= row.threshold.limit),
        frozenset(row.name for row in rows if row.limits(once)[0] > chance[row.name]),
        frozenset(row.name for row in rows if row.limits(corrected)[0] > row.threshold.limit),
        frozenset(row.name for row in rows if row.limits(once)[1] < chance[row.name]),
        {row.name: row.value for row in rows},
    )


CHANCE = {"distance patient": 0.5, "density patient": 0.5, "distance_rate 1 %": 0.01, "density_rate 1 %": 0.01}


def simulate(draws: int, seed: int, worlds: Sequence[World] = WORLDS) -> list[Row]:
    """Errors without a leak, the share of worlds with a leak that is noticed, and of shifts that are flagged."""
    return [row for world in worlds for row in _rows(world, draws, seed)]


def _rows(world: World, draws: int, seed: int) -> list[Row]:
    random = stream(seed, f"simulated membership {world}")
    found = [outcome(answer(drawn(world, random)), CHANCE) for _ in range(draws)]
    if world.shift:
        broken = sum(bool(one.broken) for one in found)
        truth = f"a shift of {world.shift:g} standard deviations, no leak"
        return [Row(f"{world.words}: broken", truth, ERROR, broken, draws)]
    if world.memorised:
        names = [[name for name in one.broken if "rate" in name] for one in found]
        truth = f"{world.memorised:.0%} of the training patients memorised"
        return [Row(f"{world.words}: broken by the share found", truth, POWER, sum(map(bool, names)), draws)]
    rows = []
    for name in found[0].values:
        for what, side in (("lower limit too high", "above"), ("upper limit too low", "below")):
            count = sum(name in getattr(one, side) for one in found)
            rows.append(Row(f"{world.words}: {name}, {what}", "no leak", ERROR, count, draws))
        holds = sum(name in one.holds for one in found)
        rows.append(Row(f"{world.words}: {name} holds", "no leak", POWER, holds, draws))
    return rows
