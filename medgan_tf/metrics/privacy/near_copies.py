"""The share of near copies among released images, from what a search with known errors suspects.

W. J. Rogan, B. Gladen, Estimating prevalence from the results of a screening test, American Journal of Epidemiology
107, 71-76 (1978): the share is what is suspected, less the false alarms, divided by the sensitivity. Here the false
alarms are what held-out images raise, and the sensitivity is that to planted copies.

Limits: at a confidence c, the upper limit is the upper one of (suspected - false alarms) at c, divided by the lower one
of the sensitivity at c to the disguise that is found least often. Both errors would have to happen together, so that
the result covers at least c; docs/statistics.md has the simulated rates. The lower limit is not divided: nobody knows
which disguises real copies have, and exact ones are all found. No upper limit is below 1 - (1 - c)^(1/H) for H held-out
patients: a control cannot exclude a smaller share than that of a kind of patient of whom it has none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.metrics.privacy.data_copying import Excess, clopper_pearson

LEAKS = (0.001, 0.005, 0.01, 0.02, 0.05)
"""Shares of released images that are replaced by copies, to see which leak would have been noticed."""
_PLANTS = 40
_NOTICED = 0.8
# The threshold stays at least this part of the distance that real images have.
_NEAREST = 0.01
_MOST_TIMES = 1000


def search_threshold(planted: Sequence[np.ndarray], real: np.ndarray, rate: float) -> float:
    """Relative distance below which an image is suspected: between planted copies and other patients' images.

    It is the geometric mean of the distance below which 99 % of the planted copies of each kind lie and of that below
    which the share `rate` of the real images lies; and never more than the latter.

    Args:
        planted: Relative distances of planted copies, an array for each kind.
        real: Relative distances of real images among those of other patients.
        rate: Largest share of real images that may be suspected.
    """
    most = quantile_below(real, rate)
    copies = max(float(np.quantile(one, 0.99)) for one in planted)
    return min(most, math.sqrt(max(copies, _NEAREST * most) * most))


def quantile_below(values: np.ndarray, rate: float) -> float:
    """The largest threshold for which at most the share `rate` of the values lies below it."""
    return float(np.sort(values)[int(rate * len(values))])


@dataclass(frozen=True)
class Found:
    """Planted copies of one disguise: how many there were, and how many the search found."""

    found: int
    planted: int

    @property
    def share(self) -> float:
        """The sensitivity."""
        return self.found / self.planted

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of the sensitivity."""
        return clopper_pearson(self.found, self.planted, confidence)[1:]


def worst_limits(found: Mapping[str, Found], confidence: float) -> tuple[float, float]:
    """One-sided limits of the sensitivity to the disguise that is found least often.

    The lowest of the lower limits needs no correction. The upper one is that of a disguise that was chosen because few
    were found, so it is taken at 1 - (1 - c) / number of disguises.
    """
    corrected = 1 - (1 - confidence) / len(found)
    low = min(one.limits(confidence)[0] for one in found.values())
    return low, min(one.limits(corrected)[1] for one in found.values())


