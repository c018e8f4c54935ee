"""Pixel-wise feature vector normalisation (Karras et al. 2018, section 4.2; paper S.2.1)."""

import tensorflow as tf

from medgan_tf.layers.activation import LEAK, leaky_relu
from medgan_tf.layers.pieces import pays, piece

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


def activated_norm(features: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
    """``pixel_norm(leaky_relu(a)) * gamma + beta``, computed in float32.

    Args:
        features: [N, H, W, C], any float type.
        gamma, beta: float32 [N, 1, 1, C].

    Returns:
        [N, H, W, C] of the features' type.
    """
    if pays([features]):
        return _compiled_norm(features, gamma, beta)
    return tf.cast(pixel_norm(leaky_relu(features)) * gamma + beta, features.dtype)


@tf.custom_gradient
def _compiled_norm(features: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
    """`activated_norm`; its gradient computes the normalised features again, rather than to store them."""
    return _norm(features, gamma, beta), lambda gradient: _norm_gradients(features, gamma, gradient)


@piece
def _norm(features: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
    return tf.cast(pixel_norm(tf.nn.leaky_relu(features, LEAK)) * gamma + beta, features.dtype)


@piece
def _norm_gradients(features: tf.Tensor, gamma: tf.Tensor, gradient: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Gradients with respect to features, gamma and beta.

    With x the activated features, ``r = 1 / sqrt(mean x^2 + 1e-8)`` and ``n = r x``, the gradient h of n becomes
    ``r (h - n mean(h n))`` for x, means over the channels.
    """
    gradient = tf.cast(gradient, tf.float32)
    activated = tf.cast(tf.nn.leaky_relu(features, LEAK), tf.float32)
    root = tf.math.rsqrt(tf.reduce_mean(tf.square(activated), axis=-1, keepdims=True) + EPSILON)
    normal, of_normal = activated * root, gradient * gamma
    along = tf.reduce_mean(of_normal * normal, axis=-1, keepdims=True)
    of_activated = tf.cast(root * (of_normal - normal * along), features.dtype)
    of_features = tf.raw_ops.LeakyReluGrad(gradients=of_activated, features=features, alpha=LEAK)
    of_gamma = tf.reduce_sum(gradient * normal, axis=[1, 2], keepdims=True)
    return of_features, of_gamma, tf.reduce_sum(gradient, axis=[1, 2], keepdims=True)
