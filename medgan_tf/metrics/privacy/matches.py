"""Matches of released images with training patients, beyond those that chance gives among held-out patients.

Every held-out patient whom a search names is named by chance, as the released images cannot show them. So the held-out
patients say how many training patients are named by chance: as many per image of a stratum. What is beyond that is the
excess.

Patients are the units. Some look like many others, so the matches of one patient come together, and their number varies
more than a Poisson count. Limits of each of the two sums of matches are those of a weighted sum of Poisson counts with
the variance over patients (M. Fay, E. Feuer, Confidence intervals for directly standardized rates, Statistics in
Medicine 16, 1997); without matches they are the exact Poisson limits. The limits of the difference come from both (G.
Zou, A. Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27, 2008).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.bootstrap import patient_numbers

_FEWEST_OF_A_STRATUM = 20


@dataclass(frozen=True)
class Found:
    """The real images of one side with the matches of each.

    Attributes:
        matches: float64 [N], matches of each image. Two images of a patient that match the same released image share
            this match.
        patients: str [N]; images with the empty name count as patients of their own.
        strata: [N], e.g. label combinations: chance is compared within a stratum.
    """

    matches: np.ndarray
    patients: np.ndarray
    strata: np.ndarray


@dataclass(frozen=True)
class WeightedCount:
    """A weighted sum of counts and its variance over patients; `weight` is what one more match would add."""

    total: float
    variance: float
    weight: float

    def lower(self, confidence: float) -> float:
        """The expected sum is above this with this confidence."""
        if self.total <= 0:
            return 0.0
        scale = self.variance / self.total
        return float(scale / 2 * stats.chi2.ppf(1 - confidence, 2 * self.total / scale))

    def upper(self, confidence: float) -> float:
        """The expected sum is below this with this confidence."""
        total, variance = self.total + self.weight, self.variance + self.weight**2
        scale = variance / total
        return float(scale / 2 * stats.chi2.ppf(confidence, 2 * total / scale))


@dataclass(frozen=True)
class ExcessMatches:
    """Matches with training patients for each released image, beyond chance.

    Attributes:
        train: The matches with training patients, in all.
        chance: Those to expect by chance.
        images: Number of released images.
        held_out_matches: Matches with held-out patients, in all, not weighted.
    """

    train: WeightedCount
    chance: WeightedCount
    images: int
    held_out_matches: float

    @property
    def value(self) -> float:
        """Excess for each released image. If each image shows one patient at most, this is a share of images."""
        return (self.train.total - self.chance.total) / self.images

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of `value`: the truth is above the first, and below the second, each with `confidence`."""
        train, chance = self.train, self.chance
        down = np.hypot(train.total - train.lower(confidence), chance.upper(confidence) - chance.total)
        up = np.hypot(train.upper(confidence) - train.total, chance.total - chance.lower(confidence))
        return self.value - float(down) / self.images, self.value + float(up) / self.images


def excess_matches(train: Found, held_out: Found, images: int) -> ExcessMatches:
    """The excess of matches with training patients.

    Args:
        train: The training images.
        held_out: Images of other patients, searched in the same way.
        images: Number of released images.

    Raises:
        ValueError: A side is empty.
    """
    codes, other_codes = _joined_strata(train.strata, held_out.strata)
    count = max(codes.max(), other_codes.max()) + 1
    size, other_size = np.bincount(codes, minlength=count), np.bincount(other_codes, minlength=count)
    rates = np.bincount(other_codes, held_out.matches, count) / np.maximum(other_size, 1)
    weights = size / np.maximum(other_size, 1)
    # Each patient's matches beyond those that chance gives for their images.
    own = _spread(train.matches - rates[codes], train.patients)
    other = _spread(weights[other_codes] * (held_out.matches - rates[other_codes]), held_out.patients)
    found, by_chance = float(train.matches.sum()), weights * rates * other_size
    return ExcessMatches(
        _weighted(found, own, found, 1.0),
        _weighted(float(by_chance.sum()), other, float(weights @ by_chance), float(weights.max())),
        images,
        float(held_out.matches.sum()),
    )


def _weighted(total: float, variance: float, least: float, weight: float) -> WeightedCount:
    """A sum varies at least as Poisson counts do (`least`). One more match adds as much as matches come together."""
    variance = max(variance, least)
    return WeightedCount(total, variance, max(weight, variance / total if total > 0 else 0.0))


def _spread(values: np.ndarray, patients: np.ndarray) -> float:
    """Variance of the sum of the values when patients are drawn."""
    sums = np.bincount(patient_numbers(patients), values)
    return float((sums**2).sum() * len(sums) / max(len(sums) - 1, 1))


def _joined_strata(train: np.ndarray, held_out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the strata of both sides. Those with few held-out images are one; if that is still few, all are."""
    if not len(train) or not len(held_out):
        raise ValueError(f"expected images on both sides. Received: {len(train)} and {len(held_out)}")
    names, codes = np.unique(np.concatenate([train, held_out]), return_inverse=True)
    codes, other = codes[: len(train)], codes[len(train) :]
    few = np.bincount(other, minlength=len(names)) < _FEWEST_OF_A_STRATUM
    if few.any() and np.count_nonzero(few[other]) < _FEWEST_OF_A_STRATUM:
        few[:] = True
    numbers = np.where(few, 0, np.arange(1, len(names) + 1))
    return numbers[codes], numbers[other]
