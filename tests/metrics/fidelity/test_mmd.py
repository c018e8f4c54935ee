"""MMD as a metric: the plain formula with the bandwidth that it states."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.mmd import mmd, real_bandwidth
from medgan_tf.metrics.metric import Options, Sample


def sample(seed, shift=0.0, count=50):
    features = np.random.default_rng(seed).standard_normal((count, 4)) + shift
    return Sample(np.zeros((count, 2, 2, 1), np.uint8), features=features)


def test_bandwidth_is_half_of_the_mean_squared_distance_of_two_real_images():
    features = sample(1).features
    squared = [np.sum((x - y) ** 2) for i, x in enumerate(features) for j, y in enumerate(features) if i != j]
    assert real_bandwidth(features) ** 2 == pytest.approx(np.mean(squared) / 2)


def test_the_plain_formula():
    real, synthetic = sample(1), sample(2, 0.5, 40)
    found = mmd(real, synthetic, Options(0))["mmd"]
    s = found["bandwidth"]

    def mean(first, second, within):
        values = [
            np.exp(-np.sum((x - y) ** 2) / (2 * s * s))
            for i, x in enumerate(first) for j, y in enumerate(second) if not (within and i == j)
        ]  # fmt: skip
        return np.mean(values)

    x, y = real.features, synthetic.features
    expected = mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)
    assert found["value"] == pytest.approx(expected, rel=1e-10)
    assert found["interval"][0] < expected < found["interval"][1] and found["p_no_difference"] < 0.05
    # The kernel comes from the real images alone.
    assert mmd(real, sample(3, 2.0), Options(0))["mmd"]["bandwidth"] == s


def test_equal_real_images_have_no_bandwidth():
    flat = Sample(np.zeros((20, 2, 2, 1), np.uint8), features=np.ones((20, 4)))
    assert math.isnan(mmd(flat, sample(1), Options(0))["mmd"]["value"])
