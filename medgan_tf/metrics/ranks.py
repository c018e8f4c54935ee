"""Differences that are shown between several things that were measured, and the ranks that follow from these.

Each pair has two hypotheses, "the first is not smaller" and "the first is not larger". Both of all pairs are corrected
together (Holm 1979), so that the chance of any wrong finding, or one in the wrong direction, is at most `ALPHA`,
however the tests depend on each other.

A rank is an interval: from 1 + the number of those that are shown to be better, to the number of all less those that
are shown to be worse. If no finding is wrong, every interval holds the true rank, and with equals all the ranks that
they share. So all intervals hold together with a probability of at least 1 - `ALPHA` (Al Mohamad, Goeman and van Zwet
2022).

S. Holm, Scandinavian Journal of Statistics 6, 1979. D. Al Mohamad, J. Goeman, E. van Zwet, Simultaneous confidence
intervals for ranks with application to ranking institutions, Biometrics 78, 2022.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.group_tests import holm

ALPHA = 0.05
SMALLER, LARGER, NOT_SHOWN = -1, 1, 0


@dataclass(frozen=True)
class Direction:
    """What is shown of a pair.

    Attributes:
        sign: `SMALLER` when the first is shown to be smaller than the second, `LARGER`, or `NOT_SHOWN`.
        p: Two-sided p-value of this pair alone; NaN where there is none.
        corrected: The smaller of its two p-values, corrected for both directions of all pairs.
    """

    sign: int
    p: float
    corrected: float


def shown_directions(
    p_smaller: Sequence[float | None], p_larger: Sequence[float | None], alpha: float = ALPHA
) -> list[Direction]:
    """What is shown of each of P pairs, all together.

    Args:
        p_smaller: One-sided p-values [P], small when the first of the pair is shown to be smaller. None or NaN: there
            is no test, and the pair does not count.
        p_larger: The same for the other direction.
        alpha: Chance of any wrong finding.
    """
    one_sided = np.array([p_smaller, p_larger], np.float64)
    corrected = holm(one_sided.ravel()).reshape(one_sided.shape)
    found = []
    for pair in range(one_sided.shape[1]):
        smaller, larger = corrected[:, pair]
        sign = SMALLER if smaller <= alpha else LARGER if larger <= alpha else NOT_SHOWN
        two_sided = np.minimum(1.0, 2 * one_sided[:, pair].min())
        found.append(Direction(sign, float(two_sided), float(corrected[:, pair].min())))
    return found


def rank_intervals(members: Sequence[int], better: Collection[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Best and worst possible rank of each member, from 1.

    Args:
        members: The things that are ranked.
        better: Pairs of members of which the first is shown to be better than the second.
    """
    return {
        one: (
            1 + sum(second == one and first in members for first, second in better),
            len(members) - sum(first == one and second in members for first, second in better),
        )
        for one in members
    }


def connected(count: int, pairs: Collection[tuple[int, int]]) -> list[list[int]]:
    """Groups of 0 .. count - 1 that pairs connect, each in order; a thing without a pair is a group of its own."""
    group = list(range(count))
    for first, second in pairs:
        old, new = group[second], group[first]
        group = [new if one == old else one for one in group]
    return [[one for one in range(count) if group[one] == name] for name in dict.fromkeys(group)]
