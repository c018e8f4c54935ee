"""Label shares of real and synthetic training images with a known truth: interval of the difference, and false alarms.

A patient has a finding or not, in all images. Synthetic labels are independent draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.utility.subgroups.measure_prevalence import RealRows, SyntheticCounts, measure_prevalence
from medgan_tf.simulations.row import COVERAGE, ERROR, POWER, Row


@dataclass(frozen=True)
class Shares:
    """Two training sets.

    Attributes:
        real, synthetic: True share of every label.
        patients: Real patients, of 1 to `most` images each.
        most: Most images of a patient.
        images: Synthetic images.
        labels: Number of labels.
    """

    real: float
    synthetic: float
    patients: int = 200
    most: int = 3
    images: int = 500
    labels: int = 5


SETTINGS = (
    *(Shares(share, share, patients) for share in (0.02, 0.1, 0.5) for patients in (100, 500)),
    Shares(0.1, 0.1, most=1),
    Shares(0.1, 0.1, most=10),
    Shares(0.1, 0.1, labels=14),
    Shares(0.1, 0.2),
    Shares(0.5, 0.35),
)


def simulate(draws: int, seed: int, settings: Sequence[Shares] = SETTINGS) -> list[Row]:
    """Coverage of the 95 % interval of the difference of one label, and how often any label is called different."""
    random = np.random.default_rng(seed)
    return [row for setting in settings for row in _rows(setting, draws, random)]


def _rows(setting: Shares, draws: int, random: np.random.Generator) -> list[Row]:
    inside = called = 0
    true = setting.synthetic - setting.real
    for _ in range(draws):
        found = drawn(setting, random)
        difference = found["labels"]["label 0"]["difference"]
        inside += difference["low"] <= true <= difference["high"]
        called += bool(found["differ"])
    each = "1 image" if setting.most == 1 else f"1 to {setting.most} images"
    words = f"{setting.patients} patients with {each}, {setting.images} synthetic images, {setting.labels} labels"
    truth = f"share {setting.real:g} real, {setting.synthetic:g} synthetic"
    return [
        Row(f"{words}: difference", truth, COVERAGE, inside, draws),
        Row(f"{words}: a label called different", truth, POWER if true else ERROR, called, draws),
    ]


def drawn(setting: Shares, random: np.random.Generator) -> dict:
    """The result of one drawn pair of sets."""
    owner = np.repeat(np.arange(setting.patients), random.integers(1, setting.most + 1, setting.patients))
    labels = (random.random((setting.patients, setting.labels)) < setting.real)[owner]
    counts = random.binomial(setting.images, setting.synthetic, setting.labels)
    names = tuple(f"label {k}" for k in range(setting.labels))
    synthetic = SyntheticCounts(1, setting.images, counts, None, False)
    return measure_prevalence(names, RealRows(labels, owner.astype(str), {}), synthetic)
