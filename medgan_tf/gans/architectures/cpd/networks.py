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

from medgan_tf.gans.architectures.cpd.generator import RESAMPLE_GAIN, CpdGenerator
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedDense, EqualizedFlattenDense
from medgan_tf.layers.minibatch_stddev import MinibatchStddev
from medgan_tf.layers.resample import EqualizedDownConv2D, with_average
from medgan_tf.registry import GANS

SHARE = math.sqrt(0.5)


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
