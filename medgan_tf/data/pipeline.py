"""Training batches in an order that is a function of (seed, images seen), so that a resumed run reads on where it
stopped."""

import zlib
from collections.abc import Iterator

import numpy as np
import tensorflow as tf


def epoch_order(seed: int, epoch: int, count: int) -> np.ndarray:
    """The order of one pass over the training images: a permutation of 0 .. count - 1, int64."""
    stream = zlib.crc32(b"training order")
    return np.random.Generator(np.random.Philox(key=[(seed << 32) + stream, epoch])).permutation(count)


def replica_order(batch: int, replicas: int, group: int) -> np.ndarray:
    """Where the rows of a global batch go so that each replica's consecutive share keeps the groups whole.

    The counterpart of `gans.draws.replica_rows`: position k of the result is the row that comes k-th, [batch] int64.
    """
    rows = np.arange(batch).reshape(group, replicas, batch // (group * replicas))
    return rows.transpose(1, 0, 2).reshape(-1)


def image_positions(seed: int, count: int, batch: int, start: int) -> Iterator[np.ndarray]:
    """Indices [batch] of the images of each step, for ever, from the position `start` (images seen).

    Every image comes once per pass; a batch may join the end of one pass and the beginning of the next.
    """
    epoch, offset = divmod(start, count)
    order = epoch_order(seed, epoch, count)
    while True:
        parts, wanted = [], batch
        while wanted:
            part = order[offset : offset + wanted]
            parts.append(part)
            wanted -= len(part)
            offset += len(part)
            if offset == count:
                epoch, offset = epoch + 1, 0
                order = epoch_order(seed, epoch, count)
        yield np.concatenate(parts)


def training_batches(
    images: np.ndarray, labels: np.ndarray, *, batch: int, seed: int, start: int = 0, replicas: int = 1, group: int = 1
) -> tf.data.Dataset:
    """Endless training batches.

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
    rows = replica_order(batch, replicas, group)

    def batches():
        for positions in image_positions(seed, len(images), batch, start):
            chosen = positions[rows]
            yield images[chosen], labels[chosen]

    signature = (
        tf.TensorSpec([batch, *images.shape[1:]], tf.uint8),
        tf.TensorSpec([batch, labels.shape[1]], tf.float32),
    )
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(tf.data.AUTOTUNE)
