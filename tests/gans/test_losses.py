"""Losses and penalties by hand, on four logits and on discriminators whose gradients are known."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.config.schema import GanConfig
from medgan_tf.gans import losses, penalties
from medgan_tf.gans.objective import Objective
from medgan_tf.gans.resolve import resolve_gan

REAL = np.array([2.0, -1.0, 0.5, 0.0], np.float32)
FAKE = np.array([1.0, 1.0, -0.5, 3.0], np.float32)


def softplus(values):
    return np.log(1 + np.exp(values))


# Worked on paper for the linear ones; log(1 + e^x) for the others.
BY_HAND = {
    "wasserstein": ([-1.0, 2.0, -1.0, 3.0], [-1.0, -1.0, 0.5, -3.0]),
    "hinge": ([0 + 2.0, 2.0 + 2.0, 0.5 + 0.5, 1.0 + 4.0], [-1.0, -1.0, 0.5, -3.0]),
    "non_saturating": (softplus(-REAL) + softplus(FAKE), softplus(-FAKE)),
    "logistic": (softplus(-REAL) + softplus(FAKE), -softplus(FAKE)),
}


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_each_loss_by_hand(name):
    discriminator, generator = BY_HAND[name]
    np.testing.assert_allclose(losses.LOSSES[name].discriminator(REAL, FAKE), discriminator, rtol=1e-5)
    np.testing.assert_allclose(losses.LOSSES[name].generator(FAKE), generator, rtol=1e-5)


def test_logistic_losses_at_known_points():
    """At the logit 0 the discriminator says one half: -log 0.5 for each of real and fake."""
    zero = np.zeros(1, np.float32)
    np.testing.assert_allclose(losses.LOSSES["logistic"].discriminator(zero, zero), [2 * np.log(2)], rtol=1e-6)
    np.testing.assert_allclose(losses.logistic_generator(zero), [np.log(0.5)], rtol=1e-6)
    np.testing.assert_allclose(losses.non_saturating_generator(zero), [-np.log(0.5)], rtol=1e-6)


def test_saturation():
    """Where D is sure that an image is generated, only the non-saturating loss still pulls."""
    logit = tf.Variable([-12.0])
    slopes = []
    for loss in (losses.logistic_generator, losses.non_saturating_generator):
        with tf.GradientTape() as tape:
            value = loss(logit)
        slopes.append(float(tape.gradient(value, logit)[0]))
    assert -1e-5 < slopes[0] < 0
    assert slopes[1] == pytest.approx(-1.0, abs=1e-5)


def test_drift():
    np.testing.assert_allclose(penalties.drift(REAL), [4.0, 1.0, 0.25, 0.0])


def test_auxiliary_classifier_by_hand():
    logits = np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 5.0]], np.float32)
    labels = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]], np.float32)
    expected = [np.log(2), np.log(1 + np.exp(-2.0)), 0.0]
    np.testing.assert_allclose(losses.auxiliary_classifier(logits, labels), expected, rtol=1e-6)


def quadratic_score(scale):
    """D(x) = sum(scale x^2), which has the gradient 2 scale x."""
    return lambda inputs, training: tf.reduce_sum(scale[:, None, None, None] * inputs[0] * inputs[0], axis=[1, 2, 3])


def test_gradient_of_a_quadratic_score():
    images = np.random.default_rng(0).standard_normal((4, 2, 2, 1)).astype(np.float32)
    scale = np.array([1.0, 2.0, 3.0, 0.5], np.float32)
    square = penalties.squared_gradient(quadratic_score(scale), tf.constant(images), tf.zeros([4, 1]))
    expected = np.linalg.norm((2 * scale.reshape(4, 1, 1, 1) * images).reshape(4, -1), axis=1)
    np.testing.assert_allclose(square, expected**2, rtol=1e-5)
    penalty, norm = penalties.gradient_penalty(square)
    np.testing.assert_allclose(norm, expected, rtol=1e-5)
    np.testing.assert_allclose(penalty, (expected - 1) ** 2, rtol=1e-4)
    for value in penalties.zero_centred_penalty(square):
        np.testing.assert_allclose(value, expected**2 / 2, rtol=1e-5)


def test_gradient_penalty_is_finite_where_the_gradient_vanishes():
    weight = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        square = penalties.squared_gradient(
            lambda inputs, training: weight * tf.reduce_sum(inputs[0], axis=[1, 2, 3]),
            tf.ones([2, 2, 2, 1]),
            tf.ones([2, 1]),
        )
        loss = tf.reduce_mean(penalties.gradient_penalty(square)[0])
    assert np.isfinite(tape.gradient(loss, weight))
    np.testing.assert_allclose(loss, 1.0, atol=1e-5)


def test_mix_images_goes_from_real_to_fake():
    real, fake = tf.zeros([3, 1, 1, 1]), tf.fill([3, 1, 1, 1], 8.0)
    mixed = penalties.mix_images(real, fake, tf.constant([0.0, 0.25, 1.0]))
    np.testing.assert_allclose(mixed[:, 0, 0, 0], [0.0, 2.0, 8.0])


# --- the whole objective on a tiny discriminator: D(x) = tanh(x . first) . second, with 3 hidden values ---------------

RANDOM = np.random.default_rng(8)
FIRST, SECOND = RANDOM.standard_normal((4, 3)), RANDOM.standard_normal(3)
IMAGES, FAKES = RANDOM.standard_normal((4, 2, 2, 1)), RANDOM.standard_normal((4, 2, 2, 1))
MIX = np.array([0.1, 0.4, 0.6, 0.9])
LABELS = np.eye(4, 2)


def tiny_score(first, second):
    def score(inputs, training):
        return tf.linalg.matvec(tf.tanh(tf.matmul(tf.reshape(inputs[0], [-1, 4]), first)), second)

    return score


def numpy_penalties(first):
    """R1, R2 and the gradient penalty of the tiny discriminator, from its gradient worked out by hand."""

    def gradient(images):
        slope = 1 - np.tanh(images.reshape(-1, 4) @ first) ** 2
        return (slope * SECOND) @ first.T

    mixed = IMAGES + (FAKES - IMAGES) * MIX.reshape(4, 1, 1, 1)
    norm = np.sqrt((gradient(mixed) ** 2).sum(1))
    halves = [0.5 * (gradient(images) ** 2).sum(1) for images in (IMAGES, FAKES)]
    return {"r1": halves[0], "r2": halves[1], "gradient_penalty": (norm - 1) ** 2}


def objective(**options):
    return Objective(resolve_gan(GanConfig(drift=0.0, **{"gradient_penalty": 0.0, **options}), 32), auxiliary=False)


def loss_of(made, first, penalised=True):
    arrays = [tf.constant(array, tf.float64) for array in (IMAGES, FAKES, LABELS, MIX)]
    # `penalties` works in float32, like the training; the tiny discriminator is exact enough in it.
    arrays = [tf.cast(array, tf.float32) for array in arrays]
    return made.discriminator(tiny_score(first, tf.constant(SECOND, tf.float32)), *arrays, penalised)


@pytest.mark.parametrize("name", ["r1", "r2", "gradient_penalty"])
def test_each_penalty_and_its_gradient(name):
    made, weight = objective(**{name: 3.0}), tf.Variable(FIRST, dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss, parts = loss_of(made, weight)
        plain, _ = loss_of(made, weight, penalised=False)
        penalty = loss - plain
        total = tf.reduce_sum(penalty)
    np.testing.assert_allclose(penalty, 3 * numpy_penalties(FIRST)[name], rtol=1e-4, atol=1e-5)
    expected = np.zeros_like(FIRST)
    for index in np.ndindex(*FIRST.shape):
        step = np.zeros_like(FIRST)
        step[index] = 1e-6
        high, low = (3 * numpy_penalties(FIRST + sign * step)[name].sum() for sign in (1, -1))
        expected[index] = (high - low) / 2e-6
    np.testing.assert_allclose(tape.gradient(total, weight), expected, rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_losses_and_penalties_combine(name):
    made = objective(loss=name, r1=2.0, r2=0.5, gradient_penalty=10.0)
    loss, parts = loss_of(made, tf.constant(FIRST, tf.float32))
    real, fake = ((np.tanh(images.reshape(4, 4) @ FIRST) @ SECOND) for images in (IMAGES, FAKES))
    by_hand = numpy_penalties(FIRST)
    penalty = 2 * by_hand["r1"] + 0.5 * by_hand["r2"] + 10 * by_hand["gradient_penalty"]
    adversarial = losses.LOSSES[name].discriminator(real, fake)
    np.testing.assert_allclose(loss, np.asarray(adversarial) + penalty, rtol=1e-4)
    np.testing.assert_allclose(parts["r1"], by_hand["r1"], rtol=1e-4)
    np.testing.assert_array_equal(parts["r_t"], np.sign(real))
    assert {"gradient_norm", "r1", "r2"} <= set(made.metric_names)


def test_lazy_penalties_weigh_more_when_they_come():
    always, lazy = objective(r1=2.0), objective(r1=2.0, penalty_every=4)
    plain = loss_of(objective(), tf.constant(FIRST, tf.float32))[0]
    every_step, seldom = (loss_of(made, tf.constant(FIRST, tf.float32))[0] for made in (always, lazy))
    np.testing.assert_allclose(seldom - plain, 4 * (every_step - plain), rtol=1e-4)
    skipped, parts = loss_of(lazy, tf.constant(FIRST, tf.float32), penalised=False)
    np.testing.assert_array_equal(skipped, plain)
    np.testing.assert_array_equal(parts["r1"], np.zeros(4))


def test_metrics_are_those_that_are_computed():
    assert "gradient_norm" not in objective().metric_names
    assert "r1" not in objective().metric_names
    assert "auxiliary_real" in Objective(resolve_gan(GanConfig(), 32), auxiliary=True).metric_names
