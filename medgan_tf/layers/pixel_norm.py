"""Pixel-wise feature vector normalisation (Karras et al. 2018, section 4.2; paper S.2.1)."""

import tensorflow as tf

EPSILON = 1e-8


def pixel_norm(features: tf.Tensor) -> tf.Tensor:
    """Divides every feature vector by its root mean square, in float32.

    Args:
        features: [..., C], any float type. For images the vector of one pixel, for [z; y] the whole vector.

    Returns:
        float32 [..., C] with mean square 1 over the last axis (up to epsilon 1e-8).
    """
    features = tf.cast(features, tf.float32)
    mean_square = tf.reduce_mean(tf.square(features), axis=-1, keepdims=True)
    return features * tf.math.rsqrt(mean_square + EPSILON)
