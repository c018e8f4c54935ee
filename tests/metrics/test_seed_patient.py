"""The interval over seeds and patients: its two limiting cases, its p-values, and its error at the margin."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.metrics.group_tests import paired_t, repeats
from medgan_tf.metrics.seed_patient import SeedPatientMean, seed_patient_mean


def test_without_shared_chance_it_is_students_interval():
    values = np.array([0.02, 0.04, 0.06])
    mean = seed_patient_mean(values, np.zeros((3, 3)))
    expected = repeats(values)
    assert mean.interval() == pytest.approx((expected.low, expected.high))
    assert mean.p_above(0.0) == pytest.approx(paired_t(values).p)


def test_with_equal_seeds_it_is_the_normal_interval_over_patients():
    mean = seed_patient_mean([0.03, 0.03], np.full((2, 2), 0.01**2))
    assert mean.interval() == pytest.approx((0.03 - 1.959964 * 0.01, 0.03 + 1.959964 * 0.01), abs=1e-7)
    assert mean.p_below(0.05) == pytest.approx(stats.norm.sf(2))
    few = seed_patient_mean([0.03, 0.03], np.full((2, 2), 0.01**2), patient_degrees=4)
    assert few.interval()[1] == pytest.approx(0.03 + stats.t.ppf(0.975, 4) * 0.01)


def test_parts_by_hand():
    """Shared: the mean of the six off-diagonal covariances, (1 + 2 + 3) / 3; below 0 it counts as 0."""
    covariance = np.array([[9.0, 1, 2], [1, 9, 3], [2, 3, 9]])
    mean = seed_patient_mean([1.0, 2, 6], covariance)
    assert (mean.mean, mean.seed_variance, mean.shared_variance) == (3.0, 7.0, 2.0)
    assert seed_patient_mean([1.0, 2, 6], -covariance).shared_variance == 0.0
    half = np.sqrt(stats.t.ppf(0.975, 2) ** 2 * 7 / 3 + stats.norm.ppf(0.975) ** 2 * 2)
    assert mean.interval() == pytest.approx((3 - half, 3 + half))


def test_p_values_and_limits_agree():
    mean = seed_patient_mean([0.01, 0.03, 0.02, 0.05], np.full((4, 4), 0.008**2))
    low, high = mean.interval(0.9)
    assert mean.p_below(high) == pytest.approx(0.05) and mean.p_above(low) == pytest.approx(0.05)
    assert mean.p_below(mean.mean) == 0.5
    assert mean.p_below(low) == pytest.approx(0.95)


def test_one_training_decides_nothing():
    mean = seed_patient_mean([0.01], [[0.01**2]])
    assert np.isnan(mean.interval()).all() and np.isnan(mean.p_below(0.05)) and np.isnan(mean.detectable())
    assert mean.shared_variance == 0.01**2


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_error_at_the_margin(seeds):
    """True gap = margin, sd over seeds 0.02, shared sd 0.01: 5 % at most are called below, and above (2,000)."""
    random = np.random.default_rng(seeds)
    below = above = 0
    for _ in range(2000):
        values = 0.05 + 0.02 * random.normal(size=seeds) + 0.01 * random.normal()
        low, high = SeedPatientMean(values.mean(), seeds, values.var(ddof=1), 0.01**2).interval(0.9)
        below, above = below + (high < 0.05), above + (low > 0.05)
    assert 0.01 < below / 2000 < 0.06 and 0.01 < above / 2000 < 0.06


def test_detectable_gap_has_its_power():
    """A gap of the detectable size is found in 80 % of studies (2,000, five seeds)."""
    random = np.random.default_rng(0)
    size = SeedPatientMean(0.0, 5, 0.02**2, 0.01**2).detectable()
    found = 0
    for _ in range(2000):
        values = size + 0.02 * random.normal(size=5) + 0.01 * random.normal()
        found += SeedPatientMean(values.mean(), 5, values.var(ddof=1), 0.01**2).p_above(0.0) < 0.05
    assert 0.75 < found / 2000 < 0.87


def test_shapes():
    with pytest.raises(ValueError, match=r"S values and their covariance \[S, S\]"):
        seed_patient_mean([1.0, 2.0], [[1.0]])
