"""Randomness without state: every draw is a function of (seed, stream name, images seen), cut into replicas.

So a run that is killed and resumed draws what an unbroken one draws, and the number of replicas changes nothing.
"""

import zlib

import tensorflow as tf


def draw_seed(seed: int, stream: str, images_seen: tf.Tensor | int) -> tf.Tensor:
    """Seed pair of one stream ("latents of the discriminator step", ...) at one position of the run."""
    name = zlib.crc32(stream.encode()) & 0x7FFFFFFF
    pair = tf.constant([seed & 0x7FFFFFFF, name], tf.int32)
    return tf.random.experimental.stateless_fold_in(pair, tf.cast(images_seen, tf.int64), alg="philox")


def normal(seed: tf.Tensor, shape: list[int]) -> tf.Tensor:
    """Standard normal float32 values, the same on every device."""
    return tf.random.stateless_normal(shape, seed, alg="philox")


def uniform(seed: tf.Tensor, shape: list[int]) -> tf.Tensor:
    """Uniform float32 values in [0, 1), the same on every device."""
    return tf.random.stateless_uniform(shape, seed, alg="philox")


def draw_labels(seed: tf.Tensor, count: int, combinations: tf.Tensor, cumulative_counts: tf.Tensor) -> tf.Tensor:
    """Label vectors with the frequencies of the training set.

    Args:
        seed: Seed pair.
        count: How many.
        combinations: float32 [K, L], the distinct label vectors.
        cumulative_counts: int64 [K], running sum of their image counts.

    Returns:
        float32 [count, L].
    """
    total = cumulative_counts[-1]
    image = tf.random.stateless_uniform([count], seed, minval=0, maxval=total, dtype=tf.int64, alg="philox")
    return tf.gather(combinations, tf.searchsorted(cumulative_counts, image, side="right"))


def replica_rows(values: tf.Tensor, replica: tf.Tensor | int, replicas: int, group: int) -> tf.Tensor:
    """The rows of a global batch that one replica works on.

    The minibatch standard deviation joins rows i, i + N/group, ... . Cutting every one of these `group` stretches,
    instead of the whole batch, keeps each group on one replica, so that R replicas compute what one computes.

    Args:
        values: [N, ...]; N is a multiple of ``group * replicas``.
        replica: 0 .. replicas - 1.
        replicas: Number of replicas.
        group: Rows per group.

    Returns:
        [N / replicas, ...]
    """
    if replicas == 1:
        return values
    rest = values.shape[1:]
    parts = tf.reshape(values, [group, replicas, -1, *rest])
    return tf.reshape(tf.gather(parts, replica, axis=1), [-1, *rest])
