"""The one noisy release: mean features of the real images by label combination.

Each unit (a patient, or an image) adds the mean of its images' features, each in the row of its label combination. The
features of an image have the norm 1, so a unit more or less changes the sums by an L2 norm of at most 1. Sums are of
whole multiples of 2^-24, rounded towards 0. So they are exact, whatever the order, and the bound holds for the numbers
in the computer too.
"""

import math

import numpy as np

from medgan_tf.gans.private.embedding.features import ImageFeatures

_GRID = 2**24
_BELOW = 1 - 2.0**-40
"""Rounding of the norm itself must not take it above 1."""
_DRAWS = 4


def unit_embedding(
    features: ImageFeatures, images: np.ndarray, labels: np.ndarray, vectors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What one unit adds to the sums. It depends on nothing but the arguments.

    Args:
        features: The features.
        images: uint8 [N, R, R, 1], the unit's images.
        labels: [N, L] of 0 and 1.
        vectors: [K, L], the label combinations; an image with another one adds nothing.

    Returns:
        The rows that it adds to, int64 [M], and what it adds, int64 [M, D] in multiples of 1 / 2^24. Its norm
        is at most 1.
    """
    same = (np.asarray(labels)[:, None] == np.asarray(vectors)[None]).all(axis=2)
    listed = same.any(axis=1)
    if not listed.any():
        return np.empty(0, np.int64), np.empty((0, features.count), np.int64)
    rows, places = np.unique(same[listed].argmax(axis=1), return_inverse=True)
    added = np.zeros((len(rows), features.count))
    np.add.at(added, places.reshape(-1), features.of_real(images[listed]))
    added *= _BELOW / len(images)
    # The features have the norm 1 but for rounding.
    added /= max(1.0, math.sqrt(np.square(added).sum()))
    return rows, np.trunc(added * _GRID).astype(np.int64)


def embedding_sums(
    features: ImageFeatures, images: np.ndarray, labels: np.ndarray, starts: np.ndarray, vectors: np.ndarray
) -> np.ndarray:
    """Sums over all units, without noise: private, nothing but `noisy_embedding` may read them.

    Args:
        features: The features.
        images: uint8 [N, R, R, 1], sorted by unit.
        labels: [N, L].
        starts: int64 [P + 1], unit p has the images from starts[p] up to starts[p + 1].
        vectors: [K, L], the label combinations.

    Returns:
        float64 [K, D], exact.
    """
    sums = np.zeros((len(vectors), features.count), np.int64)
    for begin, end in zip(starts[:-1], starts[1:], strict=True):
        # Unit by unit: a product of several units' images at once could round each of them in another way.
        rows, added = unit_embedding(features, images[begin:end], labels[begin:end], vectors)
        sums[rows] += added
    return sums / _GRID


def noisy_embedding(sums: np.ndarray, noise_multiplier: float, random: np.random.Generator) -> np.ndarray:
    """The sums with Gaussian noise on every entry; what follows needs no further charge.

    The noise is half the sum of four draws, which has the deviation of one and hides the grid of floating-point numbers
    of each (Holohan and Braghin 2021).

    Args:
        sums: float64 [K, D].
        noise_multiplier: Standard deviation, as the sensitivity is 1; 0 for no noise.
        random: Secret, and never used for another release.
    """
    if not noise_multiplier:
        return sums.copy()
    draws = random.standard_normal((_DRAWS, *sums.shape)).sum(axis=0) / math.sqrt(_DRAWS)
    return sums + noise_multiplier * draws
