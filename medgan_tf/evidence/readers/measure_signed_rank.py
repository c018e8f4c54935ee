"""Wilcoxon's signed-rank test, exact also with ties and zeros (Wilcoxon 1945; Pratt 1959).

The accuracies of readers are counts out of the same number of images, so ties and zeros are the rule. SciPy counts the
signs of up to 13 tied differences and approximates beyond, and as floats 0.55 - 0.5 and 0.5 - 0.45 are no tie. Here the
differences are exact fractions, and the distribution is that of the ranks at hand, all 2^n signs being equally likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class SignedRank:
    """A signed-rank test.

    Attributes:
        statistic: W+, the sum of the (mid)ranks of the positive differences.
        used: Differences that are not zero.
        zeros: Differences that are zero.
        less: P(W+ <= statistic): small when the differences lie below zero.
        greater: P(W+ >= statistic): small when they lie above zero.
        two_sided: Twice the smaller of both, at most 1. The distribution is symmetric.
    """

    statistic: float
    used: int
    zeros: int
    less: float
    greater: float
    two_sided: float


def signed_rank(differences: Sequence[Fraction | int], zeros: str = "drop") -> SignedRank:
    """The exact test of whether differences are symmetric around zero.

    Args:
        differences: Exact numbers; floats are refused, because rounding would break ties.
        zeros: `drop` leaves zeros out before ranking (Wilcoxon); `pratt` ranks them and then leaves them out.

    Returns:
        The test. Without any difference from zero all p-values are 1.

    Raises:
        TypeError: A difference is not an int or a Fraction.
        ValueError: Unknown handling of zeros.
    """
    if zeros not in ("drop", "pratt"):
        raise ValueError(f"zeros must be 'drop' or 'pratt'. Received: zeros={zeros!r}")
    for value in differences:
        if not isinstance(value, (int, Fraction)):
            raise TypeError(f"differences must be int or Fraction. Received: {value!r}")
    nonzero = [value for value in differences if value]
    ranked = nonzero if zeros == "drop" else list(differences)
    doubled = dict(zip(map(abs, ranked), _doubled_midranks([abs(value) for value in ranked]), strict=True))
    ranks = [doubled[abs(value)] for value in nonzero]
    statistic = sum(rank for rank, value in zip(ranks, nonzero, strict=True) if value > 0)
    less = _share_at_most(statistic, ranks)
    greater = _share_at_most(sum(ranks) - statistic, ranks)
    return SignedRank(
        statistic=statistic / 2,
        used=len(nonzero),
        zeros=len(differences) - len(nonzero),
        less=float(less),
        greater=float(greater),
        two_sided=float(min(Fraction(1), 2 * min(less, greater))),
    )


def _doubled_midranks(sizes: list[Fraction | int]) -> list[int]:
    """Twice the midrank of each size: whole numbers even with ties."""
    return [2 * sum(other < size for other in sizes) + sum(other == size for other in sizes) + 1 for size in sizes]


def _share_at_most(limit: int, ranks: list[int]) -> Fraction:
    """Share of the 2^n sign assignments whose positive ranks add up to at most `limit`.

    The number of assignments for each sum are the coefficients of the product of (1 + x^rank). At x = 2^bits they stand
    side by side in one integer, as each is smaller than 2^bits; and modulo 2^bits - 1, where x is 1, an integer of
    coefficients is their sum.
    """
    bits = len(ranks) + 2
    product = 1
    for rank in ranks:
        product += product << (bits * rank)
    lower = product & ((1 << (bits * (limit + 1))) - 1)
    return Fraction(lower % ((1 << bits) - 1), 2 ** len(ranks))
