"""Worlds of small pictures whose features are their pixels: thousands of patients at no cost.

A picture shows 16 numbers as squares of 2 x 2 pixels. Numbers of a patient's pictures are alike.
"""

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.presentation.steps import Steps

_GREY, _UNIT, _ALIKE = 128, 24, 0.9


class PixelExtractor:
    """The 16 numbers that a picture shows."""

    def features(self, images, batch, progress=lambda done, total: None):
        squares = images[..., 0].astype(np.float32).reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))
        return squares.reshape(-1, 16) - _GREY

    shared_features = features


def pictures(numbers: np.ndarray) -> np.ndarray:
    """uint8 [N, 8, 8, 1] of numbers [N, 16] around 0 with variance 1."""
    grey = np.clip(np.rint(_GREY + _UNIT * numbers), 0, 255).astype(np.uint8)
    return np.repeat(np.repeat(grey.reshape(-1, 4, 4), 2, axis=1), 2, axis=2)[..., None]


def picture_set(name: str, patients: int, random: np.random.Generator, most: int = 1, known: bool = True) -> ImageSet:
    """`patients` with 1 to `most` pictures each; with `known` their pseudonyms are."""
    owner = np.repeat(np.arange(patients), random.integers(1, most + 1, patients))
    own = random.normal(size=(len(owner), 16))
    numbers = own if most == 1 else _ALIKE * random.normal(size=(patients, 16))[owner] + np.sqrt(1 - _ALIKE**2) * own
    return ImageSet(
        name=name,
        kind="pictures",
        images=pictures(numbers),
        labels=None,
        label_names=(),
        sha256="0" * 64,
        image_ids=np.array([f"{name}-{row:05d}" for row in range(len(owner))]),
        patients=np.array([f"{name}-p{one}" if known else "" for one in owner]),
    )


def picture_inputs(train: ImageSet, held_out: ImageSet, synthetic: ImageSet, **settings) -> PrivacyInputs:
    """Inputs of an audit of these sets."""
    store = FeatureStore(PixelExtractor(), 64)
    steps = Steps(lambda *_: None)
    return PrivacyInputs.of(ReleaseSets(train, held_out, synthetic), PrivacyConfig(**settings), 1, store, steps)
