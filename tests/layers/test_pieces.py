"""Compiled pieces against the same operations uncompiled, and against differences."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers import pieces
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.pixel_norm import activated_norm, pixel_norm
from medgan_tf.layers.resample import downsample_average, with_average

RANDOM = np.random.default_rng(8)


def values(*shape, dtype=tf.float32):
    return tf.constant(RANDOM.standard_normal(shape), dtype)


@pytest.fixture
def compiled(monkeypatch):
    monkeypatch.setattr(pieces, "SMALLEST", 1)
    monkeypatch.setattr(pieces, "WIDEST", 8)
    with pieces.compiled_pieces():
        yield


def pieces_in(function, *inputs):
    """Names of the operations in the graph that XLA compiles."""
    graph = tf.function(function, autograph=False).get_concrete_function(*inputs).graph
    return [one.name for one in graph.get_operations() if "_XlaMustCompile" in one.node_def.attr]


def slopes(features):
    with tf.GradientTape() as tape:
        tape.watch(features)
        activated = leaky_relu(features)
    return activated, tape.gradient(activated, features)


def test_a_piece_is_compiled_only_where_it_pays(monkeypatch):
    small, large = values(10, dtype=tf.bfloat16), values(11, dtype=tf.bfloat16)
    monkeypatch.setattr(pieces, "SMALLEST", 11)
    # As in an export: outside of a training step nothing is compiled.
    assert pieces_in(slopes, large) == []
    with pieces.compiled_pieces():
        assert pieces_in(slopes, small) == []
        assert pieces_in(slopes, tf.TensorSpec([None], tf.bfloat16)) == []
        assert pieces_in(slopes, values(11)) == []
        assert len(pieces_in(slopes, large)) == 1
        with pieces.compiled_pieces(False):
            assert pieces_in(slopes, large) == []
        monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
        assert pieces_in(slopes, large) == []
    assert pieces_in(slopes, large) == []


def test_outside_of_a_training_step_there_is_no_gradient_function():
    graph = tf.function(leaky_relu, autograph=False).get_concrete_function(values(3)).graph
    assert not any("_gradient_op_type" in one.node_def.attr for one in graph.get_operations())


@pytest.mark.parametrize("in_step", [False, True])
def test_leaky_relu_by_hand(in_step):
    with pieces.compiled_pieces(in_step):
        activated, slope = slopes(tf.constant([-2.0, 0.0, 3.0]))
    np.testing.assert_allclose(activated, [-0.4, 0.0, 3.0], rtol=1e-6)
    np.testing.assert_allclose(slope, [0.2, 0.2, 1.0], rtol=1e-6)


def test_the_activation_has_no_second_derivative(compiled):
    features = values(5)
    with tf.GradientTape() as outer:
        outer.watch(features)
        _, slope = slopes(features)
    assert outer.gradient(slope, features) is None


KERNEL, GAINS = RANDOM.standard_normal((3, 4)), RANDOM.standard_normal((1, 1, 1, 4))


def penalty(images, kernel):
    """The squared gradient of a small critic, as a gradient penalty takes it: [N, 4, 4, 3] and [3, 4] to a scalar."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        features, averages = with_average(leaky_relu(images @ kernel))
        score = tf.reduce_sum(leaky_relu(downsample_average(features) - averages**2) ** 3)
        score += tf.reduce_sum(tf.sin(features) * GAINS)
    return tf.reduce_sum(tape.gradient(score, images) ** 2)


@pytest.mark.parametrize("in_graph", [False, True])
def test_a_gradient_penalty_has_the_derivatives_of_differences(compiled, in_graph):
    images = values(2, 4, 4, 3, dtype=tf.float64)

    def derivative(kernel):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            value = penalty(images, kernel)
        return tape.gradient(value, kernel)

    found = (tf.function(derivative, autograph=False) if in_graph else derivative)(tf.constant(KERNEL)).numpy()
    for place in np.ndindex(3, 4):
        step = np.zeros((3, 4))
        step[place] = 1e-6
        difference = (penalty(images, tf.constant(KERNEL + step)) - penalty(images, tf.constant(KERNEL - step))) / 2e-6
        np.testing.assert_allclose(found[place], difference, rtol=1e-5)


def test_the_norm_and_its_gradients_are_those_of_the_plain_operations(compiled):
    features, gamma, beta = values(3, 2, 2, 5), values(3, 1, 1, 5), values(3, 1, 1, 5)
    upstream = values(3, 2, 2, 5)

    def plain(features, gamma, beta):
        return pixel_norm(tf.nn.leaky_relu(features, 0.2)) * gamma + beta

    def derivatives(function):
        inputs = [features, gamma, beta]
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            with tf.GradientTape() as inner:
                inner.watch(inputs)
                result = function(*inputs)
            first = inner.gradient(result, inputs, upstream)
            square = tf.add_n([tf.reduce_sum(one**2) for one in first])
        return [result, *first, *outer.gradient(square, inputs[:2])]

    for ours, theirs in zip(derivatives(activated_norm), derivatives(plain), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


def test_a_piece_within_a_compiled_function(compiled):
    features = values(3, 4)
    activated, slope = tf.function(slopes, jit_compile=True, autograph=False)(features)
    np.testing.assert_allclose(activated, tf.nn.leaky_relu(features, 0.2), rtol=1e-6)
    np.testing.assert_array_equal(slope, np.where(features > 0, np.float32(1), np.float32(0.2)))


def test_bfloat16_stays(compiled):
    features = tf.cast(values(2, 4, 4, 3), tf.bfloat16)
    norm = activated_norm(features, values(2, 1, 1, 3), values(2, 1, 1, 3))
    assert {norm.dtype, leaky_relu(features).dtype, with_average(features)[1].dtype} == {tf.bfloat16}
