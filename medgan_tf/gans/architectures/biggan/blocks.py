"""The residual blocks of BigGAN (Brock et al. 2019; DuMont Schütte et al. 2020, section S.2.3)."""

import keras
import tensorflow as tf

from medgan_tf.layers.batch_norm import ConditionalBatchNorm
from medgan_tf.layers.resample import downsample_average, upsample_nearest
from medgan_tf.layers.spectral import SpectralConv2D


def built(layer: keras.layers.Layer, *shapes: tuple) -> keras.layers.Layer:
    """The layer after its variables were made for inputs of these shapes."""
    layer.build(*shapes)
    return layer


@keras.saving.register_keras_serializable(package="medgan_tf")
class UpBlock(keras.layers.Layer):
    """Residual block of the generator: ([N, H, W, C], condition [N, K]) to [N, 2H, 2W, filters].

    Conditional norm, ReLU, nearest upsampling and 3x3 convolution, conditional norm, ReLU, 3x3 convolution; beside it
    a 1x1 convolution and the same upsampling.
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters = filters

    def build(self, features_shape, condition_shape):
        batch, height, width, channels = features_shape
        policy, inner = self.dtype_policy, (batch, 2 * height, 2 * width, self.filters)
        self.norm_in = built(ConditionalBatchNorm(name="norm_in", dtype=policy), features_shape, condition_shape)
        self.conv_up = built(SpectralConv2D(self.filters, 3, "up", name="conv_up", dtype=policy), features_shape)
        self.norm_out = built(ConditionalBatchNorm(name="norm_out", dtype=policy), inner, condition_shape)
        self.conv = built(SpectralConv2D(self.filters, 3, name="conv", dtype=policy), inner)
        self.skip = built(SpectralConv2D(self.filters, 1, name="skip", dtype=policy), features_shape)

    def call(self, features, condition, training=None):
        # A 1x1 convolution commutes with repeating pixels, and is a quarter of the work before it.
        skipped = upsample_nearest(self.skip(features))
        features = self.conv_up(tf.nn.relu(self.norm_in(features, condition, training=training)))
        features = self.conv(tf.nn.relu(self.norm_out(features, condition, training=training)))
        return features + skipped

    def compute_output_shape(self, features_shape, condition_shape):
        batch, height, width, _ = features_shape
        return (batch, 2 * height, 2 * width, self.filters)

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="medgan_tf")
class DownBlock(keras.layers.Layer):
    """Residual block of the discriminator: [N, H, W, C] to [N, H / 2, W / 2, filters].

    ReLU (not on images), 3x3 convolution, ReLU, 3x3 convolution, average pooling; beside it average pooling and a 1x1
    convolution.

    Args:
        filters: Output channels.
        inner_filters: Channels between the convolutions.
        on_images: Whether the input is images.
    """

    def __init__(self, filters: int, inner_filters: int, on_images: bool = False, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters = filters
        self.inner_filters = inner_filters
        self.on_images = on_images

    def build(self, features_shape):
        batch, height, width, channels = features_shape
        policy = self.dtype_policy
        self.conv = built(SpectralConv2D(self.inner_filters, 3, name="conv", dtype=policy), features_shape)
        inner = (batch, height, width, self.inner_filters)
        self.conv_down = built(SpectralConv2D(self.filters, 3, "down", name="conv_down", dtype=policy), inner)
        self.skip = built(SpectralConv2D(self.filters, 1, name="skip", dtype=policy), features_shape)

    def call(self, features):
        skipped = self.skip(downsample_average(features))
        hidden = self.conv(features if self.on_images else tf.nn.relu(features))
        return self.conv_down(tf.nn.relu(hidden)) + skipped

    def compute_output_shape(self, features_shape):
        batch, height, width, _ = features_shape
        return (batch, height // 2, width // 2, self.filters)

    def get_config(self) -> dict:
        own = {"filters": self.filters, "inner_filters": self.inner_filters, "on_images": self.on_images}
        return {**super().get_config(), **own}
