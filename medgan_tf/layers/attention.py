"""Self-attention over the pixels of image features (Zhang et al. 2019; paper S.2.3)."""

import keras
import tensorflow as tf

from medgan_tf.layers.spectral import SpectralConv2D

SPLIT = 8


@keras.saving.register_keras_serializable(package="medgan_tf")
class SelfAttention(keras.layers.Layer):
    """``x + gate * attention(x)``: [N, H, W, C] to the same shape and type.

    Queries and keys have C / 8 channels, values C / 2; keys and values are max-pooled by 2. The gate is one trainable
    number that starts at 0, so the layer starts as the identity. The softmax is float32.

    Raises:
        ValueError: C is not a multiple of 8, or H or W is odd.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def build(self, features_shape):
        _, height, width, channels = features_shape
        if channels % SPLIT or height % 2 or width % 2:
            raise ValueError(
                f"attention needs a multiple of {SPLIT} channels and even sides. "
                f"Received: channels={channels}, height={height}, width={width}"
            )

        def conv(filters, name, inputs=channels):
            layer = SpectralConv2D(filters, 1, use_bias=False, name=name, dtype=self.dtype_policy)
            layer.build((None, height, width, inputs))
            return layer

        self.query = conv(channels // SPLIT, "query")
        self.key = conv(channels // SPLIT, "key")
        self.values = conv(channels // 2, "values")
        self.output_conv = conv(channels, "output", inputs=channels // 2)
        self.gate = self.add_weight(name="gate", shape=(), initializer="zeros", autocast=False)

    def call(self, features):
        _, height, width, channels = features.shape
        pixels = height * width

        def flat(tensor, count):
            return tf.reshape(tensor, [-1, count, tensor.shape[-1]])

        query = flat(self.query(features), pixels)  # [N, HW, C/8]
        key = flat(tf.nn.max_pool2d(self.key(features), 2, 2, "VALID"), pixels // 4)  # [N, HW/4, C/8]
        values = flat(tf.nn.max_pool2d(self.values(features), 2, 2, "VALID"), pixels // 4)  # [N, HW/4, C/2]
        weights = tf.nn.softmax(tf.cast(tf.matmul(query, key, transpose_b=True), tf.float32))  # [N, HW, HW/4]
        mixed = tf.matmul(tf.cast(weights, values.dtype), values)  # [N, HW, C/2]
        mixed = self.output_conv(tf.reshape(mixed, [-1, height, width, channels // 2]))
        return features + tf.cast(tf.convert_to_tensor(self.gate), features.dtype) * tf.cast(mixed, features.dtype)

    def compute_output_shape(self, features_shape):
        return features_shape
