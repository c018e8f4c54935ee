"""Penalties on the discriminator: one value per example [N]."""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

Discriminator = Callable[..., tf.Tensor | tuple[tf.Tensor, tf.Tensor]]
"""``([images [N, R, R, 1], labels [N, L]], training=True)`` to logits [N], or to logits and label logits [N, L]."""


def squared_gradient(discriminator: Discriminator, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Squared L2 norm over all pixels of each example's score gradient, float32 [N].

    Args:
        discriminator: The network whose score is differentiated.
        images: float32 [N, R, R, C], where the gradient is taken.
        labels: float32 [N, L].
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        outputs = discriminator([images, labels], training=True)
        logits = outputs[0] if isinstance(outputs, tuple) else outputs
    gradient = tf.cast(tape.gradient(logits, images), tf.float32)
    return tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3])


def gradient_penalty(square: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """``(|grad D(mix)| - 1)^2`` (Gulrajani et al. 2017, equation 3) and the norm itself, from squared norms [N]."""
    # The constant keeps the derivative of the root finite where the gradient vanishes.
    norm = tf.sqrt(square + 1e-12)
    return tf.square(norm - 1.0), norm


def zero_centred_penalty(square: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """``|grad D(x)|^2 / 2`` from squared norms [N], twice: R1 on real images, R2 on generated ones (Mescheder et al.
    2018, equation 9)."""
    penalty = 0.5 * square
    return penalty, penalty


@dataclass(frozen=True)
class Penalty:
    """A penalty on the discriminator's gradient.

    Attributes:
        option: Field of `GanConfig` that holds its weight.
        of_square: Squared gradient norms [N] to the penalty [N] and the metric [N].
    """

    option: str
    of_square: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


PENALTIES = {
    "gradient_norm": Penalty("gradient_penalty", gradient_penalty),
    "r1": Penalty("r1", zero_centred_penalty),
    "r2": Penalty("r2", zero_centred_penalty),
}
"""By the name of the metric. The gradient is taken at mixed images, at real images and at generated images."""


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
