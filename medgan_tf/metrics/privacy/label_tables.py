"""Is a released table of labels the real one? And how likely is that by luck?

A table that is drawn anew may have the real counts by luck, if there are few combinations. So an equality says that
the table was copied only where independent draws with the same shares give it rarely: the probability of all rows is
prod p_c^n_c, that of all counts N! / prod n_c! times as much (multinomial distribution).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln


@dataclass(frozen=True)
class TableMatch:
    """A released table beside the real one.

    Attributes:
        rows: Whether all rows are equal, in order.
        counts: Whether every combination has as many rows in both.
        rows_by_luck, counts_by_luck: Probability of each for independent draws with the shares of the real table.
    """

    rows: bool
    counts: bool
    rows_by_luck: float
    counts_by_luck: float


def match_tables(real: np.ndarray, released: np.ndarray) -> TableMatch:
    """Compares two tables of labels.

    Args:
        real: [N, L] of 0 and 1, N > 0.
        released: [M, L] of 0 and 1.
    """
    _, numbers, counts = np.unique(
        np.concatenate([real, released]).astype(np.uint8), axis=0, return_inverse=True, return_counts=True
    )
    numbers = numbers.ravel()
    first, second = numbers[: len(real)], numbers[len(real) :]
    mine, theirs = (np.bincount(one, minlength=len(counts)) for one in (first, second))
    same = mine[mine > 0]
    by_rows = float(np.sum(same * np.log(same / len(real))))
    by_counts = by_rows + float(gammaln(len(real) + 1) - gammaln(same + 1).sum())
    equal = len(real) == len(released)
    return TableMatch(
        rows=equal and bool((first == second).all()),
        counts=equal and bool((mine == theirs).all()),
        rows_by_luck=float(np.exp(by_rows)),
        counts_by_luck=float(np.exp(min(by_counts, 0.0))),
    )
