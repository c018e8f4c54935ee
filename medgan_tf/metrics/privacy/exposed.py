"""The members that an attack exposes most, and how many would stand out by chance."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Exposed:
    """Members with the highest scores.

    Attributes:
        order: int [L], rows of the members, highest score first.
        non_members_above: int [L], non-members with at least the score of each.
        above_all: Members above every non-member.
        expected: Their number without a leak: M / (N + 1).
        p: Chance of as many or more without a leak, when all M + N are in random order.
    """

    order: np.ndarray
    non_members_above: np.ndarray
    above_all: int
    expected: float
    p: float


def most_exposed(members: np.ndarray, non_members: np.ndarray, listed: int) -> Exposed:
    """The members with the highest scores.

    Args:
        members, non_members: One score for each patient, [M] and [N].
        listed: At most this many are listed.
    """
    order = np.argsort(-members, kind="stable")[:listed]
    ordered = np.sort(non_members)
    above = len(ordered) - np.searchsorted(ordered, members[order], "left")
    count = int((members > ordered[-1]).sum())
    m, n = len(members), len(non_members)
    # The highest `count` of all are members: m / (m + n) * (m - 1) / (m + n - 1) * ...
    taken = np.arange(count)
    p = float(np.exp(np.log((m - taken) / (m + n - taken)).sum()))
    return Exposed(order, above, count, m / (n + 1), p)
