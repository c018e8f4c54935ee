"""Reader studies of known truth: how often is there a finding where there is nothing to find?

The answers come from a latent variable with parts of the reader, the image, and the reader's view of the image, as in
Roe and Metz (Academic Radiology 4, 1997): a reader calls an image synthetic with the chance

    logistic(side (shift + skill[reader]) + looks[image] + bias[reader] + view[reader, image])

where side is 1 for synthetic and -1 for real images. Without a shift both kinds look alike, so the true score is 0.5,
whatever images and readers are drawn. Readers and images are drawn anew for each study.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, special, stats

from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.metrics.readers_and_cases import (
    ABOVE,
    BELOW,
    FEWEST_READERS,
    ReadersAndCases,
    mean_over_readers,
    over_readers,
)

READERS, IMAGES, LOOKS = (3, 5, 9, 11), (50, 100), (0.0, 1.0, 2.0)
"""Readers; images of each kind; standard deviation of the images' looks, in logits."""
AREA_READERS, AREA_LOOKS = (5, 11), 1.0
"""The same for ratings, of which there are fewer settings: a ROC curve takes ten times as long as a score."""
_SKILL, _BIAS, _VIEW = 0.3, 0.5, 0.5
_MARGIN, _LEVEL = 0.1, 0.05
_AREA = 0.6


class Row(NamedTuple):
    """One rate: what was counted in how many studies of a setting and truth."""

    setting: str
    truth: str
    what: str
    count: int
    draws: int


def simulate(draws: int, seed: int) -> list[Row]:
    """Coverage of the interval, and error of the findings, of `ReadersAndCases`.

    Rows: without a difference, the error rate of the finding in both directions together; with a true score at the
    margin, 0.60, the error rate of equivalence; the coverage of the interval at both; and that of the interval of the
    mean area under the readers' ROC curves. With too few readers no interval is shown, so there is no row of coverage.

    Args:
        draws: Studies of each setting and truth.
        seed: Seed of all draws.
    """
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for readers in READERS:
        for images in IMAGES:
            setting = f"{readers} readers, {images} + {images} images"
            for looks in LOOKS:
                for score in (0.5, 0.5 + _MARGIN):
                    rows += _scores(random, readers, images, looks, score, draws, f"{setting}, looks sd {looks:g}")
            if readers in AREA_READERS:
                rows += _areas(random, readers, images, draws, f"{setting}, ratings")
    return rows


def _scores(
    random: np.random.Generator, readers: int, images: int, looks: float, score: float, draws: int, setting: str
) -> list[Row]:
    """Studies with a true score: coverage, and the error that is possible there."""
    shift, sides = shift_of(score, looks), np.repeat([-1.0, 1.0], images)

    def study() -> ReadersAndCases:
        return mean_over_readers((called_synthetic(random, readers, sides, looks, shift) == (sides > 0)) * 1.0, sides)

    counted = _counted(study, score, images, draws)
    truth = f"score {score:g}"
    rows = [Row(setting, truth, "coverage", counted["covered"], draws)] if readers >= FEWEST_READERS else []
    if score == 0.5:
        return [*rows, Row(f"{setting}: finding", truth, "error rate", counted["found"], draws)]
    return [*rows, Row(f"{setting}: equivalent", truth, "error rate", counted["equivalent"], draws)]


def _areas(random: np.random.Generator, readers: int, images: int, draws: int, setting: str) -> list[Row]:
    """Studies with ratings instead of answers, and a true mean area."""
    # Two images of different kinds differ by twice the shift and the skill, and by both looks and noises.
    sd = np.sqrt((2 * _SKILL) ** 2 + 2 * (AREA_LOOKS**2 + _VIEW**2 + 1))
    shift, sides = float(stats.norm.ppf(_AREA)) * sd / 2, np.repeat([-1.0, 1.0], images)
    truth = np.repeat(sides[:, None] > 0, readers, axis=1)
    patients = np.arange(2 * images).astype(str)

    def study() -> ReadersAndCases:
        latent = _latent(random, readers, sides, AREA_LOOKS, shift) + random.normal(size=(readers, 2 * images))
        aucs = clustered_aucs(truth, latent.T, patients)
        return over_readers(aucs.values, aucs.covariance)

    return [Row(setting, f"area {_AREA:g}", "coverage", _counted(study, _AREA, images, draws)["covered"], draws)]


def _counted(study: Callable[[], ReadersAndCases], truth: float, images: int, draws: int) -> Counter:
    """Of so many studies: intervals that cover the truth, findings against 0.5, findings of equivalence."""
    counted: Counter = Counter()
    for _ in range(draws):
        found = study()
        low, high = found.interval(1 - _LEVEL)
        counted["covered"] += bool(low <= truth <= high)
        counted["found"] += found.finding(0.5, _LEVEL, images) in (ABOVE, BELOW)
        counted["equivalent"] += found.equivalent(0.5, _MARGIN, _LEVEL, images)
    return counted


def called_synthetic(
    random: np.random.Generator, readers: int, sides: np.ndarray, looks: float, shift: float
) -> np.ndarray:
    """Answers bool [readers, images] of readers and images that are drawn anew."""
    chance = special.expit(_latent(random, readers, sides, looks, shift))
    return random.random(chance.shape) < chance


def _latent(random: np.random.Generator, readers: int, sides: np.ndarray, looks: float, shift: float) -> np.ndarray:
    """How synthetic each image looks to each reader, [readers, images]."""
    skill, bias = _SKILL * random.normal(size=(readers, 1)), _BIAS * random.normal(size=(readers, 1))
    view = _VIEW * random.normal(size=(readers, len(sides)))
    return sides * (shift + skill) + looks * random.normal(size=len(sides)) + bias + view


def shift_of(score: float, looks: float) -> float:
    """The shift that gives a true score: over all readers and images, the chance of a right answer is the score."""
    sd = np.sqrt(looks**2 + _SKILL**2 + _BIAS**2 + _VIEW**2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)

    def excess(shift: float) -> float:
        return float(weights @ special.expit(shift + sd * nodes) / weights.sum()) - score

    return 0.0 if score == 0.5 else float(optimize.brentq(excess, -10, 10))
