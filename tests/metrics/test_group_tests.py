"""Tests on repeats against hand-worked numbers, scipy and statsmodels."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from medgan_tf.metrics.group_tests import holm, mann_whitney, paired_t, rank_trend, repeats, wilcoxon


def test_mann_whitney_by_hand():
    # All 3 of the first below all 3 of the second: U = 0, one of C(6, 3) = 20 orders.
    result = mann_whitney([0.01, 0.02, 0.03], [0.05, 0.06, 0.07])
    assert (result.statistic, result.p) == (0.0, pytest.approx(1 / 20))
    # One pair the other way round: U = 1, two of 20 orders are as extreme.
    assert mann_whitney([0.01, 0.02, 0.055], [0.05, 0.06, 0.07]).p == pytest.approx(2 / 20)


def test_mann_whitney_equals_scipy():
    random = np.random.default_rng(0)
    first, second = random.normal(0, 1, 10), random.normal(0.8, 1, 12)
    expected = stats.mannwhitneyu(first, second, alternative="greater", method="exact")
    result = mann_whitney(first, second, "greater")
    assert (result.statistic, result.p) == (expected.statistic, pytest.approx(expected.pvalue))
    assert result.how == "exact" and mann_whitney(np.arange(200), np.arange(300)).how == "normal approximation"


def test_repeats_by_hand():
    summary = repeats([0.02, 0.04, 0.06])
    # t(0.975, 2) = 4.3027; sd 0.02; 0.04 -+ 4.3027 * 0.02 / sqrt(3).
    assert (summary.mean, summary.sd, summary.n) == (pytest.approx(0.04), pytest.approx(0.02), 3)
    assert (summary.low, summary.high) == (pytest.approx(-0.00968, abs=1e-5), pytest.approx(0.08968, abs=1e-5))


def test_one_repeat_has_no_spread():
    summary = repeats([0.02])
    assert summary.mean == 0.02
    assert math.isnan(summary.sd) and math.isnan(summary.low)
    assert math.isnan(paired_t([0.02]).p) and math.isnan(wilcoxon([0.02]).p)


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [0.1, 0.1 + 1e-17, 0.1 + 1e-16]])
def test_equal_differences_have_no_test(values):
    for test in (paired_t, wilcoxon):
        assert math.isnan(test(values).p)
    # No spread in a few values does not show that there is none.
    assert math.isnan(repeats(values).low) and math.isnan(repeats(values).high)
    assert repeats(values).mean == pytest.approx(values[0])


def test_ties_and_zeros_by_hand():
    assert wilcoxon([-0.01, -0.01, -0.02, -0.03], "less").p == pytest.approx(1 / 16)
    assert wilcoxon([0.0, -0.01, -0.02, -0.03], "less").p == pytest.approx(1 / 8)
    assert mann_whitney([1, 1], [2, 2]).p == pytest.approx(1 / 6)
    assert mann_whitney([1, 1], [2, 2], "two-sided").p == pytest.approx(1 / 3)


def test_paired_tests_by_hand():
    differences = [0.01, 0.02, 0.03]
    # t = 0.02 / (0.01 / sqrt(3)) = 3.4641; P(T2 > t) = (1 - t / sqrt(t^2 + 2)) / 2.
    t = 2 * math.sqrt(3)
    result = paired_t(differences)
    assert (result.statistic, result.p) == (pytest.approx(t), pytest.approx((1 - t / math.sqrt(t * t + 2)) / 2))
    # All three positive: one of 2^3 sign patterns.
    assert wilcoxon(differences).p == pytest.approx(1 / 8)
    assert wilcoxon(differences, "less").p == 1.0


def test_holm_by_hand_and_by_statsmodels():
    # 0.01 * 3, then max(0.03, 0.03 * 2), then max(0.06, 0.04).
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04, 0.03]), [0.03, np.nan, 0.06, 0.06])
    p_values = np.array([0.001, 0.2, 0.04, 0.012])
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1])


def test_rank_trend_counts_orders():
    """Falling without exception is one of 24 orders; with ties, and above 8 points, as scipy has it."""
    falling = rank_trend([1, 2, 3, 4], [8.0, 6, 4, 2])
    assert (falling.statistic, falling.how) == (pytest.approx(-1), "exact")
    assert falling.p == pytest.approx(1 / 24)
    places, values = np.array([1, 1, 2, 3, 3, 5]), np.array([5.0, 4, 4, 3, 4, 1])
    known = stats.permutation_test(
        (places,), lambda x: stats.spearmanr(x, values).statistic, permutation_type="pairings", alternative="less"
    )
    assert rank_trend(places, values).p == pytest.approx(known.pvalue)
    many = np.arange(12.0)
    assert rank_trend(many, many[::-1] % 5).how == "normal approximation"
    assert np.isnan(rank_trend([1, 1, 1], [1.0, 2, 3]).p) and np.isnan(rank_trend([1, 2], [2.0, 1]).p)
