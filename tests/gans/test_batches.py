"""Batches as a user of Keras gives them: types, orders, and what is refused."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans.batches import array_batches, as_tensors

LABELS = np.eye(3)[np.arange(8) % 3]
IMAGES = np.arange(8 * 4, dtype=np.uint8).reshape(8, 2, 2, 1) * 8


def test_bytes_and_floats_become_the_same_images():
    images, labels = as_tensors((IMAGES, LABELS.astype(np.int64)), 2, 3, 4)
    assert (images.dtype, labels.dtype) == (tf.float32, tf.float32)
    np.testing.assert_allclose(images, IMAGES / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(labels, LABELS)
    floats, _ = as_tensors((IMAGES / 127.5 - 1, LABELS), 2, 3, 4)
    np.testing.assert_allclose(floats, images, atol=1e-6)


def test_batches_of_an_unknown_size_are_checked_when_they_come():
    @tf.function(
        autograph=False,
        input_signature=[tf.TensorSpec([None, 2, 2, 1], tf.uint8), tf.TensorSpec([None, 3], tf.float64)],
    )
    def sums(images, labels):
        images, labels = as_tensors((images, labels), 2, 3, 4)
        return tf.reduce_sum(images), tf.reduce_sum(labels)

    assert float(sums(IMAGES, LABELS)[1]) == 8.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="batch a dataset with drop_remainder=True"):
        sums(IMAGES[:6], LABELS[:6])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (IMAGES, "trained on pairs.*Received: ndarray"),
        ((IMAGES, LABELS, LABELS), "trained on pairs.*Received: tuple of 3"),
        ((IMAGES[:6], LABELS[:6]), r"multiple of 4, the groups.*drop_remainder=True. Received: 6"),
        ((IMAGES.astype(np.int32), LABELS), "uint8 0..255 or float -1..1. Received: int32"),
        ((IMAGES[..., 0], LABELS), r"needs images \[N, 2, 2, 1\] and labels \[N, 3\]. Received: images \(8, 2, 2\)"),
        ((IMAGES, LABELS[:, :2]), r"labels \[N, 3\]. Received: images \(8, 2, 2, 1\), labels \(8, 2\)"),
    ],
)
def test_what_does_not_fit_is_explained(data, message):
    with pytest.raises(ValueError, match=message):
        as_tensors(data, 2, 3, 4)


def test_order_of_arrays():
    def epoch(dataset):
        return np.concatenate([images.numpy()[:, 0, 0, 0] for images, _ in dataset]) // 32

    assert epoch(array_batches(IMAGES, LABELS, 3, shuffle=False, seed=1)).tolist() == [0, 1, 2, 3, 4, 5]
    shuffled = array_batches(IMAGES, LABELS, 3, shuffle=True, seed=1)
    first, second = epoch(shuffled), epoch(shuffled)
    assert len(set(first)) == len(set(second)) == 6
    assert first.tolist() != second.tolist()
    assert epoch(array_batches(IMAGES, LABELS, 3, shuffle=True, seed=1)).tolist() == first.tolist()


@pytest.mark.parametrize(
    ("labels", "batch_size", "message"),
    [
        (None, 4, "one label vector for each image. Received: 8 images, none labels"),
        (LABELS[:7], 4, "one label vector for each image. Received: 8 images, 7 labels"),
        (LABELS, None, "one whole batch. Received: 8 images, batch_size=32"),
    ],
)
def test_arrays_that_do_not_fit_are_explained(labels, batch_size, message):
    with pytest.raises(ValueError, match=message):
        array_batches(IMAGES, labels, batch_size, shuffle=True, seed=1)
