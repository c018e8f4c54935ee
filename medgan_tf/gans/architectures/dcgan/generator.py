"""The generator of the small conditional DCGAN; see `networks`."""

import keras
import tensorflow as tf

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.pixel_norm import pixel_norm

KERNEL = 4
GENERATOR_WIDTH = 2
"""Channels of the generator for each channel of the discriminator."""
SMOOTHING = (0.25, 0.5, 0.25)
"""Weights of a pixel and its two neighbours, along rows and along columns; the edge stands for what is beyond it."""


def smoothed(images: tf.Tensor) -> tf.Tensor:
    """Images float32 [N, H, W, 1] with `SMOOTHING` applied: a pattern that alternates from pixel to pixel is gone."""
    kernel = tf.reshape(tf.tensordot(tf.constant(SMOOTHING), tf.constant(SMOOTHING), 0), [3, 3, 1, 1])
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    return tf.nn.conv2d(padded, kernel, strides=1, padding="VALID")


@keras.saving.register_keras_serializable(package="medgan_tf")
class DcganGenerator(keras.Model):
    """``[z [N, Z], labels [N, L]]`` to float32 images [N, R, R, 1], -1..1 (tanh).

    Args:
        resolution: R, a power of two.
        label_count: L.
        latent_size: Z.
        base_channels: Width rule, see `stage_channels`; times `GENERATOR_WIDTH`.
        max_channels: Width rule, see `stage_channels`; times `GENERATOR_WIDTH`.
        dtype: Keras dtype policy of the convolutions; norms and images are float32.
    """

    def __init__(self, resolution, label_count, latent_size, base_channels, max_channels, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution, self.label_count, self.latent_size = resolution, label_count, latent_size
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}

        def width(stage):
            return GENERATOR_WIDTH * stage_channels(stage, base_channels, max_channels)

        self.first_width = width(1)
        self.first_dense = keras.layers.Dense(16 * width(1), name="4x4_dense", dtype=dtype)
        self.first_dense.build((None, latent_size + label_count))
        self.up_layers = []
        for r in resolution_stages(resolution):
            side = 2**r
            filters = 1 if side == resolution else width(r - 1)
            up = keras.layers.Conv2DTranspose(
                filters, KERNEL, strides=2, padding="same", name=f"{side}x{side}_up", dtype=dtype
            )
            up.build((None, side // 2, side // 2, width(r - 2)))
            self.up_layers.append(up)
        self.build([(None, latent_size), (None, label_count)])

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], self.resolution, self.resolution, 1)

    def get_config(self) -> dict:
        sizes = {"resolution": self.resolution, "label_count": self.label_count, "latent_size": self.latent_size}
        return {**super().get_config(), **sizes, **self.options}

    def call(self, inputs, training=None):
        z, labels = inputs
        condition = tf.concat([tf.cast(z, tf.float32), tf.cast(labels, tf.float32)], axis=-1)
        features = tf.reshape(self.first_dense(condition), [-1, 4, 4, self.first_width])
        for up in self.up_layers:
            features = up(pixel_norm(leaky_relu(features)))
        return tf.tanh(smoothed(tf.cast(features, tf.float32)))
