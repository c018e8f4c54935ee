"""Equivalence and the detectable gap against statsmodels and by hand."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from medgan_tf.metrics.equivalence import detectable_difference, detectable_gap, equivalence


def test_equivalence_equals_statsmodels_and_hand():
    differences = np.array([0.01, 0.02, 0.03])
    result = equivalence(differences, 0.05)
    expected = ttost_paired(differences, np.zeros(3), -0.05, 0.05)
    assert result.p == pytest.approx(expected[0])
    # (0.02 - 0.05) / (0.01 / sqrt(3)) = -5.196: P(T2 < t).
    t = 3 * math.sqrt(3)
    assert result.p_below == pytest.approx((1 - t / math.sqrt(t * t + 2)) / 2)
    assert result.p == result.p_below > result.p_above


def test_equivalence_is_not_claimed_beyond_the_margin():
    assert equivalence([0.08, 0.09, 0.10], 0.05).p > 0.95
    assert equivalence([-0.08, -0.09, -0.10], 0.05).p > 0.95
    # Non-inferiority holds where the synthetic set is better.
    assert equivalence([-0.08, -0.09, -0.10], 0.05).p_below < 0.01
    with pytest.raises(ValueError, match="above 0"):
        equivalence([0.1, 0.2], 0)


def test_detectable_gap_has_the_power_it_claims():
    gap = detectable_gap(sd=0.02, repeats=10)
    # Noncentral t: power of the one-sided test at that gap.
    critical = stats.t.ppf(0.95, 9)
    assert stats.nct.sf(critical, 9, gap / 0.02 * math.sqrt(10)) == pytest.approx(0.8, abs=1e-4)
    assert detectable_gap(0.02, 20) < gap
    difference = detectable_difference(0.02, 10, 10)
    assert stats.nct.sf(stats.t.ppf(0.95, 18), 18, difference / 0.02 * math.sqrt(5)) == pytest.approx(0.8, abs=1e-4)
    assert math.isnan(detectable_gap(0.02, 1)) and math.isnan(detectable_gap(0.0, 5))


@pytest.mark.parametrize("values", [[0.02], [0.0, 0.0, 0.0], [0.1, 0.1 + 1e-17, 0.1 + 1e-16]])
def test_no_spread_is_no_test(values):
    assert math.isnan(equivalence(values, 0.05).p)
