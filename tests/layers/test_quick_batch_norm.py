"""Batch normalization by kernel and by products against Keras's own, with its gradients and moving statistics."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers import quick_batch_norm
from medgan_tf.layers.quick_batch_norm import QuickBatchNormalization


def results(layer, images, upstream):
    """Outputs, gradients by images, gamma and beta, then the weights with the moving statistics after one step."""

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            tape.watch(images)
            found = layer(images, training=True)
        return found, *tape.gradient(found, [images, layer.gamma.value, layer.beta.value], upstream)

    return [*step(), *layer.get_weights()]


def pair(size, **settings):
    """Keras's layer and the quick one with the same weights; `settings` of both."""
    random = np.random.default_rng(1)
    layers = [kind(**settings) for kind in (keras.layers.BatchNormalization, QuickBatchNormalization)]
    weights = [random.uniform(0.5, 2, size) for _ in range(4)]
    for layer in layers:
        layer.build([None, 2, 3, size])
        layer.set_weights(weights)
    return layers


@pytest.mark.parametrize("few", [0, 2**17])
@pytest.mark.parametrize("shape", [(5, 2, 3, 4), (1, 1, 2, 4), (3, 1, 1, 4)])
def test_trains_as_keras(monkeypatch, few, shape):
    monkeypatch.setattr(quick_batch_norm, "_FEW", few)
    random = np.random.default_rng(0)
    images, upstream = (tf.constant(random.normal(size=shape) * 2 + 3, tf.float32) for _ in range(2))
    plain, quick = pair(4, momentum=0.7, epsilon=1e-2)
    for one, other in zip(results(quick, images, upstream), results(plain, images, upstream), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_batch_of_unknown_size_trains_as_keras():
    images = np.random.default_rng(0).normal(size=(5, 2, 3, 4)).astype(np.float32)
    found = []
    for layer in pair(4):
        call = tf.function(lambda x, layer=layer: layer(x, training=True), autograph=False)
        found.append(
            [call.get_concrete_function(tf.TensorSpec([None, 2, 3, 4]))(tf.constant(images)), *layer.get_weights()]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_outside_of_training_and_frozen_it_is_keras_own():
    images = np.random.default_rng(0).normal(size=(5, 2, 3, 4)).astype(np.float32)
    plain, quick = pair(4)
    np.testing.assert_array_equal(quick(images, training=False), plain(images, training=False))
    quick.trainable = plain.trainable = False
    np.testing.assert_array_equal(quick(images, training=True), plain(images, training=True))
    for one, other in zip(quick.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("settings", [{"scale": False}, {"center": False}, {"axis": 1}])
def test_other_settings_stay_keras_own(settings):
    images = np.random.default_rng(0).normal(size=(5, 4, 3, 4)).astype(np.float32)
    plain, quick = (kind(**settings) for kind in (keras.layers.BatchNormalization, QuickBatchNormalization))
    np.testing.assert_array_equal(quick(images, training=True), plain(images, training=True))


def test_bfloat16_in_and_out():
    layer = QuickBatchNormalization(dtype="mixed_bfloat16")
    found = layer(tf.constant(np.random.default_rng(0).normal(size=(5, 2, 3, 4)), tf.bfloat16), training=True)
    assert found.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.reduce_mean(tf.cast(found, tf.float32), axis=[0, 1, 2]), np.zeros(4), atol=0.02)
