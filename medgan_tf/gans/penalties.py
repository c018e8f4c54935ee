"""Penalties on the discriminator: one value per example [N]."""

from collections.abc import Callable

import tensorflow as tf


def score_gradient(score: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Squared norm of each example's score gradient.

    Args:
        score: Maps images [N, R, R, C] to logits [N].
        images: float32 [N, R, R, C].

    Returns:
        Logits [N] and the squared L2 norms [N] over all pixels, float32.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = score(images)
    gradient = tf.cast(tape.gradient(logits, images), tf.float32)
    return logits, tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3])


def gradient_norm(score: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Logits [N] and the L2 norm [N] of each example's score gradient, as `score_gradient`."""
    logits, square = score_gradient(score, images)
    # The constant keeps the derivative of the root finite where the gradient vanishes.
    return logits, tf.sqrt(square + 1e-12)


def gradient_penalty(norm: tf.Tensor) -> tf.Tensor:
    """``(|grad D(mix)| - 1)^2`` (Gulrajani et al. 2017, equation 3)."""
    return tf.square(norm - 1.0)


def zero_centred_penalty(square: tf.Tensor) -> tf.Tensor:
    """``|grad D(x)|^2 / 2``: R1 on real images, R2 on generated ones (Mescheder et al. 2018, equation 9)."""
    return 0.5 * square


def mix_images(real: tf.Tensor, fake: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """``real + (fake - real) * weight``, with one weight per example.

    Args:
        real: float32 [N, R, R, C].
        fake: float32 [N, R, R, C].
        weight: float32 [N], 0..1.
    """
    return real + (fake - real) * weight[:, None, None, None]


def drift(real_logits: tf.Tensor) -> tf.Tensor:
    """``D(real)^2``, keeps the critic's scores near zero (Karras et al. 2018, appendix A.1)."""
    return tf.square(real_logits)
