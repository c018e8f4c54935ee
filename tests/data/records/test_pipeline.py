"""The order of training images: every image once per pass, resumable anywhere, other for every seed and pass."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.data.records.pipeline import image_indices, replica_order, training_batches


def indices(start, end, seed=1, count=20):
    return image_indices(seed, count, tf.range(start, end, dtype=tf.int64)).numpy()


@pytest.mark.parametrize("count", [1, 2, 7, 20, 1000])
def test_every_image_once_per_pass(count):
    order = indices(0, 4 * count, count=count).reshape(4, count)
    for epoch in order:
        np.testing.assert_array_equal(np.sort(epoch), np.arange(count))
    if count >= 7:
        assert len({tuple(epoch) for epoch in order}) == 4


def test_position_alone_decides():
    whole = indices(0, 60)
    for start in range(0, 60, 7):
        np.testing.assert_array_equal(indices(start, 60), whole[start:])


def test_seeds_differ():
    assert not np.array_equal(indices(0, 20, seed=1), indices(0, 20, seed=2))


def test_orders_are_shuffled_thoroughly():
    order = indices(0, 1000, count=1000)
    # Neighbours in the order are not neighbours in the dataset, and positions say nothing about images.
    assert np.mean(np.abs(np.diff(order)) == 1) < 0.02
    assert abs(np.corrcoef(order, np.arange(1000))[0, 1]) < 0.1


def test_batches_hold_matching_images_and_labels():
    images = np.arange(20, dtype=np.uint8).repeat(4).reshape(20, 2, 2, 1)
    labels = np.arange(20, dtype=np.float32)[:, None]
    batches = training_batches(images, labels, batch=8, seed=4, start=16, replicas=2, group=2)
    assert batches.element_spec[0].shape == (8, 2, 2, 1)
    seen = []
    for batch_images, batch_labels in batches.take(2):
        assert batch_images.dtype == np.uint8
        np.testing.assert_array_equal(batch_images.numpy()[:, 0, 0, 0], batch_labels.numpy()[:, 0].astype(np.uint8))
        seen += batch_labels.numpy()[:, 0].astype(int).tolist()
    expected = indices(16, 32, seed=4).reshape(2, 8)
    # Two replicas, groups of 2: rows 0, 1, 4, 5 first. The first batch reaches into the second pass.
    np.testing.assert_array_equal(seen, expected[:, [0, 1, 4, 5, 2, 3, 6, 7]].ravel())


def test_replicas_get_whole_groups():
    np.testing.assert_array_equal(replica_order(16, 2, 4)[:8], [0, 1, 4, 5, 8, 9, 12, 13])
    np.testing.assert_array_equal(replica_order(8, 1, 4), np.arange(8))
