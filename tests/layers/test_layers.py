"""Layers against NumPy, worked from the paper's definitions and not from our fused forms."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers.conditional_norm import ConditionalPixelNorm
from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedDense, EqualizedDenseReshape, EqualizedFlattenDense
from medgan_tf.layers.minibatch_stddev import MinibatchStddev, concat_batches, split_batches
from medgan_tf.layers.pixel_norm import pixel_norm
from medgan_tf.layers.resample import (
    EqualizedDownConv2D,
    EqualizedUpConv2D,
    downsample_average,
    spread_kernel,
    upsample_nearest,
)

RANDOM = np.random.default_rng(3)


def values(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def convolve(images, kernel):
    """Stride 1, zero padding, the definition: sum over shifts."""
    side = kernel.shape[0] // 2
    padded = np.pad(images, ((0, 0), (side, side), (side, side), (0, 0)))
    height, width = images.shape[1:3]
    return sum(
        padded[:, y : y + height, x : x + width] @ kernel[y, x]
        for y in range(kernel.shape[0])
        for x in range(kernel.shape[1])
    )


def test_pixel_norm_by_hand():
    # Mean square of (3, 4) is 12.5.
    np.testing.assert_allclose(pixel_norm(tf.constant([[3.0, 4.0]])), [[3 / 12.5**0.5, 4 / 12.5**0.5]], rtol=1e-6)
    np.testing.assert_array_equal(pixel_norm(tf.zeros([1, 5])), np.zeros((1, 5)))


@pytest.mark.parametrize("size", [1, 3])
def test_equalized_convolution(size):
    layer = EqualizedConv2D(5, size, gain=2**0.5)
    images = values(2, 6, 6, 3)
    out = layer(images)
    layer.bias.assign(values(5))
    kernel = layer.kernel.numpy() * 2**0.5 / (size * size * 3) ** 0.5
    np.testing.assert_allclose(layer(images), convolve(images, kernel) + layer.bias.numpy(), rtol=1e-4, atol=1e-5)
    assert out.shape == (2, 6, 6, 5)


def test_equalized_weights_are_standard_normal_and_biases_zero():
    layer = EqualizedDense(400, gain=1.0)
    layer.build((None, 300))
    assert abs(float(np.mean(layer.kernel.numpy()))) < 0.02
    assert abs(float(np.std(layer.kernel.numpy())) - 1) < 0.02
    assert not np.any(layer.bias.numpy())
    # Unit input variance stays unit: that is what the run-time scale is for.
    assert abs(float(np.std(layer(values(200, 300)))) - 1) < 0.05


def test_dense_layers_that_reshape_and_flatten():
    reshape = EqualizedDenseReshape(3, 4, gain=1.0)
    vector = values(2, 7)
    out = reshape(vector)
    expected = (vector @ (reshape.kernel.numpy() / 7**0.5)).reshape(2, 4, 4, 3)
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
    flatten = EqualizedFlattenDense(6, gain=1.0)
    image = values(2, 4, 4, 3)
    flat = flatten(image)
    np.testing.assert_allclose(flat, image.reshape(2, 48) @ (flatten.kernel.numpy() / 48**0.5), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("axis", "fan_in"), [("input", 9 * 3), ("output", 9 * 5)])
def test_up_convolution_is_nearest_upsampling_then_convolution(axis, fan_in):
    layer = EqualizedUpConv2D(5, gain=1.5, fan_in_axis=axis)
    images = values(2, 4, 4, 3)
    out = layer(images)
    # A transposed convolution correlates with the flipped kernel; its axes are [.., out, in].
    kernel = layer.kernel.numpy()[::-1, ::-1].transpose(0, 1, 3, 2) * 1.5 / fan_in**0.5
    upsampled = images.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(out, convolve(upsampled, kernel), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3])
def test_down_convolution_is_convolution_then_average_pooling(size):
    layer = EqualizedDownConv2D(5, size, gain=1.5, use_bias=False)
    images = values(2, 8, 8, 3)
    out = layer(images)
    full = convolve(images, layer.kernel.numpy() * 1.5 / (size * size * 3) ** 0.5)
    pooled = full.reshape(2, 4, 2, 4, 2, 5).mean(axis=(2, 4))
    np.testing.assert_allclose(out, pooled, rtol=1e-4, atol=1e-5)


def test_spread_kernel_by_hand():
    kernel = np.array([[1, 2], [3, 4]], np.float32)[:, :, None, None]
    np.testing.assert_array_equal(spread_kernel(kernel)[:, :, 0, 0], [[1, 3, 2], [4, 10, 6], [3, 7, 4]])


def test_plain_resampling():
    images = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    up = upsample_nearest(tf.constant(images)).numpy()
    np.testing.assert_array_equal(up, images.repeat(2, axis=1).repeat(2, axis=2))
    np.testing.assert_array_equal(downsample_average(up), images)
    np.testing.assert_array_equal(downsample_average(images), [[[[3.0, 4.0]]]])


def test_conditional_pixel_norm_is_equation_1():
    layer = ConditionalPixelNorm()
    features, condition = values(2, 3, 3, 4), values(2, 6)
    out = layer(features, condition)
    layer.gamma.bias.assign(values(4))
    layer.beta.bias.assign(values(4))
    gamma = condition @ (layer.gamma.kernel.numpy() / 6**0.5) + layer.gamma.bias.numpy()
    beta = condition @ (layer.beta.kernel.numpy() / 6**0.5) + layer.beta.bias.numpy()
    normalized = features / np.sqrt(np.mean(features**2, axis=-1, keepdims=True) + 1e-8)
    expected = normalized * gamma[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(layer(features, condition), expected, rtol=1e-4, atol=1e-5)
    assert out.shape == features.shape


def test_minibatch_stddev_groups_every_nth_example():
    images = values(8, 4, 4, 3)
    out = MinibatchStddev(group_size=4)(images).numpy()
    np.testing.assert_array_equal(out[..., :3], images)
    for member in range(2):
        group = images[member::2]
        expected = np.sqrt(group.var(axis=0) + 1e-8).mean()
        np.testing.assert_allclose(out[member::2, :, :, 3], expected, rtol=1e-5)


def test_concatenated_batches_keep_their_groups():
    first, second = values(8, 4, 4, 3), values(8, 4, 4, 3)
    layer = MinibatchStddev(group_size=4)
    joined = concat_batches(tf.constant(first), tf.constant(second), 4)
    parts = split_batches(layer(joined), 4)
    np.testing.assert_allclose(parts[0], layer(first), rtol=1e-6)
    np.testing.assert_allclose(parts[1], layer(second), rtol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        EqualizedConv2D(4, 3, gain=1.0, dtype="mixed_bfloat16"),
        EqualizedUpConv2D(4, gain=1.0, dtype="mixed_bfloat16"),
        EqualizedDownConv2D(4, 3, gain=1.0, dtype="mixed_bfloat16"),
        EqualizedDownConv2D(4, 1, gain=1.0, use_bias=False, dtype="mixed_bfloat16"),
    ],
)
def test_mixed_precision_computes_in_bfloat16_and_stores_float32(layer):
    out = layer(values(1, 4, 4, 2))
    assert out.dtype == tf.bfloat16
    assert all(weight.dtype == "float32" for weight in layer.weights)


def test_norms_return_the_compute_type_but_compute_in_float32():
    layer = ConditionalPixelNorm(dtype="mixed_bfloat16")
    out = layer(tf.cast(values(1, 4, 4, 2), tf.bfloat16), values(1, 3))
    assert out.dtype == tf.bfloat16
    assert pixel_norm(tf.constant([[1.0, 1.0]], tf.bfloat16)).dtype == tf.float32


@pytest.mark.parametrize(
    "layer",
    [
        EqualizedConv2D(4, 3, gain=1.5, use_bias=False),
        EqualizedDense(4, gain=1.5),
        EqualizedFlattenDense(4, gain=0.5),
        EqualizedDenseReshape(4, 4, gain=1.5),
        EqualizedUpConv2D(4, gain=1.5, fan_in_axis="output"),
        EqualizedDownConv2D(4, 1, gain=1.5, use_bias=False),
        MinibatchStddev(group_size=2),
        ConditionalPixelNorm(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_config_round_trip(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_unknown_arguments_are_refused():
    with pytest.raises(ValueError, match="Received: fan_in_axis='both'"):
        EqualizedUpConv2D(4, gain=1.0, fan_in_axis="both")
    with pytest.raises((TypeError, ValueError), match="fan_mode"):
        EqualizedConv2D(4, 3, gain=1.0, fan_mode="in")


def test_weights_are_not_rounded_before_they_are_scaled():
    """Within a layer of a mixed policy Keras would hand out variables in bfloat16."""

    class Kernel(EqualizedDense):
        def call(self, features):
            return tf.convert_to_tensor(self.kernel)

    layer = Kernel(1, gain=1.0, use_bias=False, dtype="mixed_bfloat16")
    layer.build((None, 3))
    layer.kernel.assign([[1.0], [1.0 + 2**-12], [1.0]])
    # 1 + 2**-12 does not exist in bfloat16.
    np.testing.assert_array_equal(layer(np.ones((1, 3), np.float32))[:, 0], [1.0, 1.0 + 2**-12, 1.0])
