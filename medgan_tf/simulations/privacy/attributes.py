"""One-sided limits of what a release helps to infer: a label from the others, and an attribute from the labels.

Patients have 1 to 4 images. Most images of a patient have the same labels, and all have the same attribute, which a
feature shows. Labels are coin flips (hardly two patients are alike), skewed (most have none), or one of few
combinations. Without a leak the release is drawn anew, or from the counts of the training labels. With one, some of its
images are training images.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.privacy.inference_gain import Records, group_gain, label_gain
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, POWER, Row

LIMIT = 0.05
"""The limit of the audit's rows."""
COIN_FLIPS, SKEWED, FEW = "12 coin flips", "12 skewed labels", "4 combinations"
ANEW, COUNTED = "drawn anew", "drawn from training labels"
_SHARES = 0.3 * 0.75 ** np.arange(12)
_VECTORS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])


@dataclass(frozen=True)
class World:
    """One setting.

    Attributes:
        labels: How labels are drawn.
        train, held_out: Patients.
        released: Released images.
        release: How labels of the release are drawn.
        leak: Share of the released images that are training images, labels and all.
    """

    labels: str
    train: int = 300
    held_out: int = 300
    released: int = 300
    release: str = ANEW
    leak: float = 0.0

    def words(self) -> str:
        """The setting in words."""
        return (
            f"{self.labels}, {self.train:,} training and {self.held_out:,} held-out patients, {self.released:,} "
            f"released images, labels {self.release}"
        )


SETTINGS = (
    *(World(labels) for labels in (COIN_FLIPS, SKEWED, FEW)),
    *(World(labels, 700, 170, 1000) for labels in (COIN_FLIPS, SKEWED, FEW)),
    World(SKEWED, 60, 40, 200),
    World(FEW, 60, 40, 200),
    World(FEW, release=COUNTED),
    World(COIN_FLIPS, leak=0.1),
    World(COIN_FLIPS, leak=1.0),
    World(SKEWED, leak=1.0),
)


def simulate(draws: int, seed: int, settings: Sequence[World] = SETTINGS) -> list[Row]:
    """Errors of both one-sided 95 % limits, and how often they show that the gain is small, or large.

    With a leak the truth is the mean over all draws. So is it where the release follows the counts of the training
    labels: these are a little nearer to training patients than to others.
    """
    rows = []
    for number, world in enumerate(settings):
        random = stream(seed, f"simulated inference {number}")
        found = np.array([drawn(world, random) for _ in range(draws)])
        for column, what in enumerate(("label", "attribute")):
            rows += _rows(world, what, found[:, column])
    return rows


def _rows(world: World, what: str, found: np.ndarray) -> list[Row]:
    """Rows of one attack; found: float64 [draws, 3], value and limits."""
    known = world.leak == 0 and world.release == ANEW
    truth = 0.0 if known else float(found[:, 0].mean())
    shown = f"leak {world.leak:.0%}, gain {truth:.1%}" if world.leak else f"no leak, gain {truth:.1%}"
    lower, upper, draws, setting = found[:, 1], found[:, 2], len(found), f"{what}: {world.words()}"
    right = lower > LIMIT if truth > LIMIT else upper <= LIMIT
    decided = f"{setting}; decided at {LIMIT:.0%}"
    return [
        Row(f"{setting}; lower limit", shown, ERROR, int((lower > truth).sum()), draws),
        Row(f"{setting}; upper limit", shown, ERROR, int((upper < truth).sum()), draws),
        Row(decided, shown, POWER, int(right.sum()), draws),
    ]


def drawn(world: World, random: np.random.Generator) -> list[list[float]]:
    """Value, lower and upper limit of both attacks in one world."""
    train, held_out = (_side(world, count, random) for count in (world.train, world.held_out))
    released = _release(world, train, random)
    found = label_gain(train, held_out, released.labels, random), group_gain(train, held_out, released, random)
    return [[one.value, *one.limits(0.95)] for one in found]


def _labels(kind: str) -> Callable[[int, np.random.Generator], np.ndarray]:
    if kind == FEW:
        return lambda count, random: _VECTORS[random.choice(4, size=count, p=(0.5, 0.3, 0.15, 0.05))]
    shares = _SHARES if kind == SKEWED else 0.5
    return lambda count, random: (random.random((count, 12)) < shares).astype(int)


def _side(world: World, patients: int, random: np.random.Generator) -> Records:
    draw = _labels(world.labels)
    numbers = np.repeat(np.arange(patients), random.integers(1, 5, patients))
    labels = np.where(
        random.random((len(numbers), 1)) < 0.8, draw(patients, random)[numbers], draw(len(numbers), random)
    )
    # The attribute comes with the first label of a patient's first image.
    first = labels[np.unique(numbers, return_index=True)[1], 0]
    groups = np.where(random.random(patients) < np.where(first == 1, 0.7, 0.4), "F", "M").astype(object)[numbers]
    return Records(labels, numbers.astype(str), _features(groups, random), groups)


def _features(groups: np.ndarray, random: np.random.Generator) -> np.ndarray:
    shown = np.where(groups == "F", 1.0, -1.0)
    return np.stack([shown + random.normal(0, 0.5, len(groups)), random.normal(size=len(groups))], axis=1)


def _release(world: World, train: Records, random: np.random.Generator) -> Records:
    other = _side(world, world.released, random)
    rows = random.choice(len(other.labels), world.released, replace=False)
    labels, features = other.labels[rows], other.features[rows]
    if world.release == COUNTED:
        labels = train.labels[random.integers(len(train.labels), size=world.released)]
    leaked = np.flatnonzero(random.random(world.released) < world.leak)
    copied = random.integers(len(train.labels), size=len(leaked))
    labels[leaked], features[leaked] = train.labels[copied], train.features[copied]
    return Records(labels, np.full(world.released, ""), features)
