"""Differences of distances, by hand: the sum of both errors, and the spread over seeds, joined in squares."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.evidence.fidelity.measure_pair import Measured, fidelity_difference, fidelity_mean


def test_one_seed_has_the_sum_of_both_errors():
    found = fidelity_difference([Measured(3.0, 0.3, 19)], [Measured(5.0, 0.4, 40)])
    half = stats.t.ppf(0.975, 19) * 0.7
    assert found.mean == -2.0 and found.interval(0.95) == pytest.approx((-2 - half, -2 + half))
    assert found.p_below(0.0) == pytest.approx(stats.t.cdf(-2 / 0.7, 19), rel=1e-6)


def test_seeds_are_paired():
    """Differences -1, -2, -3: their spread is 1, whatever the seeds have in common."""
    first = [Measured(value, 0.1, 50) for value in (1.0, 10.0, 100.0)]
    second = [Measured(value, 0.1, 50) for value in (2.0, 12.0, 103.0)]
    found = fidelity_difference(first, second)
    half = np.sqrt(stats.t.ppf(0.975, 2) ** 2 / 3 + (stats.t.ppf(0.975, 50) * 0.2) ** 2)
    assert found.mean == pytest.approx(-2) and found.interval(0.95) == pytest.approx((-2 - half, -2 + half))


def test_the_mean_of_one_generator():
    found = fidelity_mean([Measured(1.0, 0.3, 30), Measured(3.0, 0.4, 20)])
    half = np.sqrt(stats.t.ppf(0.975, 1) ** 2 * 2 / 2 + stats.t.ppf(0.975, 20) ** 2 * (0.09 + 0.16) / 2)
    assert found.mean == 2.0 and found.interval(0.95) == pytest.approx((2 - half, 2 + half))
