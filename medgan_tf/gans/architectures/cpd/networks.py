"""cpD-GAN, the paper's own model (DuMont Schütte et al. 2020, section S.2.2, equation 1, Figure S1).

Generator with output skips in image space and pixel norm conditioned on [z; y]; residual discriminator whose score is
the inner product of its last dense layer with the label vector. Any power-of-two resolution from 16 to 512.

Trainable parameters at full width (z 512, 14 labels): 25,147,396 (G) and 21,512,718 (D) at 32x32; 33,256,710 and
28,395,278 at 128x128.

Where the paper is silent this follows measurements of the published code: gains (1; sqrt(2) in the resampling
convolutions), fan_in of the up-convolution (9 * output channels), the division of each residual sum by sqrt(2), and
the order convolution, bias, leaky ReLU, norm.
"""

import math

import keras
import tensorflow as tf

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.conditional_norm import ConditionalPixelNorm
from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedDense, EqualizedDenseReshape, EqualizedFlattenDense
from medgan_tf.layers.minibatch_stddev import MinibatchStddev
from medgan_tf.layers.pixel_norm import activated_norm, pixel_norm
from medgan_tf.layers.resample import EqualizedDownConv2D, EqualizedUpConv2D, upsample_nearest, with_average
from medgan_tf.registry import GANS

RESAMPLE_GAIN = math.sqrt(2)
SHARE = math.sqrt(0.5)


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


@keras.saving.register_keras_serializable(package="medgan_tf")
class ResidualDown(keras.layers.Layer):
    """Discriminator block: ``(down(conv(x)) + skip(x)) / sqrt(2)``, halving the resolution.

    Args:
        filters: Channels after the block; the input keeps its own inside.
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters = filters

    def build(self, input_shape):
        policy = self.dtype_policy
        self.conv = EqualizedConv2D(input_shape[-1], 3, gain=1.0, name="conv", dtype=policy)
        self.down = EqualizedDownConv2D(self.filters, 3, gain=RESAMPLE_GAIN, name="down", dtype=policy)
        self.skip = EqualizedDownConv2D(self.filters, 1, gain=RESAMPLE_GAIN, use_bias=False, name="skip", dtype=policy)
        for layer in (self.conv, self.down, self.skip):
            layer.build(input_shape)

    def call(self, features):
        features, averages = with_average(features)
        inner = leaky_relu(self.conv(features))
        # The factor passes through the activation, which is linear but for the sign.
        inner = leaky_relu(self.down(inner, factor=SHARE))
        return inner + self.skip.of_averages(averages, factor=SHARE)

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, height // 2, width // 2, self.filters)

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="medgan_tf")
class CpdDiscriminator(keras.Model):
    """``[images [N, R, R, 1] in -1..1, labels [N, L]]`` to float32 logits [N]: inner product with the labels.

    Args:
        resolution: R, a power of two.
        label_count: L.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        mbstd_group_size: Examples per group of the minibatch standard deviation.
        dtype: Keras dtype policy of the convolutions; deviation and scores are float32.
    """

    def __init__(
        self, resolution, label_count, base_channels, max_channels, mbstd_group_size=4, dtype="float32", **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        self.resolution = resolution
        self.label_count = label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}

        def width(stage):
            return stage_channels(stage, base_channels, max_channels)

        stages = list(resolution_stages(resolution))[::-1]
        self.from_image = EqualizedConv2D(width(stages[0] - 1), 1, gain=1.0, name="from_image", dtype=dtype)
        self.from_image.build((None, resolution, resolution, 1))
        self.blocks = []
        for r in stages:
            block = ResidualDown(width(r - 2), name=f"{2**r}x{2**r}", dtype=dtype)
            block.build((None, 2**r, 2**r, width(r - 1)))
            self.blocks.append(block)
        self.minibatch_stddev = MinibatchStddev(mbstd_group_size, name="minibatch_stddev", dtype="float32")
        self.minibatch_stddev.build((None, 4, 4, width(1)))
        self.last_conv = EqualizedConv2D(width(1), 3, gain=1.0, name="4x4_conv", dtype=dtype)
        self.last_conv.build((None, 4, 4, width(1) + 1))
        self.last_dense = EqualizedFlattenDense(width(0), gain=1.0, name="4x4_dense", dtype=dtype)
        self.last_dense.build((None, 4, 4, width(1)))
        self.output_dense = EqualizedDense(label_count, gain=1.0, name="output", dtype="float32")
        self.output_dense.build((None, width(0)))
        self.build([(None, resolution, resolution, 1), (None, label_count)])

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0],)

    def get_config(self) -> dict:
        sizes = {"resolution": self.resolution, "label_count": self.label_count}
        group_size = self.minibatch_stddev.group_size
        return {**super().get_config(), **sizes, **self.options, "mbstd_group_size": group_size}

    def call(self, inputs, training=None):
        images, labels = inputs
        features = leaky_relu(self.from_image(images))
        for block in self.blocks:
            features = block(features)
        features = self.minibatch_stddev(features)
        features = leaky_relu(self.last_conv(features))
        features = leaky_relu(self.last_dense(features))
        return tf.reduce_sum(self.output_dense(features) * tf.cast(labels, tf.float32), axis=-1)

    def published_layers(self) -> dict[str, keras.layers.Layer]:
        """Our layers under the published code's names."""
        named = {f"D/{self.resolution}x{self.resolution}/FromRGB": self.from_image}
        for block in self.blocks:
            scope = f"D/{block.name}"
            named |= {f"{scope}/Conv0": block.conv, f"{scope}/Conv1_down": block.down, f"{scope}/Skip": block.skip}
        return named | {
            "D/4x4/Conv": self.last_conv,
            "D/4x4/Dense0": self.last_dense,
            "D/Output": self.output_dense,
        }


@GANS.register("cpd")
@keras.saving.register_keras_serializable(package="medgan_tf")
class CpdGan(ConditionalGan):
    """Conditional projection GAN with Wasserstein loss, gradient penalty and drift."""

    def make_generator(self, name: str) -> keras.Model:
        return CpdGenerator(
            self.resolution,
            self.label_count,
            self.config.latent_size,
            self.config.base_channels,
            self.config.max_channels,
            dtype=self.precision,
            name=name,
        )

    def make_discriminator(self, name: str) -> keras.Model:
        return CpdDiscriminator(
            self.resolution,
            self.label_count,
            self.config.base_channels,
            self.config.max_channels,
            self.config.mbstd_group_size,
            dtype=self.precision,
            name=name,
        )
