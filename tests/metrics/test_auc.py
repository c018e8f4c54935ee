"""AUC against scikit-learn and by hand; undefined labels; average precision."""

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from medgan_tf.metrics.auc import (
    auc,
    auc_per_label,
    average_precision_per_label,
    flipped_below_half,
    mean_over_labels,
    weighted_auc,
)


def test_by_hand():
    # Pairs (positive, negative): .9>.8, .9>.2, .4<.8, .4>.2: three of four.
    assert auc(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.4, 0.2])) == 0.75
    # One pair is tied and counts a half: 1 + 1 + 0.5 + 1 of 4.
    assert auc(np.array([1, 0, 1, 0]), np.array([0.9, 0.4, 0.4, 0.2])) == 0.875


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_equals_scikit_learn_with_ties_and_weights(levels):
    random = np.random.default_rng(levels)
    truth, scores = random.integers(0, 2, 300), random.integers(0, levels, 300) / levels
    assert auc(truth, scores) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    weights = random.integers(0, 4, (5, 300))
    expected = [roc_auc_score(truth, scores, sample_weight=row) for row in weights]
    np.testing.assert_allclose(weighted_auc(truth, scores, weights), expected, atol=1e-12)


def test_constant_scores_are_a_half():
    assert auc(np.array([0, 1, 1]), np.full(3, 0.3)) == 0.5


def test_below_a_half_is_not_turned_round():
    assert auc(np.array([1, 1, 0, 0]), np.array([0.1, 0.2, 0.3, 0.4])) == 0.0


def test_turned_round_only_when_asked():
    values = flipped_below_half(np.array([[0.0, 0.25, 0.5], [0.75, 1.0, np.nan]]))
    np.testing.assert_array_equal(values, [[1.0, 0.75, 0.5], [0.75, 1.0, np.nan]])


@pytest.mark.parametrize("value", [0, 1])
def test_one_class_is_undefined(value):
    truth = np.array([[value, 0], [value, 1]])
    scores = np.array([[0.1, 0.2], [0.3, 0.4]])
    values = auc_per_label(truth, scores)
    assert math.isnan(values[0])
    assert values[1] == 1.0
    assert math.isnan(average_precision_per_label(truth, scores)[0])
    mean = mean_over_labels(values)
    assert (mean.value, mean.defined, mean.labels) == (1.0, 1, 2)


def test_mean_of_nothing_is_undefined():
    mean = mean_over_labels(np.full(3, np.nan))
    assert math.isnan(mean.value)
    assert (mean.defined, mean.labels) == (0, 3)


def test_average_precision_equals_scikit_learn():
    random = np.random.default_rng(3)
    truth, scores = random.integers(0, 2, (50, 2)), random.random((50, 2))
    expected = [average_precision_score(truth[:, k], scores[:, k]) for k in range(2)]
    np.testing.assert_allclose(average_precision_per_label(truth, scores), expected)


def test_refuses_what_it_cannot_rank():
    with pytest.raises(ValueError, match="finite"):
        auc(np.array([0, 1]), np.array([0.1, np.nan]))
    with pytest.raises(ValueError, match="one shape"):
        auc_per_label(np.zeros((3, 2)), np.zeros((3, 1)))
