"""Minibatch standard deviation (Karras et al. 2018, section 3; paper S.2.1)."""

import keras
import tensorflow as tf

EPSILON = 1e-8


def concat_batches(first: tf.Tensor, second: tf.Tensor, group_size: int) -> tf.Tensor:
    """Two batches [N, ...] as one [2N, ...] in which no group of `MinibatchStddev` holds examples of both."""
    rest = first.shape[1:]
    parts = [tf.reshape(batch, [group_size, -1, *rest]) for batch in (first, second)]
    return tf.reshape(tf.concat(parts, axis=1), [-1, *rest])


def split_batches(both: tf.Tensor, group_size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The two batches [N, ...] that `concat_batches` put together."""
    rest = both.shape[1:]
    first, second = tf.split(tf.reshape(both, [group_size, -1, *rest]), 2, axis=1)
    return tf.reshape(first, [-1, *rest]), tf.reshape(second, [-1, *rest])


@keras.saving.register_keras_serializable(package="medgan_tf")
class MinibatchStddev(keras.layers.Layer):
    """Appends one channel with the deviation of each group of examples, in float32.

    Examples i, i + N/group_size, i + 2 N/group_size, ... form a group; their standard deviation (population variance,
    ``sqrt(var + 1e-8)``) is averaged over channels and pixels. [N, H, W, C] to [N, H, W, C + 1].

    Args:
        group_size: Examples per group; the batch must be a multiple of it.
    """

    def __init__(self, group_size: int = 4, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.group_size = group_size

    def call(self, features):
        shape = tf.shape(features)
        _, height, width, channels = features.shape
        grouped = tf.cast(
            tf.reshape(features, [self.group_size, -1, height, width, channels]), tf.float32
        )  # [G, M, H, W, C]
        centred = grouped - tf.reduce_mean(grouped, axis=0, keepdims=True)
        deviation = tf.sqrt(tf.reduce_mean(tf.square(centred), axis=0) + EPSILON)  # [M, H, W, C]
        deviation = tf.reduce_mean(deviation, axis=[1, 2, 3], keepdims=True)  # [M, 1, 1, 1]
        channel = tf.broadcast_to(tf.tile(deviation, [self.group_size, 1, 1, 1]), [shape[0], height, width, 1])
        return tf.concat([features, tf.cast(channel, features.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict:
        return {**super().get_config(), "group_size": self.group_size}
