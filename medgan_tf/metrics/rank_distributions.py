"""Exact null distributions of rank statistics, also with ties: by counting, not by a normal curve.

With few repeats the normal approximation gives p-values that are too small. Ranks are doubled, so that mid-ranks are
whole numbers and sums can be counted exactly.

E. Lehmann, Nonparametrics, 1975, chapters 1 and 3.
"""

import numpy as np
from scipy import stats

MOST_CELLS = 50_000_000
"""Largest work of a count, steps: about 50 repeats in each of two groups."""


def signed_rank_tails(differences: np.ndarray) -> tuple[float, float, float]:
    """Wilcoxon's signed rank statistic of differences [n] without zeros, and its exact one-sided p-values.

    Returns:
        The sum of the ranks of positive differences; P(sum <= observed) and P(sum >= observed) over all 2^n signs.
    """
    differences = np.asarray(differences, np.float64)
    ranks = np.rint(2 * stats.rankdata(np.abs(differences))).astype(np.int64)
    ways = np.zeros(ranks.sum() + 1)
    ways[0] = 1.0
    for rank in ranks:
        ways[rank:] = ways[rank:] + ways[: len(ways) - rank]
        ways /= 2
    observed = int(ranks[differences > 0].sum())
    return observed / 2, *_tails(ways, observed)


def rank_sum_tails(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """The Mann-Whitney statistic U of the first sample, and its exact one-sided p-values.

    Returns:
        U; P(U <= observed) and P(U >= observed) over all divisions of the pooled values into groups of these sizes.

    Raises:
        ValueError: The samples are too large to count.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    size, total = len(first), len(first) + len(second)
    if not can_count(size, total - size):
        raise ValueError(f"samples of {size} and {total - size} are too large for an exact distribution")
    ranks = np.rint(2 * stats.rankdata(np.concatenate([first, second]))).astype(np.int64)
    largest = int(np.sort(ranks)[-size:].sum())
    # Row k: the share of ways to have chosen k of the values so far, by the sum of their doubled ranks.
    ways = np.zeros((size + 1, largest + 1))
    ways[0, 0] = 1.0
    for seen, rank in enumerate(ranks):
        # The chance that this value is drawn depends on how many places and values are left.
        left = total - seen
        for chosen in range(min(seen, size - 1), -1, -1):
            draw = (size - chosen) / left
            ways[chosen + 1, rank:] += ways[chosen, : largest + 1 - rank] * draw
            ways[chosen] *= 1 - draw
    distribution, observed = ways[size], int(ranks[:size].sum())
    u = observed / 2 - size * (size + 1) / 2
    return u, *_tails(distribution, observed)


def _tails(distribution: np.ndarray, observed: int) -> tuple[float, float]:
    """P(<= observed) and P(>= observed), each from the side with less probability, so that a whole is exactly 1."""
    less, more = float(distribution[:observed].sum()), float(distribution[observed + 1 :].sum())
    here = float(distribution[observed])
    return (less + here, 1 - less) if less < more else (1 - more, more + here)


def can_count(first: int, second: int) -> bool:
    """Whether the exact distribution of a rank sum of two samples of these sizes is affordable."""
    total = first + second
    return first * total * (first * total + 1) <= MOST_CELLS
