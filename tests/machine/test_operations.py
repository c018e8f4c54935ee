"""Counting operations against counts by hand, and the benchmark against its own definitions."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.machine.operations import Convolution, count_operations
from medgan_tf.machine.step_benchmark import measure_step, phase_count


def test_forward_and_backward_of_a_convolution_and_a_dense_layer():
    images, kernel = tf.ones([2, 8, 8, 3]), tf.Variable(tf.ones([3, 3, 3, 5]))
    weights = tf.Variable(tf.ones([5, 7]))

    @tf.function
    def gradient(images):
        with tf.GradientTape() as tape:
            features = tf.nn.conv2d(images, kernel, strides=2, padding="SAME")
            loss = tf.reduce_sum(tf.matmul(tf.reduce_sum(features, [1, 2]), weights))
        return tape.gradient(loss, [kernel, weights])

    count, largest = count_operations(gradient.get_concrete_function(images))
    convolution = 2 * 2 * 4 * 4 * 9 * 3 * 5
    # The loss is linear, so its value is not needed. Of the convolution the features (for the gradient of `weights`)
    # and the filter gradient are; of the matrix product both gradients.
    assert count == 2 * convolution + 2 * 2 * (2 * 5 * 7)
    assert largest == Convolution((2, 8, 8, 3), (3, 3, 3, 5), 2, "SAME")
    assert largest.operations == convolution


def test_transposed_convolution_counts_as_its_convolution():
    images, kernel = tf.ones([1, 4, 4, 3]), tf.ones([4, 4, 5, 3])
    up = tf.function(lambda x: tf.nn.conv2d_transpose(x, kernel, [1, 8, 8, 5], strides=2, padding="SAME"))
    count, largest = count_operations(up.get_concrete_function(images))
    assert count == 2 * 4 * 4 * 16 * 3 * 5
    assert largest.images == (1, 8, 8, 5)


def test_batched_matrix_products_are_counted():
    """Attention: queries [2, 16, 3] by keys [2, 4, 3], 16 x 4 products of length 3 for each of 2 examples."""
    queries, keys, kernel = tf.ones([2, 16, 3]), tf.ones([2, 4, 3]), tf.ones([1, 1, 4, 1])

    @tf.function
    def scores(queries):
        return tf.nn.conv2d((queries @ tf.transpose(keys, [0, 2, 1]))[:, :, None], kernel, 1, "SAME")

    count, _ = count_operations(scores.get_concrete_function(queries))
    assert count == 2 * 2 * 16 * 4 * 3 + 2 * 2 * 16 * 4


def test_what_is_not_needed_is_not_counted():
    @tf.function
    def ignores(images):
        tf.nn.conv2d(images, tf.ones([3, 3, 1, 64]), 1, "SAME")
        return tf.nn.conv2d(images, tf.ones([1, 1, 1, 2]), 1, "SAME")

    assert count_operations(ignores.get_concrete_function(tf.ones([1, 4, 4, 1])))[0] == 2 * 16 * 2


def test_functions_without_convolution_are_refused():
    with pytest.raises(ValueError, match="no convolution"):
        count_operations(tf.function(lambda x: x + 1).get_concrete_function(tf.ones([1])))


def test_measured_figures_belong_together():
    speed = measure_step("cpd", channels=8, batch=8, resolution=16, precision="float32", steps=2)
    assert speed.step_rate == pytest.approx(speed.images_per_second * speed.gflop_per_image, rel=1e-6)
    assert speed.fraction == pytest.approx(speed.step_rate / speed.convolution_rate, rel=1e-6)
    # Real and fake in one pass: twice the batch.
    assert speed.convolution == "16x16x16x8 3x3 -> 8"
    assert np.isfinite([speed.images_per_second, speed.convolution_rate, speed.first_step_seconds]).all()


def test_operations_per_image_at_64_channels():
    # reference: about 2.6 GFLOP per image at 64 channels and 32x32 for cpD-GAN.
    speed = measure_step("cpd", channels=64, batch=4, resolution=32, precision="float32", steps=1)
    assert speed.gflop_per_image == pytest.approx(2.6, abs=0.1)


def test_early_phases_of_growth_cost_what_their_layers_cost():
    """At equal width each resolution has four times the pixels of the one before."""
    assert phase_count("progressive", 32) == 5
    assert phase_count("cpd", 32) == 1
    first, last = (
        measure_step("progressive", channels=16, batch=4, resolution=32, precision="float32", steps=1, phase=phase)
        for phase in (0, -1)
    )
    assert (first.phase, last.phase) == ("8x8", "32x32")
    assert last.gflop_per_image > 12 * first.gflop_per_image


def test_images_of_all_discriminator_steps_count():
    speed = measure_step("biggan", channels=8, batch=4, resolution=16, precision="float32", steps=1)
    assert (speed.batch, speed.phase) == (4, "16x16")
    assert speed.step_rate == pytest.approx(speed.images_per_second * speed.gflop_per_image, rel=1e-6)
