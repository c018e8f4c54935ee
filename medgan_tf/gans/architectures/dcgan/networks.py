"""A small conditional DCGAN whose discriminator suits private training; not in the paper.

After Radford et al. 2016: 4x4 convolutions of stride 2, widths that double with each halving of the resolution. The
score is the label-weighted output of Miyato and Koyama 2018. Any power-of-two resolution from 16 to 512.

Private training adds the same noise to every parameter of the discriminator, and bounds the gradient of each example
alone. So the discriminator is small (14,015 parameters at 32x32 with six labels), and nothing in it mixes examples: it
has neither batch normalisation nor a minibatch deviation. The generator is not noised. It has `GENERATOR_WIDTH` times
as many channels, and normalises each pixel alone. The noise in the discriminator's kernels asks the generator for
patterns of single pixels; the last step of the generator, a fixed smoothing, has none of the finest ones.
"""

import keras
import tensorflow as tf

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.pixel_norm import pixel_norm
from medgan_tf.registry import GANS

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


@keras.saving.register_keras_serializable(package="medgan_tf")
class DcganDiscriminator(keras.Model):
    """``[images [N, R, R, 1] in -1..1, labels [N, L]]`` to float32 logits [N].

    The logit is ``sum over l of y_l (w_l . h + b_l)``, where h are the features at 4x4 pixels: one output for each
    label, and one more, with y = 1, for an image that has no label. An output for all images beside them would leave
    the labels little to say.

    Args:
        resolution: R, a power of two.
        label_count: L.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        dtype: Keras dtype policy of the convolutions; scores are float32.
    """

    def __init__(self, resolution, label_count, base_channels, max_channels, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution, self.label_count = resolution, label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}
        self.down_layers, channels = [], 1
        for r in reversed(resolution_stages(resolution)):
            side, filters = 2**r, stage_channels(r - 2, base_channels, max_channels)
            down = keras.layers.Conv2D(
                filters, KERNEL, strides=2, padding="same", name=f"{side}x{side}_down", dtype=dtype
            )
            down.build((None, side, side, channels))
            self.down_layers.append(down)
            channels = filters
        self.output_dense = keras.layers.Dense(1 + label_count, name="output", dtype="float32")
        self.output_dense.build((None, 16 * channels))
        self.build([(None, resolution, resolution, 1), (None, label_count)])

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0],)

    def get_config(self) -> dict:
        sizes = {"resolution": self.resolution, "label_count": self.label_count}
        return {**super().get_config(), **sizes, **self.options}

    def call(self, inputs, training=None):
        features, labels = inputs
        for down in self.down_layers:
            features = leaky_relu(down(features))
        flat = tf.reshape(tf.cast(features, tf.float32), [-1, self.output_dense.kernel.shape[0]])
        outputs = self.output_dense(flat)
        labels = tf.cast(labels, tf.float32)
        without = tf.nn.relu(1.0 - tf.reduce_sum(labels, axis=-1, keepdims=True))
        return tf.reduce_sum(outputs * tf.concat([without, labels], axis=-1), axis=-1)


@GANS.register("dcgan")
@keras.saving.register_keras_serializable(package="medgan_tf")
class DcganGan(ConditionalGan):
    """Small conditional DCGAN with the non-saturating loss and no penalty."""

    def make_generator(self, name: str) -> keras.Model:
        return DcganGenerator(
            self.resolution,
            self.label_count,
            self.config.latent_size,
            self.config.base_channels,
            self.config.max_channels,
            dtype=self.precision,
            name=name,
        )

    def make_discriminator(self, name: str) -> keras.Model:
        return DcganDiscriminator(
            self.resolution,
            self.label_count,
            self.config.base_channels,
            self.config.max_channels,
            dtype=self.precision,
            name=name,
        )
