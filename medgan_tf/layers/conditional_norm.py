"""Pixel-wise normalisation conditioned on noise and labels (paper S.2.2, equation 1)."""

import keras
import tensorflow as tf

from medgan_tf.layers.equalized import EqualizedDense
from medgan_tf.layers.pixel_norm import pixel_norm


@keras.saving.register_keras_serializable(package="medgan_tf")
class ConditionalPixelNorm(keras.layers.Layer):
    """``pixel_norm(a) * gamma + beta`` with ``gamma = W1 [z; y] + b1`` and ``beta = W2 [z; y] + b2``, in float32.

    Called with ``(features [N, H, W, C], condition [N, K])``, returns [N, H, W, C] in the layer's compute type.
    `condition` is the raw [z; y], not its normalised form.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def build(self, features_shape, condition_shape):
        channels = features_shape[-1]
        self.gamma = EqualizedDense(channels, gain=1.0, name="gamma", dtype="float32")
        self.beta = EqualizedDense(channels, gain=1.0, name="beta", dtype="float32")
        self.gamma.build(condition_shape)
        self.beta.build(condition_shape)

    def gains(self, condition):
        """gamma and beta for a condition [N, K], float32 [N, 1, 1, C] each."""
        return [tf.reshape(dense(condition), [-1, 1, 1, dense.units]) for dense in (self.gamma, self.beta)]

    def call(self, features, condition):
        gamma, beta = self.gains(condition)
        return tf.cast(pixel_norm(features) * gamma + beta, self.compute_dtype)

    def compute_output_shape(self, features_shape, condition_shape):
        return features_shape
