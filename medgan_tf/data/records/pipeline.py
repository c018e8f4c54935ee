"""Training batches in an order that is a function of (seed, images seen), so that a resumed run reads on where it
stopped.

Everything is TensorFlow operations on the images in host memory: no Python runs between the steps.
"""

import zlib

import numpy as np
import tensorflow as tf


def image_indices(seed: int, count: int, positions: tf.Tensor) -> tf.Tensor:
    """The image at each position of the run.

    Every image comes once in each pass of `count` positions, in an order of its own for each seed and pass.

    Args:
        seed: Seed of the order.
        count: Number of images.
        positions: int64 [K], images seen before.

    Returns:
        int64 [K], 0 .. count - 1.
    """
    epochs, offsets = positions // count, positions % count
    stream = zlib.crc32(b"training order") & 0x7FFFFFFF
    fixed = tf.constant([seed & 0x7FFFFFFF, stream], tf.int64)
    keys = tf.concat([tf.tile(fixed[None], [tf.size(positions), 1]), epochs[:, None]], axis=1)
    # The operation itself, because `tf.random.experimental.index_shuffle` cannot take a key for each index.
    last = tf.constant(count - 1, tf.int64)
    return tf.raw_ops.RandomIndexShuffle(index=offsets, seed=tf.cast(keys, tf.int32), max_index=last, rounds=8)


def replica_order(batch: int, replicas: int, group: int) -> np.ndarray:
    """Where the rows of a global batch go so that each replica's consecutive share keeps the groups whole.

    The counterpart of `gans.draws.replica_rows`: position k of the result is the row that comes k-th, [batch] int64.
    """
    rows = np.arange(batch).reshape(group, replicas, batch // (group * replicas))
    return rows.transpose(1, 0, 2).reshape(-1)


def training_batches(
    images: np.ndarray, labels: np.ndarray, *, batch: int, seed: int, start: int = 0, replicas: int = 1, group: int = 1
) -> tf.data.Dataset:
    """Endless training batches; a batch may join the end of one pass and the beginning of the next.

    Args:
        images: uint8 [N, R, R, 1].
        labels: float32 [N, L].
        batch: Images per step over all replicas.
        seed: Seed of the order.
        start: Images seen before the first batch.
        replicas: Replicas that share a batch.
        group: Examples per group of the minibatch standard deviation.

    Returns:
        Dataset of (uint8 [batch, R, R, 1], float32 [batch, L]).
    """
    with tf.device("/CPU:0"):
        all_images, all_labels = tf.constant(images), tf.constant(labels)
    rows = tf.constant(replica_order(batch, replicas, group), tf.int64)

    def gather(first: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        chosen = image_indices(seed, len(images), first + rows)
        chosen = tf.ensure_shape(chosen, [batch])
        return tf.gather(all_images, chosen), tf.gather(all_labels, chosen)

    options = tf.data.Options()
    # Nothing here is tuned, and the tuner's thread sleeps up to a minute before an iterator can be freed.
    options.autotune.enabled = False
    firsts = tf.data.Dataset.range(start, np.iinfo(np.int64).max, batch)
    return firsts.map(gather, num_parallel_calls=1).prefetch(2).with_options(options)
