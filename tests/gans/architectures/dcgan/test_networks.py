"""The small DCGAN: parameters by hand, both networks written out in loops over pixels, nothing that mixes examples."""

from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans import build_gan

OPTIONS = {"resolution": 16, "label_count": 3, "latent_size": 5, "base_channels": 8}


@pytest.fixture(scope="module")
def gan():
    """With biases away from their start."""
    gan = build_gan("dcgan", **OPTIONS)
    random = np.random.default_rng(6)
    for network in (gan.generator, gan.discriminator):
        for variable in network.trainable_variables:
            variable.assign(variable + 0.1 * random.standard_normal(variable.shape))
    return gan


def leaky(values):
    return np.where(values > 0, values, 0.2 * values)


def down_by_hand(images, kernel, bias):
    """4x4 convolution of stride 2 with zeros around: float64 [N, H, W, C] to [N, H/2, W/2, filters]."""
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    result = np.zeros((count, height // 2, width // 2, kernel.shape[-1]))
    for row in range(height // 2):
        for column in range(width // 2):
            window = padded[:, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4]
            result[:, row, column] = np.einsum("nhwc,hwcf->nf", window, kernel) + bias
    return result


def up_by_hand(features, kernel, bias):
    """Each pixel adds its kernel [4, 4, filters, C] around the 2x2 pixels that it becomes."""
    count, height, width, _ = features.shape
    result = np.zeros((count, 2 * height + 2, 2 * width + 2, kernel.shape[2]))
    for row in range(height):
        for column in range(width):
            stamp = np.einsum("nc,hwfc->nhwf", features[:, row, column], kernel)
            result[:, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += stamp
    return result[:, 1:-1, 1:-1] + bias


def weights_of(network):
    return [variable.numpy().astype(np.float64) for variable in network.trainable_variables]


def test_the_discriminator_in_loops(gan):
    random = np.random.default_rng(1)
    images = random.uniform(-1, 1, (2, 16, 16, 1))
    labels = np.array([[1, 0, 1], [0, 0, 0]])
    first_kernel, first_bias, second_kernel, second_bias, kernel, bias = weights_of(gan.discriminator)
    hidden = leaky(down_by_hand(images, first_kernel, first_bias))
    hidden = leaky(down_by_hand(hidden, second_kernel, second_bias)).reshape(2, -1)
    outputs = hidden @ kernel + bias
    expected = [outputs[0, 1] + outputs[0, 3], outputs[1, 0]]
    logits = gan.discriminator([images.astype(np.float32), labels.astype(np.float32)])
    np.testing.assert_allclose(logits, expected, rtol=1e-4)


def test_the_generator_in_loops(gan):
    z = np.random.default_rng(2).standard_normal((2, 5))
    labels = np.array([[1, 0, 1], [0, 1, 0]])
    dense, dense_bias, first_kernel, first_bias, kernel, bias = weights_of(gan.generator)

    def normed(values):
        values = leaky(values)
        return values / np.sqrt(np.mean(values**2, axis=-1, keepdims=True) + 1e-8)

    features = normed((np.concatenate([z, labels], axis=1) @ dense + dense_bias).reshape(2, 4, 4, -1))
    features = normed(up_by_hand(features, first_kernel, first_bias))
    rough = np.pad(up_by_hand(features, kernel, bias), ((0, 0), (1, 1), (1, 1), (0, 0)), "edge")
    smooth = (rough[:, :-2] + 2 * rough[:, 1:-1] + rough[:, 2:]) / 4
    expected = np.tanh((smooth[:, :, :-2] + 2 * smooth[:, :, 1:-1] + smooth[:, :, 2:]) / 4)
    assert expected.std() > 0.05
    images = gan.generator([z.astype(np.float32), labels.astype(np.float32)])
    np.testing.assert_allclose(images, expected, atol=1e-5)


@pytest.mark.parametrize(("resolution", "widths"), [(32, [8, 16, 32]), (128, [8, 16, 32, 64, 128])])
def test_parameters_by_hand(resolution, widths):
    gan = build_gan("dcgan", resolution=resolution, label_count=6, latent_size=32)

    def convolutions(channels):
        return sum(16 * a * b + b for a, b in pairwise(channels))

    discriminator = convolutions([1, *widths]) + 7 * (16 * widths[-1] + 1)
    wide = [2 * width for width in reversed(widths)]
    generator = (32 + 6 + 1) * 16 * wide[0] + convolutions([*wide, 1])
    counts = [
        sum(np.prod(v.shape) for v in network.trainable_variables) for network in (gan.generator, gan.discriminator)
    ]
    assert counts == [generator, discriminator]
    assert resolution != 32 or discriminator == 14_015
    assert not gan.generator.non_trainable_variables + gan.discriminator.non_trainable_variables


def test_nothing_mixes_examples(gan):
    """An example's outputs are the same in any company, also while training."""
    images = tf.random.stateless_uniform([4, 16, 16, 1], [1, 2], -1, 1)
    z, labels = tf.random.stateless_normal([4, 5], [3, 4]), tf.constant(np.eye(3, dtype=np.float32)[[0, 1, 2, 0]])
    for network, inputs in ((gan.discriminator, [images, labels]), (gan.generator, [z, labels])):
        together = network(inputs, training=True)
        alone = [network([values[number : number + 1] for values in inputs], training=True)[0] for number in range(4)]
        np.testing.assert_allclose(together, tf.stack(alone), atol=1e-6)
