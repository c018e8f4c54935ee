"""Data copying: do released images belong to training images more often than to held-out ones that are as good?

Follows the three-sample idea of C. Meehan et al., A non-parametric test to detect data-copying in generative models,
AISTATS 2020. Their statistic also rises when synthetic images are merely typical. Here training and held-out images
compete for being the nearest, which typical images leave undecided: without copying, a nearest real image is a training
image with the chance that the numbers of images give, whatever these numbers are. Held-out images are decoys, as in the
target-decoy searches of J. Elias, S. Gygi, Nature Methods 4, 207-214 (2007).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

from medgan_tf.metrics.privacy.authenticity import Places, RealPool

_FEWEST_OF_A_STRATUM = 20
# With fewer counted images of either kind, a normal distribution is too far from the truth.
_FEW = 30
# With fewer patients, the variance between them is known too badly: with 40, the lower limit erred in 9 %, not 5 %.
_FEW_PATIENTS = 100


@dataclass(frozen=True)
class Excess:
    """Images that belong to training images, beyond those that chance gives.

    Attributes:
        images: M, all released images that were looked at.
        counted: Those that are near enough to a real image to count.
        trained: Of these, those whose nearest real image is a training image; one that is as near to a held-out image
            counts half.
        expected: Of these, those to expect from the numbers of training and held-out images alone.
        value: (trained - expected) / (1 - chance) / M, where `chance` is the mean chance of a training image: 0 without
            copying. An image that is a copy of a training image adds 1/M.
        chance: That mean chance.
        error: Standard error of `value`: training patients, held-out patients and released images are all samples.
        clustering: Variance of the number of counted images of a held-out patient, divided by its mean, at least 1.
        patients, held_out_patients: Training patients and held-out ones.
    """

    images: int
    counted: int
    trained: float
    expected: float
    value: float
    chance: float
    error: float
    clustering: float
    patients: int
    held_out_patients: int

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of `value`: Student's t over patients.

        Where fewer than 30 images count at training images or at held-out ones, or there are fewer than 100 patients of
        either kind, they reach at least as far as those of `rare_limits`.
        """
        freedom = max(1, min(self.patients, self.held_out_patients) - 1)
        reach = float(stdtrit(freedom, confidence)) * self.error
        low, high = self.value - reach, self.value + reach
        few = min(self.trained, self.counted - self.trained) < _FEW
        if few or min(self.patients, self.held_out_patients) < _FEW_PATIENTS:
            rare = self.rare_limits(confidence)
            low, high = min(low, rare[0]), max(high, rare[1])
        return max(-self.odds, low), min(1.0, high)

    @property
    def odds(self) -> float:
        """Training images for each held-out one, by chance."""
        return self.chance / (1 - self.chance)

    def rare_limits(self, confidence: float, independent: int | None = None) -> tuple[float, float]:
        """One-sided limits of `value` where few images count.

        Clopper and Pearson's limits (1934) of the share of images at training images, and of that at held-out ones,
        joined in squares (G. Zou, A. Donner, Statistics in Medicine 27, 1693-1702, 2008). The false alarms among
        training images cluster by patient as those among held-out images do, which adds to the variance.

        Args:
            confidence: Of each limit, 0.5..1.
            independent: Largest number of images that the share at held-out images rests on; None: all.
        """
        false = self.counted - self.trained
        own, own_low, own_high = clopper_pearson(self.trained, self.images, confidence)
        of = min(self.images, independent or self.images)
        control, low, high = clopper_pearson(false * of / self.images, of, confidence)
        more = self.clustering * self.odds**2
        spread = ndtri(confidence) ** 2 * (self.clustering - 1) * self.odds * false / self.images**2
        below = np.sqrt((own - own_low) ** 2 + more * (high - control) ** 2 + spread)
        above = np.sqrt((own_high - own) ** 2 + more * (control - low) ** 2 + spread)
        return self.value - float(below), self.value + float(above)

    def describe(self, level: float = 0.95) -> dict[str, Any]:
        """For result files, with a two-sided interval."""
        low, high = self.limits((1 + level) / 2)
        return {
            "images": self.images,
            "counted": self.counted,
            "trained": self.trained,
            "expected": self.expected,
            "excess": self.value,
            "interval": {"low": low, "high": high, "level": level},
            "error": self.error,
        }


def training_excess(places: Places, counts: np.ndarray, pool: RealPool, strata: np.ndarray) -> Excess:
    """How many more of the counted images belong to training images than chance gives.

    Args:
        places: Where the M released images lie among the real ones.
        counts: bool [M], which of them count.
        pool: The N real images.
        strata: [N], e.g. label combinations: the chance is that of the nearest image's stratum, because training and
            held-out images may hold other shares of the combinations. Strata with fewer than 20 training or held-out
            images are one.
    """
    stratum = _large_enough(strata, pool.trained)
    chances = np.bincount(stratum, weights=pool.trained) / np.bincount(stratum)
    chance = chances[stratum[places.row]]
    surplus = counts * (places.trained - chance)
    of_image = np.bincount(places.row, weights=surplus - surplus.mean(), minlength=len(pool))
    # Of each image, what the mean image of its stratum and set does not have; then by patient.
    cell = 2 * stratum + pool.trained
    means = np.bincount(cell, weights=of_image) / np.maximum(np.bincount(cell), 1)
    _, patient = np.unique(pool.patients, return_inverse=True)
    of_patient = np.bincount(patient, weights=of_image - means[cell])
    is_trained = np.bincount(patient, weights=pool.trained) > 0
    sides = [of_patient[is_trained], of_patient[~is_trained]]
    variance = sum(len(side) / max(len(side) - 1, 1) * float((side**2).sum()) for side in sides)
    mean_chance, images = float(chance.mean()), len(counts)
    scale = images * (1 - mean_chance)
    at_held_out = np.bincount(places.row, weights=counts * (1 - places.trained), minlength=len(pool))
    hits = np.bincount(patient, weights=at_held_out)[~is_trained]
    return Excess(
        images=images,
        counted=int(np.count_nonzero(counts)),
        trained=float((counts * places.trained).sum()),
        expected=float((counts * chance).sum()),
        value=float(surplus.sum() / scale),
        chance=mean_chance,
        error=float(np.sqrt(variance) / scale),
        clustering=max(1.0, float((hits**2).sum() / hits.sum())) if hits.sum() > 1 else 1.0,
        patients=len(sides[0]),
        held_out_patients=len(sides[1]),
    )


def _large_enough(strata: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Strata as numbers; all small ones are one, and with them the smallest other one if they are small together."""
    _, numbers = np.unique(strata, return_inverse=True)
    own, others = np.bincount(numbers, weights=trained), np.bincount(numbers, weights=~trained)
    fewest = np.minimum(own, others)
    small = fewest < _FEWEST_OF_A_STRATUM
    if small.any() and not small.all() and min(own[small].sum(), others[small].sum()) < _FEWEST_OF_A_STRATUM:
        small |= np.arange(len(small)) == np.flatnonzero(~small)[fewest[~small].argmin()]
    new = np.where(small, 0, np.arange(len(small)) + 1)
    return np.unique(new[numbers], return_inverse=True)[1]


def clopper_pearson(count: float, of: float, confidence: float) -> tuple[float, float, float]:
    """A share and its one-sided limits (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934); counts may be broken."""
    low = float(betaincinv(count, of - count + 1, 1 - confidence)) if count > 0 else 0.0
    high = float(betaincinv(count + 1, of - count, confidence)) if count < of else 1.0
    return count / of, low, high