@dataclass(frozen=True)
class NearCopies:
    """The share of near copies.

    Attributes:
        excess: Suspected images at training images beyond those that chance gives.
        found: Planted copies by disguise.
        false_alarms: Real images that are suspected among other patients' images, and all that were looked at.
    """

    excess: Excess
    found: Mapping[str, Found]
    false_alarms: tuple[int, int]

    @property
    def value(self) -> float:
        """The estimated share: the excess divided by the smallest sensitivity; at most 1."""
        worst = min(one.share for one in self.found.values())
        return min(1.0, self.excess.value / worst) if worst else math.nan

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of the share."""
        patients = self.excess.held_out_patients
        low = self.excess.rare_limits(confidence, patients)[0]
        high = self._with_plausible_alarms(confidence).rare_limits(confidence, patients)[1]
        sensitivity = worst_limits(self.found, confidence)[0]
        high = high / sensitivity if sensitivity > 0 else 1.0
        return max(-1.0, low), min(1.0, max(high, 1 - (1 - confidence) ** (1 / patients)))

    def alarms_too_often(self, confidence: float) -> bool:
        """Whether more released images are near to held-out ones than false alarms explain: then held-out images were
        copied too, and are no control."""
        own = self.excess
        least = clopper_pearson(own.counted - own.trained, own.images, confidence)[1]
        return least > clopper_pearson(*self.false_alarms, confidence)[2]

    def _with_plausible_alarms(self, confidence: float) -> Excess:
        """The excess with no more false alarms than real images raise. What is near to held-out images beyond that is
        no false alarm, so it must not be subtracted from what is near to training images."""
        own = self.excess
        most = clopper_pearson(*self.false_alarms, confidence)[2] * (1 - own.chance) * own.images
        if own.counted - own.trained <= most:
            return own
        return replace(own, counted=own.trained + most, value=(own.trained - own.odds * most) / own.images)


def noticed(
    search: NearCopies, outcomes: np.ndarray, share: float, limit: float, confidence: float, random: np.random.Generator
) -> float:
    """How often a leak that is planted whole is called broken: the power of the verdict.

    A share of the released images is replaced by disguised copies of training images, drawn from the planted ones, and
    the set is judged again.

    Args:
        search: The search among the images as they are.
        outcomes: bool [P], which of the planted copies were found.
        share: Share of the released images that are replaced.
        limit: Limit of the share of near copies.
        confidence: At which a limit is called broken.
        random: Draws copies and replaced images.

    Returns:
        Share of 40 such leaks that are called broken.
    """
    own = search.excess
    copies = round(share * own.images)
    if not copies:
        return 0.0
    broken = 0
    for _ in range(_PLANTS):
        # Of the images that are replaced, some were suspected.
        trained, others = random.multivariate_hypergeometric(
            [round(own.trained), own.counted - round(own.trained), own.images - own.counted], copies
        )[:2]
        found = int(np.count_nonzero(outcomes[random.integers(0, len(outcomes), copies)]))
        trained, others = own.trained - trained + found, own.counted - own.trained - others
        value = (trained - own.odds * others) / own.images
        excess = replace(own, trained=trained, counted=trained + others, value=value)
        broken += replace(search, excess=excess).limits(confidence)[0] > limit
    return broken / _PLANTS


def smallest_noticed(shares: Mapping[float, float]) -> float | None:
    """The smallest planted share that is noticed at least 80 times of 100; None where none is."""
    return min((leak for leak, power in shares.items() if power >= _NOTICED), default=None)


def clean_images_needed(limit: float, confidence: float, sensitivity: float = 1.0) -> int:
    """Number of images without any suspicion that shows a share below `limit`: 299 for 1 % at 95 %, all copies found.

    Args:
        limit: The share, 0..1.
        confidence: Of the upper limit.
        sensitivity: Lower limit of the share of copies that are found.
    """
    return math.ceil(math.log(1 - confidence) / math.log(1 - limit * sensitivity))


def images_needed(search: NearCopies, limit: float, confidence: float) -> tuple[int, int] | None:
    """Numbers of released images and of held-out patients that would show a share within the limit.

    Args:
        search: A search; its shares are taken as they are.
        limit: Limit of the share of near copies.
        confidence: Of the upper limit.

    Returns:
        The numbers, or None where up to 1,000 times as many images would not show it.
    """
    own, patients = search.excess, clean_images_needed(limit, confidence)
    if not own.trained:
        return clean_images_needed(limit, confidence, worst_limits(search.found, confidence)[0]), patients
    times = 1.0
    while times < _MOST_TIMES:
        more = replace(own, images=round(times * own.images), trained=times * own.trained,
                       counted=times * own.counted, held_out_patients=round(times * own.held_out_patients))  # fmt: skip
        if replace(search, excess=more).limits(confidence)[1] <= limit:
            return more.images, max(patients, own.held_out_patients)
        times *= 1.1
    return None
