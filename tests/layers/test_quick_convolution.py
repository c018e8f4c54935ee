"""Convolutions by products against Keras's own, forwards and backwards, and where Keras's own stays."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers.quick_convolution import QuickConv2D

CASES = [
    # height, width, kernel, further settings
    (1, 1, 1, {}),
    (2, 3, 1, {}),
    (8, 8, 1, {"padding": "same", "use_bias": True, "activation": "relu"}),
    (1, 1, 3, {"padding": "same"}),
    (2, 2, 3, {"padding": "same", "use_bias": True}),
    (2, 1, 3, {"padding": "same"}),
    (2, 2, 1, {"strides": 2}),
    (2, 2, 3, {"dilation_rate": 2, "padding": "same"}),
]


def results(layer, images, upstream):
    weights = layer.trainable_variables
    with tf.GradientTape() as tape:
        tape.watch(images)
        found = layer(images)
    return [found, *tape.gradient(found, [images, *(weight.value for weight in weights)], upstream)]


@pytest.mark.parametrize(("height", "width", "kernel", "settings"), CASES)
def test_equals_keras(height, width, kernel, settings):
    random = np.random.default_rng(0)
    plain = keras.layers.Conv2D(4, kernel, **{"use_bias": False, **settings})
    quick = QuickConv2D.from_config(plain.get_config())
    images = tf.constant(random.normal(size=(3, height, width, 5)), tf.float32)
    shape = plain(images).shape
    quick.build(images.shape)
    quick.set_weights(plain.get_weights())
    upstream = tf.constant(random.normal(size=shape), tf.float32)
    for one, other in zip(results(quick, images, upstream), results(plain, images, upstream), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("side", "kernel", "convolutions"), [(2, 3, 0), (3, 3, 1), (8, 1, 0), (9, 1, 1)])
def test_small_maps_need_no_convolution(side, kernel, convolutions):
    layer = QuickConv2D(4, kernel, padding="same")
    layer.build([None, side, side, 5])
    function = tf.function(layer, input_signature=[tf.TensorSpec([None, side, side, 5])], autograph=False)
    operations = [operation.type for operation in function.get_concrete_function().graph.get_operations()]
    assert operations.count("Conv2D") == convolutions
    assert ("MatMul" in operations) == (not convolutions)
