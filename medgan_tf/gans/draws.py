"""Randomness without state: every draw is a function of (seed, stream name, images seen), cut into replicas.

So a run that is killed and resumed draws what an unbroken one draws, and the number of replicas changes nothing.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from medgan_tf.gans import replicas as replica_context


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
        count: Number of label vectors.
        combinations: float32 [K, L], the distinct label vectors.
        cumulative_counts: int64 [K], running sum of their image counts.

    Returns:
        float32 [count, L].
    """
    total = cumulative_counts[-1]
    image = tf.random.stateless_uniform([count], seed, minval=0, maxval=total, dtype=tf.int64, alg="philox")
    return tf.gather(combinations, tf.searchsorted(cumulative_counts, image, side="right"))


@dataclass(frozen=True)
class LabelTable:
    """The label vectors of a training set, or, in a private training, its noisy numbers of patients by label vector.

    Attributes:
        combinations: float32 [K, L], the distinct ones.
        cumulative_counts: int64 [K], running sum of their counts.
    """

    combinations: np.ndarray
    cumulative_counts: np.ndarray

    @classmethod
    def of(cls, labels: np.ndarray) -> "LabelTable":
        """The table of labels [N, L]."""
        combinations, counts = np.unique(np.asarray(labels, np.float32), axis=0, return_counts=True)
        return cls.of_counts(combinations, counts)

    @classmethod
    def of_counts(cls, combinations: np.ndarray, counts: np.ndarray) -> "LabelTable":
        """The table of label vectors [K, L] with a whole count, at least 1, of each."""
        return cls(np.asarray(combinations, np.float32), np.cumsum(counts, dtype=np.int64))

    def draw(self, seed: tf.Tensor, shape: list) -> tf.Tensor:
        """Label vectors with the frequencies of the training set, float32 [shape[0], L]."""
        return draw_labels(seed, shape[0], tf.constant(self.combinations), tf.constant(self.cumulative_counts))


@dataclass(frozen=True)
class BatchDraws:
    """Draws for the rows that one replica has of a global batch.

    Attributes:
        seed: Seed of the run.
        images_seen: int64 scalar variable, the position of the run.
        group_size: Rows per group of the minibatch standard deviation.
    """

    seed: int
    images_seen: tf.Variable
    group_size: int

    def __call__(self, stream: str, batch: tf.Tensor | int, draw: Callable, *shape: int) -> tf.Tensor:
        """This replica's rows [batch, ...] of what is drawn for all.

        Args:
            stream: Names the draw; two names are independent.
            batch: Rows of this replica.
            draw: ``(seed pair, [rows of all replicas, *shape]) -> values``, as `normal`.
            shape: Shape of one row.
        """
        pair = draw_seed(self.seed, stream, self.images_seen)
        values = draw(pair, [replica_context.global_batch(batch), *shape])
        count = replica_context.replica_count()
        return replica_rows(values, replica_context.replica_number(), count, self.group_size)


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
