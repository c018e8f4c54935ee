"""Truncated noise against SciPy's distribution, and the great circle against its definition."""

import numpy as np
import pytest
from scipy.stats import kstest, norm, truncnorm

from medgan_tf.synthesis.noise import spherical, truncated_noise


@pytest.mark.parametrize("threshold", [0.4, 0.7, 2.0])
def test_truncated_noise_has_the_distribution_of_values_drawn_again(threshold):
    found = truncated_noise(1, 400, 50, threshold)
    assert found.dtype == np.float32 and found.shape == (400, 50) and np.abs(found).max() <= threshold
    assert kstest(found.ravel(), truncnorm(-threshold, threshold).cdf).pvalue > 0.01
    random = np.random.default_rng(2).standard_normal(400_000)
    again = random[np.abs(random) <= threshold]
    assert found.std() == pytest.approx(again.std(), rel=0.02)


def test_without_a_threshold_it_is_normal_and_the_first_rows_do_not_depend_on_the_number():
    found = truncated_noise(-3, 400, 50, None)
    assert kstest(found.ravel(), norm.cdf).pvalue > 0.01
    np.testing.assert_array_equal(found[:7], truncated_noise(-3, 7, 50, None))
    assert not np.array_equal(found, truncated_noise(4, 400, 50, None))
    # Both rise with the same uniform numbers.
    order = np.argsort(found[0], kind="stable")
    assert (np.diff(truncated_noise(-3, 1, 50, 0.5)[0, order]) >= 0).all()


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan")])
def test_a_threshold_is_above_zero(threshold):
    with pytest.raises(ValueError, match="expected a truncation above 0. Received: truncation="):
        truncated_noise(1, 2, 3, threshold)


def test_the_way_turns_evenly():
    """A quarter turn in three steps of 30 degrees, while the length goes from 1 to 2."""
    way = spherical(np.array([1.0, 0.0]), np.array([0.0, 2.0]), 4)
    assert way.dtype == np.float32
    np.testing.assert_allclose(np.degrees(np.arctan2(way[:, 1], way[:, 0])), [0, 30, 60, 90], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), [1, 4 / 3, 5 / 3, 2], rtol=1e-6)


def test_ways_without_a_plane_are_straight():
    np.testing.assert_allclose(spherical(np.ones(3), 3 * np.ones(3), 3), [[1] * 3, [2] * 3, [3] * 3])
    np.testing.assert_allclose(spherical(np.ones(2), -np.ones(2), 3), [[1, 1], [0, 0], [-1, -1]], atol=1e-6)
    np.testing.assert_allclose(spherical(np.zeros(2), np.ones(2), 3), [[0, 0], [0.5, 0.5], [1, 1]])
