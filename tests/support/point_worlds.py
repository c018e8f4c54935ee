"""Inputs of an audit of made-up worlds, with points of few dimensions in place of images and features."""

from dataclasses import replace

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.presentation.progress import Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.simulations.privacy.worlds import PointExtractor, World, drawn


def world_inputs(world: World, seed: int = 0, **settings) -> PrivacyInputs:
    """The inputs of an audit of one world."""
    return inputs_of(drawn(world, np.random.default_rng(seed)), **settings)


def inputs_of(sets: ReleaseSets, **settings) -> PrivacyInputs:
    store = FeatureStore(PointExtractor(), 64)
    return PrivacyInputs.of(sets, PrivacyConfig(**settings), 1, store, Steps(Silent()))


def labelled(images: ImageSet, labels: np.ndarray) -> ImageSet:
    """The set with one label, 0 or 1 for each image."""
    return replace(images, labels=np.asarray(labels, np.float32)[:, None], label_names=("A",))
