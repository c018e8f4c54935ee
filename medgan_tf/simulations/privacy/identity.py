"""One-sided limits of matches with training patients beyond chance, with patients who look like many others.

Two kinds of images are matched by chance at rates that differ by a factor of 3, and the training images hold more of
one kind than the held-out images do. In a part of the worlds some released images show a training patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.privacy.matches import ExcessMatches, Found, excess_matches
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, POWER, Row

LIMIT = 0.02
"""The limit of the audit's row."""


@dataclass(frozen=True)
class World:
    """One setting.

    Attributes:
        train, held_out: Patients, each with 1 to 4 images.
        released: Released images.
        chance: Chance matches with training patients for each released image.
        alike: Standard deviation of the logarithm of a patient's rate of chance matches: 0 if all are alike to others.
        leak: Share of the released images that show a training patient; each is matched.
    """

    train: int
    held_out: int
    released: int = 1000
    chance: float = 0.01
    alike: float = 1.0
    leak: float = 0.0


SETTINGS = (
    World(700, 170),
    World(700, 170, alike=2.0),
    World(700, 170, leak=0.05),
    World(4000, 4000, 10_000),
    World(4000, 4000, 10_000, alike=2.0),
    World(4000, 4000, 10_000, leak=0.05),
    World(300, 60, 300),
    World(700, 170, chance=0.1),
)


def simulate(draws: int, seed: int, settings: Sequence[World] = SETTINGS) -> list[Row]:
    """Errors of both one-sided 95 % limits, and how often the limits show that little or much is shown."""
    rows = []
    for number, world in enumerate(settings):
        random = stream(seed, f"simulated matches {number}")
        ends = np.array([drawn(world, random).limits(0.95) for _ in range(draws)])
        setting = (
            f"{world.train:,} training and {world.held_out:,} held-out patients, {world.released:,} released images, "
            f"{world.chance:.0%} matched by chance, spread {world.alike:g}"
        )
        truth = f"{world.leak:.0%} show a patient"
        rows.append(Row(f"{setting}; lower limit", truth, ERROR, int((ends[:, 0] > world.leak).sum()), draws))
        rows.append(Row(f"{setting}; upper limit", truth, ERROR, int((ends[:, 1] < world.leak).sum()), draws))
        right = ends[:, 0] > LIMIT if world.leak > LIMIT else ends[:, 1] <= LIMIT
        rows.append(Row(f"{setting}; decided at {LIMIT:.0%}", truth, POWER, int(right.sum()), draws))
    return rows


def drawn(world: World, random: np.random.Generator) -> ExcessMatches:
    """One world."""
    train = _side(world, world.train, 0.6, random)
    rate = world.chance * world.released / train.matches.sum()
    held_out = _side(world, world.held_out, 0.4, random)
    sides = [Found(random.poisson(rate * one.matches), one.patients, one.strata) for one in (train, held_out)]
    shown = random.binomial(world.released, world.leak)
    np.add.at(sides[0].matches, random.integers(len(sides[0].matches), size=shown), 1)
    return excess_matches(sides[0], sides[1], world.released)


def _side(world: World, patients: int, share: float, random: np.random.Generator) -> Found:
    """Images of one side; in place of matches, the relative rate of them."""
    numbers = np.repeat(np.arange(patients), random.integers(1, 5, patients))
    kind = (random.random(len(numbers)) < share).astype(int)
    alike = random.lognormal(-(world.alike**2) / 2, world.alike, patients)
    return Found(alike[numbers] * np.array([1.0, 3.0])[kind], numbers.astype(str), kind)
