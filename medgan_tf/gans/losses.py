"""Adversarial losses by name: pure functions of logits [N], one value per example [N]. `optimisation` averages.

| name | discriminator | generator |
| --- | --- | --- |
| wasserstein | D(fake) - D(real) | -D(fake) |
| hinge | max(0, 1 - D(real)) + max(0, 1 + D(fake)) | -D(fake), the Wasserstein loss |
| non_saturating | softplus(-D(real)) + softplus(D(fake)) | softplus(-D(fake)) |
| logistic | as non_saturating | -softplus(D(fake)), which saturates where D is sure |
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf


def wasserstein_real(real_logits: tf.Tensor) -> tf.Tensor:
    """``-D(real)``, of ``D(fake) - D(real)`` (Gulrajani et al. 2017, equation 3, without the penalty)."""
    return -real_logits


def wasserstein_fake(fake_logits: tf.Tensor) -> tf.Tensor:
    """``D(fake)``."""
    return fake_logits


def wasserstein_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    """``-D(fake)``."""
    return -fake_logits


def hinge_real(real_logits: tf.Tensor) -> tf.Tensor:
    """``max(0, 1 - D(real))`` (Miyato et al. 2018, equation 16)."""
    return tf.nn.relu(1.0 - real_logits)


def hinge_fake(fake_logits: tf.Tensor) -> tf.Tensor:
    """``max(0, 1 + D(fake))``."""
    return tf.nn.relu(1.0 + fake_logits)


def logistic_real(real_logits: tf.Tensor) -> tf.Tensor:
    """``-log sigmoid(D(real))`` (Goodfellow et al. 2014, equation 1)."""
    return tf.nn.softplus(-real_logits)


def logistic_fake(fake_logits: tf.Tensor) -> tf.Tensor:
    """``-log(1 - sigmoid(D(fake)))``."""
    return tf.nn.softplus(fake_logits)


def logistic_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    """``log(1 - sigmoid(D(fake)))``: saturating (Goodfellow et al. 2014, equation 1)."""
    return -tf.nn.softplus(fake_logits)


def non_saturating_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    """``-log sigmoid(D(fake))`` (Goodfellow et al. 2014, section 3)."""
    return tf.nn.softplus(-fake_logits)


@dataclass(frozen=True)
class AdversarialLoss:
    """Two losses that belong together. The discriminator's is the sum of a real and a generated half.

    Attributes:
        real: ``(real logits [N]) -> [N]``.
        fake: ``(fake logits [N]) -> [N]``.
        generator: ``(fake logits [N]) -> [N]``.
        signed: Whether the discriminator is driven to positive logits on real and negative ones on generated images.
    """

    real: Callable[[tf.Tensor], tf.Tensor]
    fake: Callable[[tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor], tf.Tensor]
    signed: bool = True

    def discriminator(self, real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss, [N]."""
        return self.real(real_logits) + self.fake(fake_logits)


LOSSES = {
    "wasserstein": AdversarialLoss(wasserstein_real, wasserstein_fake, wasserstein_generator, signed=False),
    "hinge": AdversarialLoss(hinge_real, hinge_fake, wasserstein_generator),
    "non_saturating": AdversarialLoss(logistic_real, logistic_fake, non_saturating_generator),
    "logistic": AdversarialLoss(logistic_real, logistic_fake, logistic_generator),
}


def auxiliary_classifier(label_logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Softmax cross-entropy between label logits and ``y / sum(y)`` (Odena et al. 2017; paper S.2.1).

    Args:
        label_logits: float32 [N, L].
        labels: float32 [N, L], multi-hot; an example without a positive label has the loss 0.

    Returns:
        float32 [N].
    """
    shares = tf.math.divide_no_nan(labels, tf.reduce_sum(labels, axis=-1, keepdims=True))
    return tf.nn.softmax_cross_entropy_with_logits(labels=shares, logits=label_logits)
