"""The classifier `linear`: logistic regression on the features of an extractor, in seconds instead of hours.

Its penalty is chosen on the validation images, as epochs are with a network. There is one solution, so the seed decides
nothing but what it decides about the images: shares, halves, permutations and classical augmentation. A training that
starts from the solution of another one would end where any training ends. So that it means what it means for networks,
to keep what was learned first, its penalty draws towards that first solution.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from medgan_tf.classification.batches import augmented
from medgan_tf.classification.export import weights_sha256
from medgan_tf.classification.networks.linear_export import export_linear, exported_solution
from medgan_tf.classification.networks.logistic import Regression, Solution, unfitted
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.trainer import Training
from medgan_tf.classification.training_set import TrainingSet
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.metrics.auc import auc_per_label, mean_over_labels

log = logging.getLogger(__name__)

PENALTIES = tuple(10.0 ** (half / 2) for half in range(4, -11, -1))
"""Penalties that are tried, from 100 to 0.00001. The first of those with the best mean validation AUC is taken."""
PATIENCE = 4
"""Penalties without a better mean validation AUC after which no weaker one is tried."""
CLASSICAL_COPIES = 4
"""Altered copies of each image with classical augmentation."""
_AT_A_TIME = 64
_MOST_KEPT = 2**28


class FeatureSource(Protocol):
    """What the classifier needs of a feature extractor, see `features.extractor.Extractor`."""

    def features(self, images: np.ndarray) -> np.ndarray:
        """Features float32 [N, F] of images uint8 [N, R, R, 1]."""

    def describe(self) -> dict[str, Any]:
        """What the features are, as plain values; `name` and `feature_size` are among them."""

    @property
    def network(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """The TensorFlow function behind it, and `model`, if it has variables."""


class KnownFeatures:
    """Features of images, each computed once: training sets and seeds share most of their images."""

    def __init__(self, source: FeatureSource):
        self.source, self.size = source, int(source.describe()["feature_size"])
        self._rows: dict[bytes, np.ndarray] = {}

    def of(self, images: np.ndarray) -> np.ndarray:
        """Features float32 [N, F] of images uint8 [N, R, R, 1]."""
        keys = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
        unknown = list({key: row for row, key in enumerate(keys) if key not in self._rows}.values())
        if unknown:
            if len(self._rows) * self.size > _MOST_KEPT:
                self._rows.clear()
                unknown = list({key: row for row, key in enumerate(keys)}.values())
            found = self.source.features(images[unknown])
            self._rows |= {keys[row]: one for row, one in zip(unknown, found, strict=True)}
        return np.array([self._rows[key] for key in keys], np.float32).reshape(len(images), self.size)


class LinearTrainer:
    """Logistic regression with the methods of `ClassifierTrainer`.

    Args:
        label_count: L.
        resolution: R, pixels.
        config: The section `classifier`.
        source: The extractor.
    """

    def __init__(self, label_count: int, resolution: int, config: ClassifierConfig, source: FeatureSource):
        self.label_count, self.resolution, self.config, self.source = label_count, resolution, config, source
        self._known = KnownFeatures(source)
        self._done: dict[str, tuple[Training, Solution]] = {}
        self.solution = unfitted(np.zeros((1, self._known.size)), np.zeros((1, label_count)))

    def train(
        self,
        data: TrainingSet,
        seed: int,
        state: TrainingState,
        tensorboard: Path | None = None,
        named: str = "classifier",
        longest: int | None = None,
        start: Sequence[np.ndarray] | None = None,
    ) -> Training:
        """Fits with every penalty and keeps the solution with the best mean validation AUC.

        The same images are fitted once: seeds that share them share the solution.

        Args:
            data: Training and validation images. With `flip` images and their mirror images are used.
            seed: Seed of classical augmentation.
            state, tensorboard, longest: Of a network's training; nothing is kept or drawn, as a fit takes seconds.
            named: Name of the classifier in the log.
            start: `weights()` of an earlier solution: features are standardised as there, and the penalty draws to its
                weights instead of to 0.
        """
        images, labels = _varied(data, seed)
        key = weights_sha256([images, labels, data.valid.images, data.valid.labels, *(start or ())])
        if key not in self._done:
            self._done[key] = self._fitted(images, labels, data, start, named)
        training, self.solution = self._done[key]
        return training

    def _fitted(self, images, labels, data, start, named) -> tuple[Training, Solution]:
        begin = time.monotonic()
        features = self._known.of(images)
        first = unfitted(features, labels) if start is None else Solution.of(start)
        regression, valid = Regression(first, features, labels), first.standard(self._known.of(data.valid.images))
        history, best, solution = [], None, first
        for number, penalty in enumerate(PENALTIES, start=1):
            at, loss = regression.solve(penalty)
            aucs = auc_per_label(data.valid.labels, valid @ at.weights)
            mean = mean_over_labels(aucs).value
            label_aucs = [float(value) if np.isfinite(value) else None for value in aucs]
            history.append(
                {"epoch": number, "penalty": penalty, "loss": loss, "mean_auc": mean, "label_aucs": label_aucs}
            )
            if best is None or mean > history[best]["mean_auc"]:
                best, solution = number - 1, at
            elif number - 1 - best >= PATIENCE:
                break
        chosen = history[best]
        log.info(
            f"{named}: {len(history)} penalties in {time.monotonic() - begin:.1f} s; {chosen['penalty']:.2g} is the "
            f"best, mean validation AUC {chosen['mean_auc']:.4f}"
        )
        ended = len(history) < len(PENALTIES)
        reason = f"no better validation AUC for {PATIENCE} penalties" if ended else "all penalties were tried"
        return Training(history, best + 1, chosen["mean_auc"], reason, 0), solution

    def probabilities(self, images: np.ndarray, seen: Callable[[int], None] | None = None) -> np.ndarray:
        """Probabilities float32 [N, L] of images uint8 [N, R, R, 1]."""
        found = self.solution.probabilities(self._known.of(images)).astype(np.float32)
        if seen is not None:
            seen(len(images))
        return found

    def weights(self) -> list[np.ndarray]:
        """Mean and scale of the features, weights and offsets."""
        return self.solution.arrays()

    def exported(self, folder: Path) -> list[np.ndarray]:
        """`weights()` of the exported classifier in a folder, for `start`. Raises `DataError` if there is none."""
        return exported_solution(folder)

    def export(self, folder: Path, card: dict[str, Any]) -> None:
        """Saves `model/` and `model.json`, as `ClassifierTrainer.export`; the model holds the extractor."""
        export_linear(folder, self.solution, self.source, self.resolution, card)


def _varied(data: TrainingSet, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The training images with what augmentation adds to them, and their labels."""
    images, labels = data.train.images, data.train.labels
    if data.augmentation == "none":
        return images, labels
    if data.augmentation == "flip":
        # A coin for every image is, on average, both of them.
        return np.concatenate([images, images[:, :, ::-1]]), np.concatenate([labels, labels])
    copies = [images]
    for copy in range(CLASSICAL_COPIES):
        for start in range(0, len(images), _AT_A_TIME):
            part = tf.constant(images[start : start + _AT_A_TIME])
            number = tf.constant(copy * len(images) + start, tf.int64)
            copies.append(augmented(part, seed, number, "classical").numpy())
    return np.concatenate(copies), np.concatenate([labels] * (1 + CLASSICAL_COPIES))
