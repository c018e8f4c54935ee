"""The share of members that an attack finds beyond its null: the same attack without any influence of training.

The null's share comes from a binormal curve through all of its scores (T. Cai, M. Pepe, JASA 97, 2002, placement
values). The limits of the difference are joined from those of both parts (G. Zou, A. Donner, Stat. Med. 27, 2008).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.privacy.attack_rate import FoundMembers, found_members
from medgan_tf.metrics.privacy.leak import Leak


@dataclass(frozen=True)
class NullShare:
    """The share of members that the null finds at a rate of false alarms.

    Attributes:
        value: The share.
        error: Its standard error.
        counted: The share as it was counted, without a model.
    """

    value: float
    error: float
    counted: float


def null_share(members: np.ndarray, non_members: np.ndarray, rate: float, wider: float = 1.0) -> NullShare:
    """The share that the null finds, from a binormal curve through all scores.

    A null singles out nobody, so its curve is smooth; a few scores in the tail alone would be a poor estimate. Where
    the counted share is shown to be above the curve, it is used instead.

    Args:
        members, non_members: Scores of the null, [M] and [N].
        rate: Rate of false alarms.
        wider: What the standard error is multiplied by.
    """
    m, n = len(members), len(non_members)
    ordered = np.sort(non_members)
    below = (np.searchsorted(ordered, members, "left") + np.searchsorted(ordered, members, "right")) / 2
    probits = stats.norm.ppf((n - below + 0.5) / (n + 1))
    spread = max(float(probits.std(ddof=1)), 1e-6)
    z = (float(stats.norm.ppf(rate)) - float(probits.mean())) / spread
    error = float(stats.norm.pdf(z)) * np.sqrt((1 / m + 1 / (n * spread**2)) + z**2 / 2 * (1 / m + 1 / n))
    counted = found_members(members, non_members, rate)
    value = float(stats.norm.cdf(z))
    if counted.limits(0.975)[0] > value:
        value, error = counted.value, counted.value - counted.limits(float(stats.norm.cdf(1)))[0]
    return NullShare(value, float(error) * wider, counted.value)


@dataclass(frozen=True)
class BeyondNull:
    """The members found beyond those that the null finds, on the scale of a share: `rate` is no leak.

    Attributes:
        target: Members found with the released images.
        null: The share that the null finds among the same candidates.
    """

    target: FoundMembers
    null: NullShare

    @property
    def value(self) -> float:
        """`rate` + the difference."""
        return self.target.rate + self.target.value - self.null.value

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of `value`, joined from those of both by Zou and Donner's method.

        Target and null share their candidates. What their errors share would make the limits narrower; it is not used.
        """
        low, high = self.target.limits(confidence)
        null = float(stats.norm.ppf(confidence)) * self.null.error
        below, above = max(self.target.value - low, 0.0), max(high - self.target.value, 0.0)
        return self.value - float(np.hypot(below, null)), self.value + float(np.hypot(above, null))

    def leak(self) -> Leak:
        """The share found with and without what the null finds."""
        differs = abs(self.null.value - self.target.rate) > stats.norm.ppf(0.995) * self.null.error
        return Leak(self.target.value, self.target.limits, self.value, self.limits, bool(differs))
