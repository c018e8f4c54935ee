"""Exact distributions against enumeration, with ties and zeros."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from medgan_tf.metrics.rank_distributions import can_count, rank_sum_tails, signed_rank_tails


def test_four_negative_differences_with_a_tie():
    """All four are negative: one of 16 sign patterns."""
    statistic, below, above = signed_rank_tails([-0.01, -0.01, -0.02, -0.03])
    assert (statistic, below, above) == (0.0, 1 / 16, 1.0)


@pytest.mark.parametrize("differences", [[1, -1, 2, 2, -3], [5, 5, 5, -5], [0.3, -0.1, 0.1, 0.2, -0.2, 0.2]])
def test_signed_ranks_against_all_signs(differences):
    ranks = stats.rankdata(np.abs(differences))
    observed = ranks[np.array(differences) > 0].sum()
    sums = [
        sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in itertools.product([0, 1], repeat=len(ranks))
    ]
    expected = observed, np.mean(np.array(sums) <= observed), np.mean(np.array(sums) >= observed)
    assert signed_rank_tails(differences) == pytest.approx(expected)


@pytest.mark.parametrize(("first", "second"), [([1, 2], [3, 4]), ([1, 2, 2], [2, 3, 5, 5]), ([4, 4], [4, 4, 1])])
def test_rank_sums_against_all_divisions(first, second):
    ranks = stats.rankdata(first + second)
    observed, size = ranks[: len(first)].sum(), len(first)
    sums = np.array([sum(chosen) for chosen in itertools.combinations(ranks, size)])
    u, below, above = rank_sum_tails(first, second)
    assert u == observed - size * (size + 1) / 2
    assert (below, above) == (pytest.approx(np.mean(sums <= observed)), pytest.approx(np.mean(sums >= observed)))


def test_two_against_two_is_one_in_six_and_three_against_three_one_in_twenty():
    assert rank_sum_tails([1, 2], [3, 4])[1] == pytest.approx(1 / 6)
    assert rank_sum_tails([1, 2, 3], [4, 5, 6])[1] == pytest.approx(1 / math.comb(6, 3))


def test_without_ties_as_scipy_at_twenty_against_twenty():
    random = np.random.default_rng(0)
    first, second = random.normal(size=20), random.normal(0.5, 1, 20)
    expected = stats.mannwhitneyu(first, second, alternative="less", method="exact")
    u, below, _ = rank_sum_tails(first, second)
    assert (u, below) == (expected.statistic, pytest.approx(expected.pvalue))
    differences = random.normal(0.3, 1, 30)
    paired = stats.wilcoxon(differences, alternative="greater", method="exact")
    assert signed_rank_tails(differences)[2] == pytest.approx(paired.pvalue)


def test_large_samples_are_not_counted():
    assert can_count(50, 50) and not can_count(500, 500)
    with pytest.raises(ValueError, match="samples of 500 and 500 are too large"):
        rank_sum_tails(np.arange(500), np.arange(500))
