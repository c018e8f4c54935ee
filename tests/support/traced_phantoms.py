"""Phantom radiographs as traceable sets: every two images are of one patient."""

from dataclasses import replace

import numpy as np
from phantom_sets import phantom_set

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.release_sets import ReleaseSets


def traced_phantoms(name: str, count: int, seed: int, folds: str = "") -> ImageSet:
    """`count` images of each of two combinations; patient `<seed>-<n>` has one image of each."""
    made = phantom_set(name, count, seed)
    numbers = np.arange(2 * count)
    return replace(
        made,
        image_ids=np.array([f"{seed}-{number:04d}" for number in numbers]),
        patients=np.array([f"{seed}-p{number // 2}" for number in numbers]),
        folds=np.full(2 * count, folds, "U5"),
        sha256=f"{seed}" * 64,
    )


def release(synthetic: ImageSet, train: ImageSet, held_out: ImageSet) -> ReleaseSets:
    return ReleaseSets(train, held_out, synthetic)
