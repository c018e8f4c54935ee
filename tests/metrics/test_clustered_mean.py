"""A mean with an interval over patients: by hand, against the ratio estimator, and what has no interval."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.metrics.clustered_mean import clustered_mean

PATIENTS = np.array(["a", "a", "b", "c", "c", "c"])
VALUES = np.array([0.1, 0.3, 0.5, -0.2, 0.0, 0.2])


def test_by_hand():
    found = clustered_mean(VALUES, PATIENTS)
    mean = 0.15
    sums = np.array([0.4 - 2 * mean, 0.5 - mean, 0.0 - 3 * mean])
    error = np.sqrt((sums**2).sum() * 3 / 2) / 6
    wide = stats.t.ppf(0.975, 2) * error / (1 - mean**2)
    assert (found.value, found.patients) == (pytest.approx(mean), 3)
    assert (found.low, found.high) == pytest.approx(np.tanh(np.arctanh(mean) + wide * np.array([-1, 1])))


def test_one_image_a_patient_is_the_usual_t_interval_near_the_middle():
    values = np.random.default_rng(0).normal(0, 0.01, 9)
    found = clustered_mean(values, np.array([f"p{n}" for n in range(9)]))
    expected = stats.t.interval(0.95, 8, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected, abs=2e-5)
    # Every image counts as a patient where no patient is known.
    assert clustered_mean(values, np.full(9, "")) == found


def test_copies_of_a_patients_images_say_nothing_new():
    single = clustered_mean(VALUES[[0, 2, 3]], PATIENTS[[0, 2, 3]])
    twice = clustered_mean(np.repeat(VALUES[[0, 2, 3]], 2), np.repeat(PATIENTS[[0, 2, 3]], 2))
    assert (twice.low, twice.high) == pytest.approx((single.low, single.high))


def test_limits_stay_within_the_bounds():
    values = np.array([0.99, 0.95, 1.0, 0.6])
    found = clustered_mean(values, np.array(list("abcd")), (0.0, 1.0))
    assert 0 < found.low < found.value < found.high < 1


@pytest.mark.parametrize(
    ("values", "patients"),
    [([0.1, 0.2], "ab"), ([0.2, 0.2, 0.2, 0.2], "abcd"), ([1.0, 1.0, 1.0], "abc"), ([0.1, 0.2, 0.3], "aab"),
     ([0.1, np.nan, 0.3, np.nan], "abcd")],
)  # fmt: skip
def test_too_few_patients_or_no_spread_is_no_interval(values, patients):
    found = clustered_mean(np.array(values), np.array(list(patients)))
    assert found.value == pytest.approx(np.nanmean(values)) and np.isnan([found.low, found.high]).all()


def test_nothing_at_all():
    found = clustered_mean(np.array([np.nan]), np.array(["a"]))
    assert np.isnan([found.value, found.low, found.high]).all() and found.patients == 0
