"""The generator of cpD-GAN; see `networks` for its sources."""

import math

import keras
import tensorflow as tf

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.layers.conditional_norm import ConditionalPixelNorm
from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedDenseReshape
from medgan_tf.layers.pixel_norm import activated_norm, pixel_norm
from medgan_tf.layers.resample import EqualizedUpConv2D, upsample_nearest

RESAMPLE_GAIN = math.sqrt(2)


@keras.saving.register_keras_serializable(package="medgan_tf")
class NormalizedFeatures(keras.layers.Layer):
    """One generator layer: convolution (or first dense), bias, leaky ReLU, conditional pixel norm.

    Args:
        convolution: The layer that makes the features.
    """

    def __init__(self, convolution: keras.layers.Layer, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.convolution = convolution
        self.norm = ConditionalPixelNorm(name="norm", dtype=self.dtype_policy)

    def build(self, features_shape, condition_shape):
        # Read back from a file it is built already.
        if not self.convolution.built:
            self.convolution.build(features_shape)
        self.norm.build(self.convolution.compute_output_shape(features_shape), condition_shape)

    def call(self, features, condition):
        return activated_norm(self.convolution(features), *self.norm.gains(condition))

    def compute_output_shape(self, features_shape, condition_shape):
        return self.convolution.compute_output_shape(features_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "convolution": keras.saving.serialize_keras_object(self.convolution)}

    @classmethod
    def from_config(cls, config):
        return super().from_config(
            {**config, "convolution": keras.saving.deserialize_keras_object(config["convolution"])}
        )


@keras.saving.register_keras_serializable(package="medgan_tf")
class CpdGenerator(keras.Model):
    """``[z [N, Z], labels [N, L]]`` to float32 images [N, R, R, 1], about -1..1 (the output is not squashed).

    Args:
        resolution: R, a power of two.
        label_count: L.
        latent_size: Z.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        dtype: Keras dtype policy of the convolutions; norms, skips and images are float32.
    """

    def __init__(self, resolution, label_count, latent_size, base_channels, max_channels, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution = resolution
        self.latent_size = latent_size
        self.label_count = label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}
        condition = (None, latent_size + label_count)

        def width(stage):
            return stage_channels(stage, base_channels, max_channels)

        def normalized(convolution, shape, name):
            layer = NormalizedFeatures(convolution, name=name, dtype=dtype)
            layer.build(shape, condition)
            return layer

        def to_image(channels, side):
            layer = EqualizedConv2D(1, 1, gain=1.0, name=f"{side}x{side}_to_image", dtype=dtype)
            layer.build((None, side, side, channels))
            return layer

        first_dense = EqualizedDenseReshape(width(1), 4, gain=1.0, dtype=dtype)
        self.first_dense = normalized(first_dense, condition, "4x4_dense")
        first_conv = EqualizedConv2D(width(1), 3, gain=1.0, dtype=dtype)
        self.first_conv = normalized(first_conv, (None, 4, 4, width(1)), "4x4_conv")
        self.to_images = [to_image(width(1), 4)]
        self.up_layers, self.conv_layers = [], []
        for r in resolution_stages(resolution):
            low, high, side = width(r - 2), width(r - 1), 2**r
            up = EqualizedUpConv2D(high, gain=RESAMPLE_GAIN, fan_in_axis="output", dtype=dtype)
            self.up_layers.append(normalized(up, (None, side // 2, side // 2, low), f"{side}x{side}_up"))
            conv = EqualizedConv2D(high, 3, gain=1.0, dtype=dtype)
            self.conv_layers.append(normalized(conv, (None, side, side, high), f"{side}x{side}_conv"))
            self.to_images.append(to_image(high, side))
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
        features = self.first_dense(pixel_norm(condition), condition)
        features = self.first_conv(features, condition)
        images = tf.cast(self.to_images[0](features), tf.float32)
        for up, conv, to_image in zip(self.up_layers, self.conv_layers, self.to_images[1:], strict=True):
            features = conv(up(features, condition), condition)
            images = upsample_nearest(images) + tf.cast(to_image(features), tf.float32)
        return images

    def published_layers(self) -> dict[str, keras.layers.Layer]:
        """Our layers under the published code's names."""
        named = {"G/4x4/Dense": self.first_dense.convolution, "G/4x4/Dense/PixelNorm": self.first_dense.norm}
        named |= {"G/4x4/Conv": self.first_conv.convolution, "G/4x4/Conv/PixelNorm": self.first_conv.norm}
        named["G/4x4/ToRGB"] = self.to_images[0]
        blocks = zip(self.up_layers, self.conv_layers, self.to_images[1:], strict=True)
        for r, (up, conv, to_image) in zip(resolution_stages(self.resolution), blocks, strict=True):
            scope = f"G/{2**r}x{2**r}"
            named |= {f"{scope}/Conv0_up": up.convolution, f"{scope}/Conv0_up/PixelNorm": up.norm}
            named |= {f"{scope}/Conv1": conv.convolution, f"{scope}/Conv1/PixelNorm": conv.norm}
            named[f"{scope}/ToRGB"] = to_image
        return named
