"""Tiny networks whose weights and inputs are the same on every machine, for the known values and for equal bits."""

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.gans.build import build_gan
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.resolve import resolve_training

LABELS, SIDE, LATENT, BATCH = 3, 16, 16, 8
RATES = {"generator_learning_rate": 2e-3, "discriminator_learning_rate": 2e-3}
# With the paper's 1e-8 Adam would turn the rounding of a gradient that is nearly zero into a whole step.
_EPSILON = 1e-3


def fixed_values(shape: Iterable[int], number: int) -> np.ndarray:
    """float32 numbers in [-1, 1), the same everywhere.

    SplitMix64 (G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014) of a counter:
    whole numbers only, so that neither a library's generator nor its rounding has a part in them.

    Args:
        shape: The shape.
        number: Another number gives other values, 0 to 65,535.
    """
    shape = tuple(shape)
    count = int(np.prod(shape))
    state = np.arange(1, count + 1, dtype=np.uint64) + (np.uint64(number) << np.uint64(40))
    mixed = state * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    # 24 bits: each is a float32 number.
    return ((mixed >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)).reshape(shape)


def fixed_gan(precision: str, number: int = 0) -> ConditionalGan:
    """A tiny cpD-GAN that is ready to train, in the current strategy's scope.

    Args:
        precision: Keras dtype policy of the convolutions.
        number: Another number gives other weights.
    """
    gan = build_gan(
        "cpd", resolution=SIDE, label_count=LABELS, latent_size=LATENT, max_channels=LATENT, precision=precision
    )
    for place, network in enumerate((gan.generator, gan.discriminator)):
        _fill(network, 1000 * (2 * number + place))
    gan.reset_average()
    settings = TrainingConfig(batch=BATCH, epsilon=_EPSILON, **RATES)
    gan.prepare_training(resolve_training(settings, "cpd", SIDE), seed=number, labels=label_vectors())
    return gan


def _fill(network: keras.Model, first: int) -> None:
    """Kernels with variance 1, as these layers expect them, and smaller biases, gains and offsets."""
    for number, variable in enumerate(network.trainable_variables):
        factor = np.sqrt(3) if len(variable.shape) > 1 else 0.3
        variable.assign(fixed_values(variable.shape, first + number) * np.float32(factor))


def label_vectors(count: int = BATCH) -> np.ndarray:
    """float32 [count, LABELS], one label each, in turn."""
    return np.eye(LABELS, dtype=np.float32)[np.arange(count) % LABELS]


def fixed_images(count: int = BATCH, side: int = SIDE) -> np.ndarray:
    """uint8 [count, side, side, 1]."""
    return np.floor((fixed_values((count, side, side, 1), 60_000) + 1) * 128).astype(np.uint8)


def fixed_latents(count: int = BATCH) -> tf.Tensor:
    """float32 [count, LATENT]."""
    return tf.constant(fixed_values((count, LATENT), 60_001) * np.float32(np.sqrt(3)))


def fill_densenet(network: keras.Model) -> None:
    """Weights of a DenseNet whose features neither vanish nor explode, batch norms of every kind.

    Kernels have variance 2 / fan_in (K. He et al., Delving deep into rectifiers, ICCV 2015).
    """
    number = 10_000
    for layer in network.layers:
        values = []
        for variable in layer.weights:
            number += 1
            drawn = fixed_values(variable.shape, number)
            if len(variable.shape) > 1:
                fan_in = int(np.prod(variable.shape[:-1]))
                values.append(drawn * np.float32(np.sqrt(6 / fan_in)))
            elif variable.name in ("gamma", "moving_variance"):
                values.append(1 + np.float32(0.2) * drawn)
            else:
                values.append(np.float32(0.2) * drawn)
        if values:
            layer.set_weights(values)
