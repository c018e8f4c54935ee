"""How many masks a second importance maps take on this machine: a part of `medgan-tf selfcheck`."""

import time

import numpy as np
import tensorflow as tf

from medgan_tf.classification.network import build_network
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.evidence.importance.classifier import LoadedClassifier
from medgan_tf.evidence.importance.occluder import Occluder
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.machine.selfcheck.cases import REPORTED, Case, Outcome

LABELS = ("a", "b", "c", "d", "e", "f")
SECONDS = 5.0
"""Time for the maps after the first one, which is not counted."""


def cases() -> list[Case]:
    """Maps of the quickstart's size; on a GPU of the paper's, too."""
    sides = (32, 224) if tf.config.list_physical_devices("GPU") else (32,)
    return [Case(f"{side} pixels", False, lambda side=side: measured(side)) for side in sides]


def measured(side: int, seconds: float = SECONDS) -> Outcome:
    """Masks a second of a DenseNet-121 with drawn weights, with the defaults of `evaluation.occlusion`.

    Args:
        side: Side of the images and of the classifier's input, pixels.
        seconds: For so long maps are made, at least one.
    """
    options = OcclusionConfig()
    network = build_network(len(LABELS), side, ClassifierConfig(weights="none", image_size=side), seed=0)
    classifier = LoadedClassifier("drawn", network, LABELS, "0" * 64)
    occluder = Occluder(classifier, options.patch, options.stride or options.patch, options.batch)
    image = (np.arange(side * side) * 37 % 251).astype(np.uint8).reshape(side, side, 1)
    begun = time.perf_counter()
    occluder.probabilities(image)
    first, begun, maps = time.perf_counter() - begun, time.perf_counter(), 0
    while not maps or time.perf_counter() - begun < seconds:
        occluder.probabilities(image)
        maps += 1
    rate = maps * occluder.positions**2 / (time.perf_counter() - begun)
    values = {"resolution": side, "masks_per_second": rate, "masks": occluder.positions**2, "first_map_seconds": first}
    return Outcome(REPORTED, f"{rate:.1f} masks/s ({occluder.method})", values)
