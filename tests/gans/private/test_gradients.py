"""Clipped gradients of single units: norms, entries that are not finite, chunks, and convolutions."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans.private.convolutions import filter_gradient
from medgan_tf.gans.private.gradients import clipped, clipped_sum, unit_gradients


class Line(keras.Model):
    """Three numbers, of which the last one is not used."""

    def __init__(self):
        super().__init__()
        self.slope = self.add_weight(shape=(2,), initializer="ones")
        self.unused = self.add_weight(shape=(), initializer="ones")


ROWS = np.arange(14, dtype=np.float32).reshape(7, 2)


def loss_of(network):
    """The unit's row is its gradient."""
    return lambda row: (tf.reduce_sum(row * tf.convert_to_tensor(network.slope)), {"first": row[0]})


def sum_of(count, chunk, clip=1e6, **share):
    network = Line()

    @tf.function(autograph=False)
    def found(count):
        return clipped_sum(
            network, loss_of(network), lambda places: [tf.gather(ROWS, places)], count, chunk, clip, ("first",), **share
        )

    return found(tf.constant(count))


@pytest.mark.parametrize("chunk", [2, 4, 7, 9])
def test_nothing_is_cut_off_whatever_the_chunk(chunk):
    for count in (0, 1, 6, 7):
        found = sum_of(count, chunk)
        np.testing.assert_allclose(found.gradients[0], ROWS[:count].sum(0))
        assert found.gradients[1] == 0.0
        assert found.values["first"] == ROWS[:count, 0].sum()


def test_replicas_share_the_chunks():
    parts = [sum_of(7, 2, first=number, every=2).gradients[0].numpy() for number in range(2)]
    np.testing.assert_allclose(parts[0], ROWS[[0, 1, 4, 5]].sum(0))
    np.testing.assert_allclose(parts[1], ROWS[[2, 3, 6]].sum(0))


def test_each_unit_is_clipped_by_its_own_norm():
    found = sum_of(3, 2, clip=2.0).gradients[0].numpy()
    # (0, 1) stays; (2, 3) and (4, 5) come to norm 2.
    expected = ROWS[0] + sum(2 * row / np.linalg.norm(row) for row in ROWS[1:3])
    np.testing.assert_allclose(found, expected, rtol=3e-5)


def test_norm_over_all_variables_is_never_above_the_clip():
    random = np.random.default_rng(0)
    sizes = [10 ** random.uniform(-3, 3, (500, *rest)) for rest in ((1, 1), (), (1,))]
    shapes = [(500, 3, 5), (500,), (500, 40)]
    pairs = zip(shapes, sizes, strict=True)
    gradients = [tf.constant(random.standard_normal(shape) * size, tf.float32) for shape, size in pairs]
    finite, factors = clipped(gradients, 0.1)
    rows = [np.reshape(gradient, (500, -1)) * np.reshape(factors, (500, 1)) for gradient in finite]
    rows = np.concatenate(rows, axis=1)
    norms = np.linalg.norm(rows.astype(np.float64), axis=1)
    assert norms.max() <= 0.1
    assert np.median(norms) == pytest.approx(0.1, rel=1e-4)


def test_entries_that_are_not_finite_count_zero():
    rows = tf.constant([[np.nan, 3.0], [np.inf, -np.inf], [1e30, 1.0], [0.0, 0.0]], tf.float32)
    finite, factors = clipped([rows], 1.0)
    found = (finite[0] * factors[:, None]).numpy()
    np.testing.assert_allclose(found[0], [0.0, 1.0], rtol=1e-4)
    # An infinite norm: nothing, rather than 0 times infinity.
    np.testing.assert_array_equal(found[1:], np.zeros((3, 2)))


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("channels", [1, 60])
def test_gradient_of_a_filter(size, stride, padding, channels):
    """Against TensorFlow's own; 60 channels are too many for the product of patches."""
    random = np.random.default_rng(0)
    images = tf.constant(random.standard_normal((2, 7, 7, channels)), tf.float32)
    kernel = tf.constant(random.standard_normal((size, size, channels, 3)), tf.float32)
    options = {"strides": [1, stride, stride, 1], "padding": padding}
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        result = tf.nn.conv2d(images, kernel, **options)
        weights = tf.constant(random.standard_normal(result.shape), tf.float32)
        total = tf.reduce_sum(result * weights)
    rest = {"data_format": "NHWC", "dilations": [1] * 4, "explicit_paddings": []}
    found = filter_gradient(images, kernel, weights, **options, **rest)
    np.testing.assert_allclose(found, tape.gradient(total, kernel), rtol=1e-4, atol=1e-4)


def test_loops_over_units_are_not_noted(caplog):
    """TensorFlow's word about its loop would come for each convolution; the loop is known."""
    kernel = keras.layers.Conv2D(2, 3)
    network = keras.Sequential([keras.Input((6, 6, 60)), kernel])

    @tf.function(autograph=False)
    def found(images):
        return unit_gradients(network, lambda image: (tf.reduce_sum(network(image[None]) ** 2), {}), [images])[0]

    images = tf.random.stateless_normal([3, 6, 6, 60], [1, 2])
    each = found(images)
    for number in range(3):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(network(images[number : number + 1]) ** 2)
        for one, gradient in zip(tape.gradient(total, network.trainable_variables), each, strict=True):
            np.testing.assert_allclose(gradient[number], one, rtol=1e-4, atol=1e-4)
    assert not [record for record in caplog.records if "while_loop" in record.getMessage()]
