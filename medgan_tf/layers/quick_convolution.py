"""Keras's convolution, on maps of a few pixels as one matrix product: the same numbers, in less time."""

import keras
import numpy as np
import tensorflow as tf

_MOST_PIXELS = 64
"""Pixels of a map up to which a product is faster than oneDNN's convolution of 1 x 1, forwards and backwards."""
_FULL_SIDE = 2
"""Side of a map up to which a kernel of 3 x 3 lets every pixel see every other one."""


@keras.saving.register_keras_serializable(package="medgan_tf")
class QuickConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` that multiplies matrices where that takes less time.

    That is so for kernels of 1 x 1 on maps of up to 8 x 8 pixels, and for kernels of 3 x 3 on maps of up to 2 x 2
    pixels, where most of the kernel meets padding. DenseNet-121 has maps of 8, 4, 2 and 1 pixels for images of 32.
    Every other convolution is Keras's own. Weights, names and settings are those of Keras's class.
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
            filters = kernel.shape[3]
            product = tf.reshape(inputs, [-1, channels]) @ tf.reshape(kernel, [channels, filters])
            return tf.reshape(product, [-1, height, width, filters])
        if plain and self.kernel_size == (3, 3) and self.padding == "same" and max(height, width) <= _FULL_SIDE:
            return _every_pixel_with_every_pixel(inputs, kernel)
        return super().convolution_op(inputs, kernel)


# Keras names layers in weights files by the name of their class; such files stay those of Keras's class.
QuickConv2D.__name__ = keras.layers.Conv2D.__name__


def _every_pixel_with_every_pixel(inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """[N, H, W, C] and [3, 3, C, F] to [N, H, W, F]."""
    (height, width, channels), filters = inputs.shape[1:], kernel.shape[3]
    pixels = height * width
    # Slices of the kernel would do, but their gradients take longer than all else.
    chosen = tf.constant(_places(height, width), kernel.dtype) @ tf.reshape(kernel, [9, channels * filters])
    by_pair = tf.transpose(tf.reshape(chosen, [pixels, pixels, channels, filters]), [0, 2, 1, 3])
    matrix = tf.reshape(by_pair, [pixels * channels, pixels * filters])
    return tf.reshape(tf.reshape(inputs, [-1, pixels * channels]) @ matrix, [-1, height, width, filters])


def _places(height: int, width: int) -> np.ndarray:
    """For each pair of an input pixel and an output pixel the place of the kernel between them, as rows of 0 and 1."""
    rows, columns = (axis.ravel() for axis in np.indices((height, width)))
    between = 3 * (rows[:, None] - rows + 1) + columns[:, None] - columns + 1
    return np.eye(9)[between.ravel()]
