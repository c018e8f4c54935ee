"""The noise of a private step."""

import numpy as np
import tensorflow as tf
from private_networks import flat, secret_seeds
from scipy.stats import chi2, kstest

from medgan_tf.gans.private.noise import gaussian_noise


def test_variance_in_every_tensor():
    seeds = tf.constant(secret_seeds(1)[0][2:])
    shapes = [tf.TensorShape(shape) for shape in ([3, 3, 4, 8], [], [5], [20, 40])]
    noise = gaussian_noise(seeds, shapes, 2.5)
    assert [tensor.shape for tensor in noise] == shapes
    for tensor in noise:
        total = np.sum(np.square(tensor)) / 2.5**2
        assert 1e-4 < chi2.cdf(total, tensor.shape.num_elements()) < 1 - 1e-4
    assert kstest(flat(noise) / 2.5, "norm").pvalue > 1e-3


def test_four_draws_make_the_deviation_of_one():
    seeds, shapes = tf.constant(secret_seeds(1)[0][2:]), [tf.TensorShape([1000])]
    whole = gaussian_noise(seeds, shapes, 1.0)[0]
    parts = [gaussian_noise(seeds[number : number + 1], shapes, 1.0)[0] for number in range(4)]
    np.testing.assert_allclose(whole, tf.add_n(parts) / 2, rtol=1e-5, atol=1e-6)
    # Independent of each other.
    assert np.abs(np.corrcoef(np.stack(parts)) - np.eye(4)).max() < 0.15


def test_no_noise_without_a_deviation():
    assert not np.any(gaussian_noise(tf.zeros([4, 2], tf.int64), [tf.TensorShape([6])], 0.0)[0])
