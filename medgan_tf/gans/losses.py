"""Adversarial losses: pure functions of logits [N], one value per example [N]; `base` alone averages."""

import tensorflow as tf


def wasserstein_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """``D(fake) - D(real)`` (Gulrajani et al. 2017, equation 3, without the penalty)."""
    return fake_logits - real_logits


def wasserstein_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    """``-D(fake)``."""
    return -fake_logits


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
