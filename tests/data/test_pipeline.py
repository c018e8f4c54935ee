"""The order of training images: every image once per pass, resumable anywhere, other for every seed and pass."""

from itertools import islice

import numpy as np

from medgan_tf.data.pipeline import epoch_order, image_positions, training_batches


def positions(steps, **settings):
    return np.concatenate(list(islice(image_positions(**settings), steps)))


def test_every_image_once_per_pass():
    order = positions(15, seed=1, count=20, batch=8, start=0)
    for epoch in range(6):
        np.testing.assert_array_equal(np.sort(order[20 * epoch : 20 * epoch + 20]), np.arange(20))
        np.testing.assert_array_equal(order[20 * epoch : 20 * epoch + 20], epoch_order(1, epoch, 20))
    assert not np.array_equal(order[:20], order[20:40])


def test_resumes_at_any_position():
    whole = positions(12, seed=1, count=20, batch=8, start=0)
    for step in range(1, 12):
        rest = positions(12 - step, seed=1, count=20, batch=8, start=8 * step)
        np.testing.assert_array_equal(rest, whole[8 * step :])


def test_batch_larger_than_the_dataset():
    order = positions(2, seed=0, count=3, batch=7, start=0)
    assert np.bincount(order[:12], minlength=3).tolist() == [4, 4, 4]


def test_seeds_differ():
    assert not np.array_equal(epoch_order(1, 0, 50), epoch_order(2, 0, 50))


def test_batches_hold_matching_images_and_labels():
    images = np.arange(20, dtype=np.uint8).repeat(4).reshape(20, 2, 2, 1)
    labels = np.arange(20, dtype=np.float32)[:, None]
    batches = training_batches(images, labels, batch=8, seed=4, start=16, replicas=2, group=2)
    seen = []
    for batch_images, batch_labels in batches.take(2):
        assert batch_images.dtype == np.uint8
        np.testing.assert_array_equal(batch_images.numpy()[:, 0, 0, 0], batch_labels.numpy()[:, 0].astype(np.uint8))
        seen += batch_labels.numpy()[:, 0].astype(int).tolist()
    expected = positions(2, seed=4, count=20, batch=8, start=16).reshape(2, 8)
    # Two replicas, groups of 2: rows 0, 1, 4, 5 first.
    np.testing.assert_array_equal(seen, expected[:, [0, 1, 4, 5, 2, 3, 6, 7]].ravel())
