"""Images of a GAN that is in training."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan

Sampler = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``(z float32 [N, Z], labels float32 [N, L]) -> images float32 [N, R, R, 1]``, about -1..1."""


def make_sampler(gan: ConditionalGan, generator: keras.Model) -> Sampler:
    """A function that computes images as one graph.

    Args:
        gan: The GAN in training.
        generator: Its generator, or its averaged one; for that call `gan.refresh_average` before sampling.
    """
    # `structure` is not used: it makes TensorFlow trace again when a growing generator has changed.
    function = tf.function(
        lambda z, labels, structure: generator([z, labels], training=False), autograph=False, reduce_retracing=True
    )
    return lambda z, labels: function(z, labels, gan.structure).numpy()
