"""Limits of AUCs and of their differences by hand."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.metrics.auc_arms import AucArms


def arms(values, covariance, weights=(1.0, -1.0), patients=(20, 20)):
    return AucArms(np.array(weights), np.array(values), np.array(covariance), np.array([9.0, 9.0]), np.array(patients))


def test_limits_on_the_logit_scale():
    """Of an AUC of 0.8 with an error of 0.04: logit(0.8) = ln 4, 0.04 / (0.8 * 0.2) = 0.25."""
    low, high = arms((0.8, 0.5), [[0.0016, 0], [0, 0.0004]]).limits(0.025)
    half = stats.t.ppf(0.975, 9) * 0.25
    assert low[0] == pytest.approx(4 * np.exp(-half) / (1 + 4 * np.exp(-half)))
    assert high[0] == pytest.approx(4 * np.exp(half) / (1 + 4 * np.exp(half)))


def test_a_difference_of_uncorrelated_aucs():
    found = arms((0.9, 0.7), [[0.0016, 0], [0, 0.0009]])
    low, high = found.limits(0.05)
    below, above = found.distances(0.05)
    # The smallest difference: the first is small and the second large.
    assert below == pytest.approx(np.hypot(0.9 - low[0], high[1] - 0.7))
    assert above == pytest.approx(np.hypot(high[0] - 0.9, 0.7 - low[1]))
    # The error of 0.9 is lopsided.
    assert below > above


def test_correlation_makes_a_difference_narrower_and_a_sum_wider():
    alike = [[0.0016, 0.0012], [0.0012, 0.0016]]
    alone = [[0.0016, 0], [0, 0.0016]]
    assert arms((0.8, 0.8), alike).distances(0.05)[0] < arms((0.8, 0.8), alone).distances(0.05)[0]
    plus = (0.5, 0.5)
    assert arms((0.8, 0.8), alike, plus).distances(0.05)[0] > arms((0.8, 0.8), alone, plus).distances(0.05)[0]


def test_small_errors_are_those_of_the_normal_form():
    found = arms((0.6, 0.55), [[1e-6, 4e-7], [4e-7, 1e-6]])
    half = stats.t.ppf(0.95, 9) * np.sqrt(1e-6 + 1e-6 - 8e-7)
    assert found.distances(0.05) == pytest.approx((half, half), rel=5e-3)


def test_all_ranked_rightly_is_not_certainty():
    """Twenty patients: with a true AUC of 0.05^(1/20) all are ranked rightly in 5 % of studies."""
    found = arms((1.0, 1.0), np.zeros((2, 2)))
    low, high = found.limits(0.05)
    assert (low[0], high[0]) == (pytest.approx(0.05 ** (1 / 20)), 1.0)
    assert found.distances(0.05) == pytest.approx((1 - 0.05 ** (1 / 20),) * 2)
    low, high = arms((0.0, 1.0), np.zeros((2, 2))).limits(0.05)
    assert (low[0], high[0]) == (0.0, pytest.approx(1 - 0.05 ** (1 / 20)))


def test_the_same_order_of_images_has_no_chance_of_patients():
    assert arms((0.8, 0.8), [[0.0016, 0.0016], [0.0016, 0.0016]]).distances(0.025) == (0.0, 0.0)
