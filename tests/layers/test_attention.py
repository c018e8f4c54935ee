"""Self-attention: the identity at first, the formula afterwards."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers.attention import SelfAttention

FEATURES = np.random.default_rng(2).standard_normal((2, 4, 6, 16)).astype(np.float32)


def attention():
    layer = SelfAttention()
    layer.build((None, 4, 6, 16))
    return layer


def test_starts_as_the_identity_and_can_learn():
    layer = attention()
    assert float(layer.gate) == 0.0
    np.testing.assert_array_equal(layer(FEATURES), FEATURES)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(FEATURES) - 1.0))
    assert abs(float(tape.gradient(loss, layer.gate.value))) > 1e-3


def test_against_numpy():
    layer = attention()
    layer.gate.assign(0.7)
    query, key, values, output = (
        layer_.normalised_kernel().numpy()[0, 0] for layer_ in (layer.query, layer.key, layer.values, layer.output_conv)
    )
    assert (query.shape, key.shape, values.shape, output.shape) == ((16, 2), (16, 2), (16, 8), (8, 16))

    def pooled(features):
        return features.reshape(2, 2, 2, 3, 2, -1).max(axis=(2, 4)).reshape(2, 6, -1)

    scores = (FEATURES @ query).reshape(2, 24, 2) @ pooled(FEATURES @ key).transpose(0, 2, 1)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    mixed = (weights @ pooled(FEATURES @ values) @ output).reshape(FEATURES.shape)
    np.testing.assert_allclose(layer(FEATURES), FEATURES + 0.7 * mixed, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(None, 4, 4, 12), (None, 5, 4, 16)])
def test_what_it_cannot_split(shape):
    with pytest.raises(ValueError, match=f"multiple of 8 channels and even sides. Received: channels={shape[3]}"):
        SelfAttention().build(shape)
