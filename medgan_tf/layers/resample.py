"""Changes of resolution by a factor of 2, alone and fused with a convolution (paper S.2.1, Figure S1).

Nearest upsampling followed by a 3x3 convolution equals one stride-2 transposed convolution whose 4x4 kernel is the sum
of the 3x3 kernel shifted by 0 and 1 in both axes: 4 instead of 9 multiplications per output pixel. Average pooling
after a convolution fuses in the same way.
"""

import keras
import tensorflow as tf

from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedLayer
from medgan_tf.layers.pieces import pays, piece


def upsample_nearest(images: tf.Tensor) -> tf.Tensor:
    """Repeats every pixel 2x2: [N, H, W, C] to [N, 2H, 2W, C]."""
    _, height, width, channels = images.shape
    batch = tf.shape(images)[0]
    # Reshape rather than index with None: the gradient of a strided slice is slow on CPU.
    spread = tf.broadcast_to(
        tf.reshape(images, [batch, height, 1, width, 1, channels]), [batch, height, 2, width, 2, channels]
    )
    return tf.reshape(spread, [batch, 2 * height, 2 * width, channels])


def downsample_average(images: tf.Tensor) -> tf.Tensor:
    """Averages 2x2 pixels: [N, H, W, C] to [N, H/2, W/2, C]."""
    return tf.nn.avg_pool2d(images, ksize=2, strides=2, padding="VALID")


def with_average(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The images [N, H, W, C] themselves and `downsample_average` of them; their gradients meet in one pass."""
    return _fork(images) if pays([images]) else (images, downsample_average(images))


@tf.custom_gradient
def _fork(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return (tf.identity(images), downsample_average(images)), lambda first, second: _join(first, second)


@tf.custom_gradient
def _join(images: tf.Tensor, averages: tf.Tensor) -> tf.Tensor:
    """The gradient of `_fork`. Both are linear, and each is the other's gradient."""
    return _sum_with_quarter(images, averages), lambda gradient: _fork(gradient)


@piece
def _sum_with_quarter(images: tf.Tensor, averages: tf.Tensor) -> tf.Tensor:
    return images + upsample_nearest(averages * tf.cast(0.25, averages.dtype))


def spread_kernel(kernel: tf.Tensor) -> tf.Tensor:
    """Sum of a [k, k, A, B] kernel shifted by 0 and 1 in both axes: [k + 1, k + 1, A, B]."""
    rows = tf.pad(kernel, [[0, 1], [0, 0], [0, 0], [0, 0]]) + tf.pad(kernel, [[1, 0], [0, 0], [0, 0], [0, 0]])
    return tf.pad(rows, [[0, 0], [0, 1], [0, 0], [0, 0]]) + tf.pad(rows, [[0, 0], [1, 0], [0, 0], [0, 0]])


@keras.saving.register_keras_serializable(package="medgan_tf")
class EqualizedUpConv2D(EqualizedLayer):
    """Nearest upsampling fused with a 3x3 convolution: [N, H, W, C] to [N, 2H, 2W, filters].

    The kernel has the layout of a transposed convolution, [3, 3, filters, C].

    Args:
        filters: Output channels.
        gain: Numerator of the scale gain / sqrt(fan_in).
        fan_in_axis: Whether fan_in = 9 * C (`input`) or 9 * filters (`output`). The published cpD-GAN multiplies the
            first three axes of its stored kernel, hence `output`.
    """

    def __init__(self, filters: int, gain: float, fan_in_axis: str = "input", **kwargs):
        super().__init__(gain, True, **kwargs)
        if fan_in_axis not in ("input", "output"):
            raise ValueError(f"fan_in_axis must be 'input' or 'output'. Received: fan_in_axis={fan_in_axis!r}")
        self.filters = filters
        self.fan_in_axis = fan_in_axis

    def build(self, input_shape):
        channels = input_shape[-1]
        fan_in = 9 * (channels if self.fan_in_axis == "input" else self.filters)
        self.add_kernel((3, 3, self.filters, channels), fan_in=fan_in)
        self.add_bias(self.filters)

    def call(self, features):
        features = tf.cast(features, self.compute_dtype)
        _, height, width, _ = features.shape
        shape = [tf.shape(features)[0], 2 * height, 2 * width, self.filters]
        kernel = tf.cast(spread_kernel(tf.convert_to_tensor(self.kernel) * self.scale), self.compute_dtype)
        return self.with_bias(tf.nn.conv2d_transpose(features, kernel, shape, strides=2, padding="SAME"))

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, 2 * height, 2 * width, self.filters)

    def get_config(self) -> dict:
        config = {**super().get_config(), "filters": self.filters, "fan_in_axis": self.fan_in_axis}
        del config["use_bias"]
        return config


@keras.saving.register_keras_serializable(package="medgan_tf")
class EqualizedDownConv2D(EqualizedConv2D):
    """A convolution fused with 2x2 average pooling: [N, H, W, C] to [N, H/2, W/2, filters].

    Args:
        filters: Output channels.
        kernel_size: 3, or 1 for a residual connection.
        gain: Numerator of the scale gain / sqrt(kernel_size^2 * C).
        use_bias: Whether a bias is added.
    """

    def call(self, features, factor: float = 1.0):
        """The result times `factor`, which costs nothing: it multiplies kernel and bias."""
        features = tf.cast(features, self.compute_dtype)
        if self.kernel_size == 1:
            # A 1x1 convolution commutes with averaging, and is a quarter of the work after it.
            return self.of_averages(downsample_average(features), factor)
        kernel = spread_kernel(tf.convert_to_tensor(self.kernel) * (self.scale * 0.25 * factor))
        convolved = tf.nn.conv2d(features, tf.cast(kernel, self.compute_dtype), strides=2, padding="SAME")
        return self.with_bias(convolved, factor)

    def of_averages(self, averages: tf.Tensor, factor: float = 1.0) -> tf.Tensor:
        """What `call` gives with a 1x1 kernel, from features that are averaged already: [N, H/2, W/2, C]."""
        averages = tf.cast(averages, self.compute_dtype)
        convolved = tf.nn.conv2d(averages, self.scaled_kernel(factor), strides=1, padding="SAME")
        return self.with_bias(convolved, factor)

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, height // 2, width // 2, self.filters)
