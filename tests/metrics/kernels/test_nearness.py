"""Copies are closer to the training images than other real images are; independent images are not."""

import numpy as np
import pytest

from medgan_tf.metrics.kernels.nearness import nearness, neighbour_distance
from medgan_tf.metrics.kernels.sums import Side, gaussian_kernel


def draw(seed, count=80, size=12):
    return np.random.default_rng(seed).standard_normal((3, count, size))


UNITS = (np.arange(80),) * 3


def test_by_the_plain_formula():
    training, held_out, synthetic = draw(0)
    found = nearness(training, held_out, synthetic, UNITS)
    kernel = gaussian_kernel(found.bandwidth)

    def value(one):
        own = kernel(one, one)
        return (own.sum() - np.trace(own)) / (80 * 79) - 2 * kernel(training, one).mean()

    assert found.difference == pytest.approx(value(synthetic) - value(held_out), rel=1e-9)
    distances = np.linalg.norm(training[:, None] - training, axis=2) + np.diag(np.full(80, np.inf))
    assert found.bandwidth == pytest.approx(np.sqrt(np.median(distances.min(axis=1) ** 2)) / 2)


def test_the_neighbour_is_of_another_patient():
    features = np.array([[0.0], [0.2], [1.2], [1.3], [5.0]])
    # 1.2, 1.0, 1.0, 1.1 and 3.7.
    assert neighbour_distance(Side.of(features, np.array([0, 0, 1, 1, 2]))) == pytest.approx(1.1)


def test_a_tenth_of_copies_is_found_and_none_is_not():
    training, held_out, synthetic = draw(2, 400)
    units = (np.arange(400),) * 3
    assert not nearness(training, held_out, synthetic, units).closer
    synthetic[:80] = training[:80] + 0.05
    assert nearness(training, held_out, synthetic, units).closer


def test_worse_images_are_farther():
    training, held_out, synthetic = draw(2)
    found = nearness(training, held_out, synthetic / 2, UNITS)
    assert found.interval[0] > 0 and not found.closer


def test_training_images_that_are_copies_of_each_other():
    training, held_out, synthetic = draw(3)
    training[40:] = training[:40]
    found = nearness(training, held_out, training, UNITS)
    assert found.bandwidth == 0.0 and found.closer
    # Only the pairs of equal vectors count: 1/40 for each training image, less the pairs among the synthetic ones.
    assert found.difference == pytest.approx(1 / 79 - 2 / 40)


def test_the_error_is_that_of_other_images():
    found = nearness(*draw(4), UNITS)
    values = [nearness(*draw(seed), UNITS).difference for seed in range(5, 45)]
    assert found.standard_error == pytest.approx(np.std(values), rel=0.5)


def test_too_few():
    training, held_out, synthetic = draw(0)
    with pytest.raises(ValueError, match="needs four units of each. Received: 3 and 80"):
        nearness(training, held_out[:3], synthetic, (UNITS[0], np.arange(3), UNITS[0]))
