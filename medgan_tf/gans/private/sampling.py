"""Who takes part in a private step, and with which images: a function of secret seeds alone.

Everything that a unit's gradient depends on beside its own images and the networks is drawn from the secret seeds too,
for each unit on its own: which of its images, the generated image that each is mixed with, the share of that, and the
augmentation. If it were public and went by the place in the draw, then one unit more would give other numbers to all
units behind it, and the sum of the gradients would change by more than the gradient of one unit.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import tensorflow as tf

from medgan_tf.gans.private.terms import StepTerms

_WORDS = 2**64
_MANTISSA = 2**24


@dataclass(frozen=True)
class Draw:
    """The units of one step, D of them, with up to k images each.

    Attributes:
        units: int64 [D], numbers of the units, ascending.
        rows: int64 [D, k], their images.
        shares: float32 [D, k], the share of each image in the unit's mean; 0 where the unit has fewer than k images.
        partners: int64 [D, k], the numbers of the generated images that they are mixed with.
        mix: float32 [D, k], 0..1, the share of the generated image in each mixed one.
        augmentation: float32 [D, k, A], 0..1.
    """

    units: tf.Tensor
    rows: tf.Tensor
    shares: tf.Tensor
    partners: tf.Tensor
    mix: tf.Tensor
    augmentation: tf.Tensor


def take_part(seed: tf.Tensor, count: int, probability: float) -> tf.Tensor:
    """Which units take part: each with the probability, independently of the others (Poisson sampling).

    A unit takes part if its 64 random bits, as a number, are below ``floor(probability * 2**64)``: never with a higher
    probability than the one that is charged, as it would be with the 24 bits of a float32.

    Args:
        seed: int64 [2].
        count: Number of units P.
        probability: From 0 to 1; with 1 all take part.

    Returns:
        bool [P].
    """
    threshold = math.floor(Fraction(probability) * _WORDS)
    if threshold >= _WORDS:
        return tf.fill([count], True)
    # The bits are read as signed numbers, from -2**63 on.
    return _bits(seed, [count]) < tf.constant(threshold - _WORDS // 2, tf.int64)


def draw_units(
    sampling_seed: tf.Tensor,
    image_seed: tf.Tensor,
    starts: tf.Tensor,
    terms: StepTerms,
    partners: int,
    augmentation_numbers: int = 0,
) -> Draw:
    """The units of one step and all that is drawn for them.

    Args:
        sampling_seed, image_seed: int64 [2], the secret streams "sampling" and "images".
        starts: int64 [P + 1], see `Patients`.
        terms: Sampling probability, and images per unit k.
        partners: Number of generated images of the step.
        augmentation_numbers: A, uniform numbers that the augmentation of one image needs.
    """
    count, most = starts.shape[0] - 1, terms.images_per_patient
    with tf.device("/CPU:0"):
        units = tf.where(take_part(sampling_seed, count, terms.sampling_probability))[:, 0]
        bits = tf.gather(_bits(image_seed, [count, most, 3 + augmentation_numbers]), units)
        first = tf.gather(starts, units)
        sizes = tf.gather(starts, units + 1) - first
        chosen = distinct_places(bits[..., 0], sizes)
        present = tf.range(most, dtype=tf.int64) < sizes[:, None]
        return Draw(
            units=units,
            rows=first[:, None] + tf.where(present, chosen, tf.zeros_like(chosen)),
            shares=tf.cast(present, tf.float32) / tf.cast(tf.minimum(sizes, most), tf.float32)[:, None],
            partners=tf.math.floormod(bits[..., 1], partners),
            mix=_uniform(bits[..., 2]),
            augmentation=_uniform(bits[..., 3:]),
        )


def distinct_places(bits: tf.Tensor, sizes: tf.Tensor) -> tf.Tensor:
    """Up to k different places of each row's 0 .. size - 1, every choice equally likely.

    The j-th place is drawn from those that are left, and moved past the ones that were taken. The remainder of a
    division of 64 bits favours no place by more than size / 2**64.

    Args:
        bits: int64 [D, k], random.
        sizes: int64 [D], at least 1.

    Returns:
        int64 [D, k]; where a row has fewer than k places, those after its last one mean nothing.
    """
    taken: list[tf.Tensor] = []
    for number in range(bits.shape[1]):
        place = tf.math.floormod(bits[:, number], tf.maximum(sizes - number, 1))
        if taken:
            for other in tf.unstack(tf.sort(tf.stack(taken, axis=1), axis=1), num=number, axis=1):
                place += tf.cast(place >= other, tf.int64)
        taken.append(place)
    return tf.stack(taken, axis=1)


def _bits(seed: tf.Tensor, shape: list[int]) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, seed, minval=None, maxval=None, dtype=tf.int64, alg="philox")


def _uniform(bits: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.math.floormod(bits, _MANTISSA), tf.float32) / _MANTISSA
