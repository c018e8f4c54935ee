"""Draws depend on seed, stream and position alone, and are cut into replicas without breaking groups."""

import numpy as np
import tensorflow as tf

from medgan_tf.data.records.pipeline import replica_order
from medgan_tf.gans import draws


def test_draws_are_a_function_of_seed_stream_and_position():
    def draw(seed, stream, images_seen):
        return draws.normal(draws.draw_seed(seed, stream, images_seen), [4]).numpy()

    np.testing.assert_array_equal(draw(1, "a", 64), draw(1, "a", 64))
    for other in (draw(2, "a", 64), draw(1, "b", 64), draw(1, "a", 96)):
        assert not np.any(draw(1, "a", 64) == other)


def test_normal_draws_are_standard_normal():
    sample = draws.normal(draws.draw_seed(5, "latents", 10**12), [20000]).numpy()
    assert abs(sample.mean()) < 0.03
    assert abs(sample.std() - 1) < 0.03


def test_labels_come_with_the_training_set_frequencies():
    combinations = tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    labels = draws.draw_labels(draws.draw_seed(0, "l", 0), 30000, combinations, tf.constant([10, 40, 100], tf.int64))
    shares = [np.mean((labels.numpy() == row).all(axis=1)) for row in combinations.numpy()]
    np.testing.assert_allclose(shares, [0.1, 0.3, 0.6], atol=0.015)


def test_labels_come_with_counts_that_are_given():
    """600, 300 and 100 of 1,000: the standard deviations of 20,000 draws are 69, 65 and 42."""
    table = draws.LabelTable.of_counts(np.array([[1, 0], [0, 1], [1, 1]], np.uint8), np.array([600, 300, 100]))
    assert (table.combinations.dtype, table.cumulative_counts.tolist()) == (np.float32, [600, 900, 1000])
    labels = table.draw(draws.draw_seed(1, "x", 0), [20_000, 2]).numpy()
    _, counts = np.unique(labels, axis=0, return_counts=True)
    assert np.abs(counts - [6000, 12_000, 2000]).max() < 280


def test_replicas_get_whole_groups():
    # 16 rows in groups of 4 (i, i + 4, i + 8, i + 12), two replicas.
    rows = tf.range(16)
    first, second = (draws.replica_rows(rows, replica, 2, 4).numpy() for replica in (0, 1))
    np.testing.assert_array_equal(first, [0, 1, 4, 5, 8, 9, 12, 13])
    np.testing.assert_array_equal(second, [2, 3, 6, 7, 10, 11, 14, 15])
    np.testing.assert_array_equal(draws.replica_rows(rows, 0, 1, 4), rows)


def test_images_and_draws_are_cut_alike():
    rows = tf.range(48)
    for replicas in (1, 2, 3):
        cut = [draws.replica_rows(rows, replica, replicas, 4).numpy() for replica in range(replicas)]
        np.testing.assert_array_equal(np.concatenate(cut), replica_order(48, replicas, 4))
