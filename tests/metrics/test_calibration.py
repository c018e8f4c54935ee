"""Brier score and reliability curve, by hand."""

import numpy as np
import pytest

from medgan_tf.metrics.calibration import brier_per_label, reliability


def test_brier_by_hand():
    truth, probabilities = np.array([[1, 0], [0, 0]]), np.array([[0.8, 0.0], [0.4, 0.5]])
    np.testing.assert_allclose(brier_per_label(truth, probabilities), [(0.04 + 0.16) / 2, 0.125])


def test_reliability_by_hand():
    curve = reliability(np.array([1, 0, 1, 1]), np.array([0.12, 0.18, 0.95, 1.0]), bins=10)
    np.testing.assert_allclose(curve.predicted, [0.15, 0.975])
    np.testing.assert_allclose(curve.observed, [0.5, 1.0])
    assert curve.images.tolist() == [2, 2]
    assert curve.error == pytest.approx((2 * 0.35 + 2 * 0.025) / 4)


def test_reliability_refuses_what_is_no_probability():
    with pytest.raises(ValueError, match="in 0..1"):
        reliability(np.array([1]), np.array([1.2]))
