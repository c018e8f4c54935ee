"""Logistic regression on a few grey values: features by hand, and the optimum by its equations."""

import numpy as np
import pytest

from medgan_tf.classification.trivial import features_of, fit_trivial, small_images
from medgan_tf.metrics.auc import auc_per_label


def test_features_by_hand():
    images = np.zeros((2, 16, 16, 1), np.uint8)
    images[0, :2, 2:4] = 40
    images[1] = 7
    small = small_images(images)
    # The patch covers the second of 64 fields.
    assert small.shape == (2, 64) and small[0].tolist() == [0, 40, *[0] * 62]
    np.testing.assert_allclose(features_of(small, "intensity"), [[40 / 64], [7]])
    np.testing.assert_array_equal(features_of(small, "pixels"), small)


def test_the_mean_of_a_size_that_8_does_not_divide():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1)).astype(np.uint8)
    expected = images.mean(axis=(1, 2))
    np.testing.assert_allclose(features_of(small_images(images), "intensity"), expected, atol=1e-3)


def test_the_fit_is_the_optimum_of_the_penalised_likelihood():
    """There the gradient is 0: X^T (p - y) + w = 0 and sum(p - y) = 0."""
    random = np.random.default_rng(1)
    features = random.normal(100, 20, (300, 5))
    labels = (features[:, :2] + random.normal(0, 20, (300, 2)) > 100).astype(np.float32)
    found = fit_trivial(features, labels)
    errors = found.probabilities(features) - labels
    standard = (features - features.mean(0)) / features.std(0)
    np.testing.assert_allclose(standard.T @ errors + found.weights, 0, atol=0.05)
    np.testing.assert_allclose(errors.sum(axis=0), 0, atol=0.05)


def test_the_mean_intensity_learns_a_direction_only():
    """So its AUC is that of the brightness itself, or 1 minus that."""
    random = np.random.default_rng(2)
    truth = random.integers(0, 2, (400, 2)).astype(np.float64)
    brightness = (100 + 15 * truth[:, :1] - 15 * truth[:, 1:] + random.normal(0, 20, (400, 1)))[:, :1]
    found = fit_trivial(brightness, truth).probabilities(brightness)
    plain = auc_per_label(truth, np.repeat(brightness, 2, axis=1))
    assert plain[0] > 0.6 > 0.4 > plain[1]
    np.testing.assert_allclose(auc_per_label(truth, found), [plain[0], 1 - plain[1]])


def test_one_class_and_constant_features():
    features = np.column_stack([np.arange(6.0), np.full(6, 3.0)])
    labels = np.array([[0, 1, 0], [0, 1, 0], [0, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0]])
    scores = fit_trivial(features, labels).probabilities(features)
    assert np.isfinite(scores).all()
    assert auc_per_label(labels, scores)[0] == 1 and np.ptp(scores[:, 1:], axis=0).tolist() == [0, 0]


@pytest.mark.parametrize("kind", ["intensity", "pixels"])
def test_it_is_the_same_every_time(kind):
    random = np.random.default_rng(3)
    features = features_of(random.normal(0, 1, (50, 64)), kind)
    labels = random.integers(0, 2, (50, 3))
    first, second = (fit_trivial(features, labels) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
