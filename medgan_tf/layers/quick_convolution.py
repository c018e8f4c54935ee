"""Keras's convolution, on maps of a few pixels as one matrix product: the same numbers, in less time."""

import keras
import tensorflow as tf

_MOST_PIXELS = 64
"""Pixels of a map up to which a product is faster than oneDNN's convolution of 1 x 1, forwards and backwards."""


@keras.saving.register_keras_serializable(package="medgan_tf")
class QuickConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` that multiplies matrices where that takes less time.

    That is so for kernels of 1 x 1 on maps of up to 8 x 8 pixels, and for kernels of 3 x 3 on maps of 1 x 1, where all
    of the kernel but its centre meets padding, and of 2 x 2, where every pixel meets every other one. DenseNet-121
    has maps of 8, 4, 2 and 1 pixels for images of 32. Every other convolution is Keras's own. Weights, names and
    settings are those of Keras's class.
    """

    def convolution_op(self, inputs, kernel):
        """See `keras.layers.Conv2D.convolution_op`."""
        height, width, channels = inputs.shape[1:]
        plain = (
            self.strides == (1, 1)
            and self.dilation_rate == (1, 1)
            and self.data_format == "channels_last"
            and channels == kernel.shape[2]
            and None not in (height, width)
        )
        if plain and self.kernel_size == (1, 1) and height * width <= _MOST_PIXELS:
            return _product(inputs, tf.reshape(kernel, kernel.shape[2:]), height, width)
        if plain and self.kernel_size == (3, 3) and self.padding == "same" and height == width == 1:
            return _product(inputs, kernel[1, 1], 1, 1)
        if plain and self.kernel_size == (3, 3) and self.padding == "same" and height == width == 2:
            return _every_pixel_with_every_pixel(inputs, kernel)
        return super().convolution_op(inputs, kernel)


def _product(inputs: tf.Tensor, matrix: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """[N, H, W, C] and [C, F] to [N, H, W, F]."""
    channels, filters = matrix.shape
    return tf.reshape(tf.reshape(inputs, [-1, channels]) @ matrix, [-1, height, width, filters])


def _every_pixel_with_every_pixel(inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """[N, 2, 2, C] and [3, 3, C, F] to [N, 2, 2, F]."""
    channels, filters = kernel.shape[2:]
    # The result at (row, column) sees the input at (i, j) through the kernel's (i - row + 1, j - column + 1).
    seen = [kernel[1 - row : 3 - row, 1 - column : 3 - column] for row in (0, 1) for column in (0, 1)]
    matrix = tf.concat([tf.reshape(part, [4 * channels, filters]) for part in seen], axis=1)
    return tf.reshape(tf.reshape(inputs, [-1, 4 * channels]) @ matrix, [-1, 2, 2, filters])
