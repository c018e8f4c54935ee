"""Batch normalisation over all replicas, plain and conditioned on noise and labels (paper S.2.3)."""

import keras
import tensorflow as tf

from medgan_tf.layers.spectral import SpectralDense

EPSILON = 1e-5
MOVING_SHARE = 0.1


def batch_moments(features: tf.Tensor) -> tf.Tensor:
    """Mean and population variance of each channel over the batch of all replicas, float32 [2, C].

    The variance is taken around the common mean, in a second pass, which loses no digits.

    Args:
        features: float32 [N, H, W, C], this replica's rows.
    """
    mean = _over_replicas(tf.reduce_mean(features, axis=[0, 1, 2]))
    return tf.stack([mean, _over_replicas(tf.reduce_mean(tf.square(features - mean), axis=[0, 1, 2]))])


def _over_replicas(values: tf.Tensor) -> tf.Tensor:
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return values
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, values)


@keras.saving.register_keras_serializable(package="medgan_tf")
class BatchNorm(keras.layers.Layer):
    """``(a - mean) / sqrt(variance + 1e-5) * gamma + beta``: [N, H, W, C] in the layer's compute type.

    In training the moments of the batch are used, and each call moves the stored ones towards them by `moving_share`.
    Otherwise the stored moments are used. Moments are float32.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def build(self, features_shape):
        channels = features_shape[-1]
        self.add_moments(channels)
        self.gamma = self.add_weight(name="gamma", shape=(channels,), initializer="ones", autocast=False)
        self.beta = self.add_weight(name="beta", shape=(channels,), initializer="zeros", autocast=False)

    def add_moments(self, channels: int) -> None:
        """Creates the stored moments [2, C], mean 0 and variance 1, and the share of a new batch in them."""
        state = {"trainable": False, "aggregation": "only_first_replica", "autocast": False}
        start = keras.initializers.Constant([[0.0] * channels, [1.0] * channels])
        self.moments = self.add_weight(name="moments", shape=(2, channels), initializer=start, **state)
        share = keras.initializers.Constant(MOVING_SHARE)
        self.moving_share = self.add_weight(name="moving_share", shape=(), initializer=share, **state)

    def normalise(self, features: tf.Tensor, training: bool | None) -> tf.Tensor:
        """Features float32 with mean 0 and variance 1 in each channel."""
        features = tf.cast(features, tf.float32)
        stored = tf.convert_to_tensor(self.moments)
        moments = stored
        if training:
            moments = batch_moments(features)
            share = tf.convert_to_tensor(self.moving_share)
            # A sum of two products: with the share 1 nothing is left of what was stored, not even its rounding.
            self.moments.assign(share * tf.stop_gradient(moments) + (1.0 - share) * stored)
        return (features - moments[0]) * tf.math.rsqrt(moments[1] + EPSILON)

    def call(self, features, training=None):
        normal = self.normalise(features, training)
        scaled = normal * tf.convert_to_tensor(self.gamma) + tf.convert_to_tensor(self.beta)
        return tf.cast(scaled, self.compute_dtype)

    def compute_output_shape(self, features_shape):
        return features_shape


@keras.saving.register_keras_serializable(package="medgan_tf")
class ConditionalBatchNorm(BatchNorm):
    """Batch normalisation with ``gamma = 1 + W1 c`` and ``beta = W2 c``, both dense layers spectrally normalised.

    Called with ``(features [N, H, W, C], condition [N, K])``; the condition is a part of z concatenated with y.
    """

    def build(self, features_shape, condition_shape):
        channels = features_shape[-1]
        self.add_moments(channels)
        self.gamma = SpectralDense(channels, use_bias=False, name="gamma", dtype="float32")
        self.beta = SpectralDense(channels, use_bias=False, name="beta", dtype="float32")
        self.gamma.build(condition_shape)
        self.beta.build(condition_shape)

    def call(self, features, condition, training=None):
        shape = [-1, 1, 1, features.shape[-1]]
        gamma = 1.0 + tf.reshape(self.gamma(condition), shape)
        beta = tf.reshape(self.beta(condition), shape)
        return tf.cast(self.normalise(features, training) * gamma + beta, self.compute_dtype)

    def compute_output_shape(self, features_shape, condition_shape):
        return features_shape


def batch_norms(network: keras.Model) -> list[BatchNorm]:
    """All batch normalisations of a network, however deep."""
    return [layer for layer in network._flatten_layers(include_self=False) if isinstance(layer, BatchNorm)]
