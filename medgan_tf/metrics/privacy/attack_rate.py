"""The share of members that an attack finds at few false alarms: its estimate and its one-sided limits.

The threshold of an attack is set by non-members, so it is random. It is no quantile that the scored non-members share
in: it stands at an order statistic of their scores. The false-alarm rate of new non-members above the k-th highest of n
scores has the distribution Beta(k, n + 1 - k), with the mean k / (n + 1). So guessing shows the rate that is asked for.

The limits average the binomial distribution of the members found over that distribution. They take it that a higher
score is a stronger sign of a member, so that the share found rises at least in proportion to the false alarms below a
rate, and at most in proportion above it (a concave ROC curve). Without a leak nothing is taken: they are exact there.

N. Carlini et al., Membership inference attacks from first principles, S&P 2022 (why few false alarms). C. Clopper, E.
Pearson, Biometrika 26, 1934. S. Wilks, Determination of sample sizes for setting tolerance limits, Ann. Math. Stat. 12,
1941 (order statistics).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize, special, stats

ONE_PERCENT, ONE_PER_MILLE = 0.01, 0.001
_POINTS = 300


def fewest_non_members(rate: float) -> int:
    """Non-members that a rate of false alarms needs: at least ten of them are then expected above the threshold."""
    return round(10 / rate)


@dataclass(frozen=True)
class FoundMembers:
    """The members that an attack finds at one rate of false alarms.

    Attributes:
        rate: The rate of false alarms, such as 0.01.
        value: The share of members found; its expectation without a leak is `rate`.
        strict: Members above a threshold with about half as many false alarms, and the non-members at or above it. For
            the lower limit: few patients that are fully exposed are above it as well, and chance is not.
        full: The same for a threshold with about as many false alarms as `rate`. For the upper limit.
        members, non_members: Their numbers.
    """

    rate: float
    value: float
    strict: tuple[int, int]
    full: tuple[int, int]
    members: int
    non_members: int

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of the share found at `rate` in the population, each at this confidence."""
        lower, upper = (
            limit(found, self.members, above, self.non_members, self.rate, confidence)
            for limit, (found, above) in ((_lower, self.strict), (_upper, self.full))
        )
        return lower, upper


def found_members(members: np.ndarray, non_members: np.ndarray, rate: float) -> FoundMembers:
    """How many members have scores above the threshold that non-members set.

    Args:
        members, non_members: One score for each patient, [M] and [N], higher for members.
        rate: Rate of false alarms.
    """
    ordered, wanted = np.sort(non_members)[::-1], rate * (len(non_members) + 1)
    whole, part = int(wanted), wanted % 1
    # Between two order statistics the shares are weighted, so that the expected rate is `rate` with any number.
    value = (1 - part) * _share(members, ordered, whole) + part * _share(members, ordered, whole + 1)
    half, full = (
        (int(_share(members, ordered, above) * len(members) + 0.5), above)
        for above in (max(1, round(wanted / 2)), max(1, round(wanted)))
    )
    return FoundMembers(rate, value, half, full, len(members), len(non_members))


def _share(members: np.ndarray, ordered: np.ndarray, above: int) -> float:
    """The share of members above the `above`-th highest non-member.

    Equal scores are taken as if in random order: of B non-members with the score of the threshold, of which b are
    among the `above` highest, the share b / (B + 1) of the members with that score is above it.
    """
    if above < 1:
        return 0.0
    threshold = ordered[min(above, len(ordered)) - 1]
    higher, equal = (ordered > threshold).sum(), (ordered == threshold).sum()
    part = (above - higher) / (equal + 1)
    return float((members > threshold).mean() + part * (members == threshold).mean())


@lru_cache(maxsize=64)
def _false_alarms(above: int, non_members: int) -> np.ndarray:
    """Equally likely values of the rate of false alarms above the threshold."""
    middles = (np.arange(_POINTS) + 0.5) / _POINTS
    return stats.beta.ppf(middles, above, non_members + 1 - above)


@lru_cache(maxsize=4096)
def _lower(found: int, members: int, above: int, non_members: int, rate: float, confidence: float) -> float:
    """The share at which as many found, or more, would have the chance 1 - confidence."""
    if not found:
        return 0.0
    factors = np.maximum(_false_alarms(above, non_members) / rate, 1.0)

    def chance(share: float) -> float:
        return float(special.bdtrc(found - 1, members, np.minimum(share * factors, 1.0)).mean())

    return _crossing(lambda share: chance(share) - (1 - confidence))


@lru_cache(maxsize=4096)
def _upper(found: int, members: int, above: int, non_members: int, rate: float, confidence: float) -> float:
    """The share at which as few found, or fewer, would have the chance 1 - confidence."""
    if found >= members:
        return 1.0
    factors = np.minimum(_false_alarms(above, non_members) / rate, 1.0)

    def chance(share: float) -> float:
        return float(special.bdtr(found, members, share * factors).mean())

    return _crossing(lambda share: (1 - confidence) - chance(share))


def _crossing(rising: Callable[[float], float]) -> float:
    """Where a rising function of a share is 0; 1 where it stays below."""
    return float(optimize.brentq(rising, 0.0, 1.0, xtol=1e-7)) if rising(1.0) > 0 else 1.0
