"""Spectral normalisation and orthogonal regularisation against singular values and finite differences."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers.resample import downsample_average, upsample_nearest
from medgan_tf.layers.spectral import SpectralConv2D, SpectralDense, orthogonality

RANDOM = np.random.default_rng(5)


def built(layer, shape, kernel=None, iterations=30):
    layer.build(shape)
    if kernel is not None:
        layer.kernel.assign(kernel)
    for _ in range(iterations):
        layer.iterate()
    return layer


def largest_singular_value(kernel):
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


@pytest.mark.parametrize("kernel_size", [1, 3])
def test_normalised_kernel_has_spectral_norm_one(kernel_size):
    kernel = RANDOM.standard_normal((kernel_size, kernel_size, 6, 8)).astype(np.float32)
    layer = built(SpectralConv2D(8, kernel_size), (None, 4, 4, 6), kernel)
    np.testing.assert_allclose(layer.sigma(), largest_singular_value(kernel), rtol=1e-3)
    np.testing.assert_allclose(largest_singular_value(layer.normalised_kernel().numpy()), 1.0, atol=1e-3)
    # The stored kernel is left alone.
    np.testing.assert_array_equal(layer.kernel.numpy(), kernel)


def test_a_power_iteration_by_hand():
    layer = built(SpectralDense(2), (None, 2), np.diag([3.0, 4.0]).astype(np.float32), iterations=0)
    layer.singular_vector.assign([1.0, 1.0])
    # |W u| for u = (1, 1) / sqrt 2.
    np.testing.assert_allclose(layer.sigma(), 5 / 2**0.5, rtol=1e-6)
    layer.iterate()
    np.testing.assert_allclose(layer.singular_vector, np.array([9, 16]) / np.hypot(9, 16), rtol=1e-6)


def test_gradient_goes_through_sigma():
    """d/dW of sum(weights * W / sigma(W)), against central differences with sigma from the singular values."""
    kernel = RANDOM.standard_normal((5, 4)).astype(np.float32)
    weights = RANDOM.standard_normal((5, 4)).astype(np.float32)
    layer = built(SpectralDense(4), (None, 5), kernel, iterations=200)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(weights * layer.normalised_kernel())
    gradient = tape.gradient(total, layer.kernel.value).numpy()

    def value(matrix):
        return (weights * matrix / largest_singular_value(matrix)).sum()

    expected = np.zeros((5, 4))
    for index in np.ndindex(5, 4):
        step = np.zeros((5, 4))
        step[index] = 1e-5
        wide = kernel.astype(np.float64)
        expected[index] = (value(wide + step) - value(wide - step)) / 2e-5
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4)
    # Without the part through sigma it would be weights / sigma.
    assert np.abs(gradient - weights / largest_singular_value(kernel)).max() > 0.01


@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_fused_convolutions_equal_their_parts(resample):
    images = tf.constant(RANDOM.standard_normal((2, 6, 4, 3)).astype(np.float32))
    layer = built(SpectralConv2D(5, 3, resample), (None, 6, 4, 3))
    layer.bias.assign(RANDOM.standard_normal(5))
    kernel = layer.kernel.numpy() / largest_singular_value(layer.kernel.numpy())
    expected = upsample_nearest(images) if resample == "up" else images
    expected = tf.nn.conv2d(expected, kernel, 1, "SAME") + layer.bias.numpy()
    expected = downsample_average(expected) if resample == "down" else expected
    actual = layer(images)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
    assert actual.shape == layer.compute_output_shape((2, 6, 4, 3))


def test_dense_by_hand():
    layer = built(SpectralDense(2), (None, 2), np.array([[2.0, 0.0], [0.0, 1.0]], np.float32))
    np.testing.assert_allclose(layer(np.array([[4.0, 4.0]])), [[4.0, 2.0]], rtol=1e-5)


def test_wrong_resampling_is_refused():
    with pytest.raises(ValueError, match="Received: resample='up', kernel_size=1"):
        SpectralConv2D(4, 1, "up")


def test_orthogonality_by_hand():
    # W^T W = [[5, 4], [4, 5]]: two entries of 4 beside the diagonal.
    skewed = built(SpectralDense(2), (None, 2), np.array([[1.0, 2.0], [2.0, 1.0]], np.float32))
    np.testing.assert_allclose(orthogonality([skewed]), 32.0)
    # Orthogonal columns of any length cost nothing; kernels start orthogonal.
    straight = built(SpectralDense(2), (None, 2), np.array([[0.0, 3.0], [7.0, 0.0]], np.float32))
    fresh = built(SpectralConv2D(4, 3), (None, 4, 4, 5))
    np.testing.assert_allclose(orthogonality([straight, fresh]), 0.0, atol=1e-6)
    np.testing.assert_allclose(orthogonality([skewed, straight, skewed]), 64.0)
