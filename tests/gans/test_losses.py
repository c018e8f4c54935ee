"""Losses and penalties by hand, on four logits and on a discriminator whose gradient is known."""

import numpy as np
import tensorflow as tf

from medgan_tf.gans import losses, penalties

REAL = np.array([2.0, -1.0, 0.5, 0.0], np.float32)
FAKE = np.array([1.0, 1.0, -0.5, 3.0], np.float32)


def test_wasserstein():
    np.testing.assert_allclose(losses.wasserstein_discriminator(REAL, FAKE), [-1.0, 2.0, -1.0, 3.0])
    np.testing.assert_allclose(losses.wasserstein_generator(FAKE), [-1.0, -1.0, 0.5, -3.0])


def test_drift():
    np.testing.assert_allclose(penalties.drift(REAL), [4.0, 1.0, 0.25, 0.0])


def test_gradient_norm_of_a_quadratic_score():
    # D(x) = sum(a x^2) has the gradient 2 a x.
    images = np.random.default_rng(0).standard_normal((4, 2, 2, 1)).astype(np.float32)
    scale = np.array([1.0, 2.0, 3.0, 0.5], np.float32).reshape(4, 1, 1, 1)
    logits, norm = penalties.gradient_norm(lambda x: tf.reduce_sum(scale * x * x, axis=[1, 2, 3]), tf.constant(images))
    expected = np.linalg.norm((2 * scale * images).reshape(4, -1), axis=1)
    np.testing.assert_allclose(norm, expected, rtol=1e-5)
    np.testing.assert_allclose(logits, (scale * images**2).sum(axis=(1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(penalties.gradient_penalty(norm), (expected - 1) ** 2, rtol=1e-4)


def test_gradient_penalty_is_finite_where_the_gradient_vanishes():
    weight = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        _, norm = penalties.gradient_norm(lambda x: weight * tf.reduce_sum(x, axis=[1, 2, 3]), tf.ones([2, 2, 2, 1]))
        loss = tf.reduce_mean(penalties.gradient_penalty(norm))
    assert np.isfinite(tape.gradient(loss, weight))
    np.testing.assert_allclose(loss, 1.0, atol=1e-5)


def test_mix_images_goes_from_real_to_fake():
    real, fake = tf.zeros([3, 1, 1, 1]), tf.fill([3, 1, 1, 1], 8.0)
    mixed = penalties.mix_images(real, fake, tf.constant([0.0, 0.25, 1.0]))
    np.testing.assert_allclose(mixed[:, 0, 0, 0], [0.0, 2.0, 8.0])
