"""The exact signed-rank test: by hand, against SciPy where SciPy is exact, and against full enumeration."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from medgan_tf.evidence.readers.measure_signed_rank import signed_rank


def test_three_differences_by_hand():
    """Ranks 1, 2, 3; the sum of positive ranks is 0 in one, 1 in one, 2 in one and 3 in two of the 8 assignments."""
    test = signed_rank([1, 2, -3])
    assert (test.statistic, test.used, test.zeros) == (3, 3, 0)
    assert test.less == 5 / 8 and test.greater == 5 / 8 and test.two_sided == 1
    assert signed_rank([-1, -2, -3]).less == 1 / 8
    assert signed_rank([1, 2, 3]).two_sided == 2 / 8


def test_ties_and_zeros_by_hand():
    """|1|, |1| share the midrank 1.5. Dropped, zeros take no rank; by Pratt they take the ranks below."""
    dropped = signed_rank([0, 1, -1, 2])
    assert (dropped.statistic, dropped.used, dropped.zeros) == (4.5, 3, 1)
    # Sums at or above 4.5 of the midranks 1.5, 1.5 and 3: {1.5, 3} twice and all three.
    assert dropped.greater == 3 / 8
    # By Pratt the ranks are 1 for zero, 2.5 and 2.5 and 4; sums of at least 6.5: the same three.
    pratt = signed_rank([0, 1, -1, 2], zeros="pratt")
    assert (pratt.statistic, pratt.greater) == (6.5, 3 / 8)


def test_pratt_differs_where_zeros_move_the_ranks():
    """Midranks 1, 2 against 2.5, 3 hidden behind zeros: worked out by enumeration."""
    values = [0, 0, 1, 2, -3, 4, 5]
    assert signed_rank(values).greater == enumerated([1, 2, 3, 4, 5], 1 + 2 + 4 + 5)
    assert signed_rank(values, "pratt").greater == enumerated([3, 4, 5, 6, 7], 3 + 4 + 6 + 7)


def enumerated(ranks, statistic):
    sums = [sum(itertools.compress(ranks, signs)) for signs in itertools.product((0, 1), repeat=len(ranks))]
    return sum(total >= statistic for total in sums) / len(sums)


@pytest.mark.parametrize("seed", range(8))
def test_equals_enumeration_with_ties(seed):
    values = np.random.default_rng(seed).integers(-4, 5, 11).tolist()
    nonzero = [value for value in values if value]
    test, ranks = signed_rank(values), stats.rankdata(np.abs(nonzero))
    statistic = ranks[np.array(nonzero) > 0].sum()
    assert test.statistic == statistic
    assert test.greater == enumerated(ranks.tolist(), statistic)
    permuted = stats.wilcoxon(nonzero, method=stats.PermutationMethod(n_resamples=10**5), alternative="less")
    assert test.less == pytest.approx(permuted.pvalue, rel=1e-12)


@pytest.mark.parametrize("count", [5, 20, 50, 200])
def test_equals_scipys_exact_method_without_ties(count):
    values = (np.arange(1, count + 1) * np.where(np.random.default_rng(count).random(count) < 0.4, 1, -1)).tolist()
    test = signed_rank(values)
    for name in ("less", "greater"):
        expected = stats.wilcoxon(values, alternative=name, method="exact").pvalue
        assert getattr(test, name) == pytest.approx(expected, rel=1e-9)


def test_no_difference_is_no_evidence():
    for values in ([], [0, 0]):
        test = signed_rank(values)
        assert (test.statistic, test.used, test.less, test.greater, test.two_sided) == (0, 0, 1, 1, 1)


def test_fractions_keep_ties_that_floats_break():
    """0.55 - 0.5 and 0.5 - 0.45 are one tie of the size 1/20; as floats they differ in the last digits."""
    assert 0.55 - 0.5 != 0.5 - 0.45
    exact = signed_rank([Fraction(55, 100) - Fraction(1, 2), Fraction(45, 100) - Fraction(1, 2), Fraction(1, 10)])
    assert exact == signed_rank([1, -1, 5])
    assert exact.statistic == 4.5


def test_floats_and_unknown_words_are_refused():
    with pytest.raises(TypeError, match="must be int or Fraction. Received: 0.02"):
        signed_rank([1, 0.02])
    with pytest.raises(ValueError, match="'drop' or 'pratt'. Received: zeros='split'"):
        signed_rank([1], zeros="split")
