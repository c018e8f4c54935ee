"""Minibatch standard deviation (Karras et al. 2018, section 3; paper S.2.1)."""

import keras
import tensorflow as tf

EPSILON = 1e-8


def join_batches(first: tf.Tensor, second: tf.Tensor, group: int) -> tf.Tensor:
    """Two batches [N, ...] as one [2N, ...] in which no group of `MinibatchStddev` holds examples of both."""
    rest = first.shape[1:]
    parts = [tf.reshape(batch, [group, -1, *rest]) for batch in (first, second)]
    return tf.reshape(tf.concat(parts, axis=1), [-1, *rest])


def part_batches(joined: tf.Tensor, group: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The two batches [N, ...] that `join_batches` joined."""
    rest = joined.shape[1:]
    first, second = tf.split(tf.reshape(joined, [group, -1, *rest]), 2, axis=1)
    return tf.reshape(first, [-1, *rest]), tf.reshape(second, [-1, *rest])


class MinibatchStddev(keras.layers.Layer):
    """Appends one channel with the deviation of each group of examples, in float32.

    Examples i, i + N/group, i + 2 N/group, ... form a group; their standard deviation (population variance,
    ``sqrt(var + 1e-8)``) is averaged over channels and pixels. [N, H, W, C] to [N, H, W, C + 1].

    Args:
        group: Examples per group; the batch must be a multiple of it.
    """

    def __init__(self, group: int = 4, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.group = group

    def call(self, features):
        shape = tf.shape(features)
        _, height, width, channels = features.shape
        grouped = tf.cast(
            tf.reshape(features, [self.group, -1, height, width, channels]), tf.float32
        )  # [G, M, H, W, C]
        centred = grouped - tf.reduce_mean(grouped, axis=0, keepdims=True)
        deviation = tf.sqrt(tf.reduce_mean(tf.square(centred), axis=0) + EPSILON)  # [M, H, W, C]
        deviation = tf.reduce_mean(deviation, axis=[1, 2, 3], keepdims=True)  # [M, 1, 1, 1]
        channel = tf.broadcast_to(tf.tile(deviation, [self.group, 1, 1, 1]), [shape[0], height, width, 1])
        return tf.concat([features, tf.cast(channel, features.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict:
        return {**super().get_config(), "group": self.group}
