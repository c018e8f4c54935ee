"""Turns grey images into the input that a network expects."""

import tensorflow as tf


def grey_to_channels(images: tf.Tensor, channels: int) -> tf.Tensor:
    """[N, H, W, 1] repeated to [N, H, W, channels]."""
    return images if channels == 1 else tf.repeat(images, channels, axis=3)


def resize_smooth(images: tf.Tensor, side: int) -> tf.Tensor:
    """float32 [N, side, side, C]: bilinear with half-pixel centres, and antialiased where it shrinks."""
    return tf.image.resize(images, [side, side], method="bilinear", antialias=True)


def resize_2015(images: tf.Tensor, side: int) -> tf.Tensor:
    """float32 [N, side, side, C]: bilinear as TensorFlow did it in 2015, without half-pixel centres or antialiasing.

    The networks behind published FIDs were fed by this one; another one changes their values.
    """
    return tf.compat.v1.image.resize_bilinear(
        tf.cast(images, tf.float32), [side, side], align_corners=False, half_pixel_centers=False
    )
