"""The generator of prog-GAN; see `networks` for its sources."""

import math

import keras
import tensorflow as tf

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.growth import Growth
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedDenseReshape
from medgan_tf.layers.pixel_norm import pixel_norm
from medgan_tf.layers.resample import EqualizedUpConv2D, upsample_nearest

GAIN = math.sqrt(2)


def built(layer: keras.layers.Layer, shape: tuple) -> keras.layers.Layer:
    layer.build(shape)
    return layer


@keras.saving.register_keras_serializable(package="medgan_tf")
class ProgressiveGenerator(keras.Model):
    """``[z [N, Z], labels [N, L]]`` to float32 images [N, R, R, 1] at the current level of detail, repeated to R.

    Args:
        growth: State of growth, shared with the discriminator.
        label_count: L.
        latent_size: Z.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        dtype: Keras dtype policy of the convolutions; norms and images are float32.
    """

    def __init__(
        self, growth: Growth, label_count, latent_size, base_channels, max_channels, dtype="float32", **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        self.growth = growth
        self.latent_size = latent_size
        self.label_count = label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}

        def width(stage):
            return stage_channels(stage, base_channels, max_channels)

        def to_image(channels, level):
            layer = EqualizedConv2D(1, 1, gain=1.0, name=f"to_image_level{level}", dtype=dtype)
            side = growth.resolution >> level
            return built(layer, (None, side, side, channels))

        first_dense = EqualizedDenseReshape(width(1), 4, gain=GAIN / 4, name="4x4_dense", dtype=dtype)
        self.first_dense = built(first_dense, (None, latent_size + label_count))
        first_conv = EqualizedConv2D(width(1), 3, gain=GAIN, name="4x4_conv", dtype=dtype)
        self.first_conv = built(first_conv, (None, 4, 4, width(1)))
        # Index 0 is 4x4, then one more for every doubling.
        self.to_images = [to_image(width(1), growth.last_level)]
        self.up_layers, self.conv_layers = [], []
        for r in resolution_stages(growth.resolution):
            low, high, side = width(r - 2), width(r - 1), 2**r
            up = EqualizedUpConv2D(high, gain=GAIN, fan_in_axis="input", name=f"{side}x{side}_up", dtype=dtype)
            self.up_layers.append(built(up, (None, side // 2, side // 2, low)))
            conv = EqualizedConv2D(high, 3, gain=GAIN, name=f"{side}x{side}_conv", dtype=dtype)
            self.conv_layers.append(built(conv, (None, side, side, high)))
            self.to_images.append(to_image(high, growth.last_level + 2 - r))
        self.compute = self.first_dense.compute_dtype
        self.build([(None, latent_size), (None, label_count)])

    @property
    def resolution(self) -> int:
        """R."""
        return self.growth.resolution

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], self.resolution, self.resolution, 1)

    def get_config(self) -> dict:
        sizes = {"label_count": self.label_count, "latent_size": self.latent_size}
        growth = keras.saving.serialize_keras_object(self.growth)
        return {**super().get_config(), "growth": growth, **sizes, **self.options}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A network with a state of growth of its own."""
        return cls(**{**config, "growth": keras.saving.deserialize_keras_object(config["growth"])})

    def _activate(self, features):
        return tf.cast(pixel_norm(leaky_relu(features)), self.compute)

    def call(self, inputs, training=None):
        z, labels = inputs
        condition = tf.concat([tf.cast(z, tf.float32), tf.cast(labels, tf.float32)], axis=-1)
        features = self._activate(self.first_dense(pixel_norm(condition)))
        features = self._activate(self.first_conv(features))
        doublings, below = self.growth.last_level - self.growth.level, None
        for number in range(doublings):
            below = features
            features = self._activate(self.up_layers[number](features))
            features = self._activate(self.conv_layers[number](features))
        images = tf.cast(self.to_images[doublings](features), tf.float32)
        if self.growth.fading:
            lower = tf.cast(self.to_images[doublings - 1](below), tf.float32)
            images = self.growth.blend(upsample_nearest(lower), images)
        return self.growth.to_full(images)

    def published_layers(self) -> dict[str, keras.layers.Layer]:
        """Our layers under the published code's names."""
        named = {"G/4x4/Dense": self.first_dense, "G/4x4/Conv": self.first_conv}
        blocks = zip(self.up_layers, self.conv_layers, strict=True)
        for r, (up, conv) in zip(resolution_stages(self.growth.resolution), blocks, strict=True):
            named |= {f"G/{2**r}x{2**r}/Conv0_up": up, f"G/{2**r}x{2**r}/Conv1": conv}
        levels = {f"G/ToRGB_lod{self.growth.last_level - number}": layer for number, layer in enumerate(self.to_images)}
        return named | levels
