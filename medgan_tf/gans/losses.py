"""Adversarial losses: pure functions of logits [N], one value per example [N]; `base` alone averages."""

import tensorflow as tf


def wasserstein_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """``D(fake) - D(real)`` (Gulrajani et al. 2017, equation 3, without the penalty)."""
    return fake_logits - real_logits


def wasserstein_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    """``-D(fake)``."""
    return -fake_logits
