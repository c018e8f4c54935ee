"""Bootstrap over patients: resamples of whole patients, and the coverage of the interval by simulation."""

import math

import numpy as np
import pytest
from bootstrapped_aucs import bootstrap_auc
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from medgan_tf.metrics.bootstrap import patient_numbers, patient_weights, percentile_interval


def test_images_of_a_patient_are_drawn_together():
    patients = np.array(["a", "b", "a", "c", "b"])
    weights = np.concatenate(list(patient_weights(patients, 300, seed=1)))
    assert weights.shape == (300, 5)
    np.testing.assert_array_equal(weights[:, 0], weights[:, 2])
    np.testing.assert_array_equal(weights[:, 1], weights[:, 4])
    # As many patients as there are in every draw.
    np.testing.assert_array_equal(weights[:, 0] + weights[:, 1] + weights[:, 3], 3)
    assert weights.mean() == pytest.approx(1, abs=0.05)


def test_images_without_patient_stand_alone():
    numbers = patient_numbers(np.array(["", "a", "", "a"]))
    assert numbers[1] == numbers[3]
    assert len(set(numbers.tolist())) == 3


def test_a_draw_is_the_auc_of_the_repeated_images():
    random = np.random.default_rng(0)
    truth, scores = random.integers(0, 2, (40, 1)), random.random((40, 1)).round(1)
    patients = np.repeat([f"p{number}" for number in range(10)], 4)
    samples = bootstrap_auc(truth, [scores, 1 - scores], patients, 5, seed=3)
    weights = np.concatenate(list(patient_weights(patients, 5, seed=3))).astype(int)
    for draw in range(5):
        rows = np.repeat(np.arange(40), weights[draw])
        expected = roc_auc_score(truth[rows, 0], scores[rows, 0])
        assert samples[0, draw, 0] == pytest.approx(expected)
        # The second classifier sees the same resample.
        assert samples[1, draw, 0] == pytest.approx(1 - expected)


def test_resamples_without_a_class_are_undefined_and_counted():
    truth, scores = np.array([[1], [0], [0]]), np.array([[0.9], [0.1], [0.2]])
    samples = bootstrap_auc(truth, [scores], np.array(["a", "b", "c"]), 400, seed=0)[0, :, 0]
    interval = percentile_interval(samples)
    # The only positive is missed in (2/3)^3 of the draws, both negatives in (1/3)^3.
    assert interval.undefined / 400 == pytest.approx(8 / 27 + 1 / 27, abs=0.07)
    assert (interval.low, interval.high) == (1.0, 1.0)


def test_interval_of_too_few_values_is_undefined():
    assert math.isnan(percentile_interval(np.array([0.5, np.nan, np.nan])).low)


def test_coverage_of_the_95_percent_interval():
    """Scores of positives are N(1, 1), of negatives N(0, 1), the patient adding a common N(0, 0.5^2) to two images of
    one label each: the true AUC is Phi(1 / sqrt(2 (1 + 0.25)))."""
    true = norm.cdf(1 / math.sqrt(2 * 1.25))
    random = np.random.default_rng(5)
    covered, simulations = 0, 500
    for simulation in range(simulations):
        label = random.permutation(np.repeat([0, 1], 40))
        score = label[:, None] + random.normal(0, 0.5, (80, 1)) + random.normal(0, 1, (80, 2))
        truth, scores = np.repeat(label, 2)[:, None], score.reshape(-1, 1)
        patients = np.repeat(np.arange(80).astype(str), 2)
        interval = percentile_interval(bootstrap_auc(truth, [scores], patients, 400, simulation)[0, :, 0])
        covered += interval.low <= true <= interval.high
    assert 0.92 <= covered / simulations <= 0.98
