"""Training DenseNet-121: Keras's `fit`, one call from the first (or the resumed) epoch to the last."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.classification.arms.start import exported_weights
from medgan_tf.classification.batches import classifier_batches
from medgan_tf.classification.export import ClassifierModule, export_classifier, save_classifier
from medgan_tf.classification.network import build_network, redrawn_weights
from medgan_tf.classification.plateau import plateau_state
from medgan_tf.classification.progress import (
    EpochLine,
    EpochRecorder,
    FollowPlateau,
    SaveEpoch,
    SeedNoise,
    TensorBoardEpoch,
)
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.training_set import TrainingSet
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.layers.fused_adam import FusedAdam

log = logging.getLogger(__name__)

_PREDICTED_AT_A_TIME, _PREDICTED_PIXELS = (64, 512), 2**19
"""Fewest and most images of a prediction, and the pixels that it takes between these, 512 images of 32 x 32."""
_BUILT_WITH = 0


@dataclass(frozen=True)
class Training:
    """The result of a training.

    Attributes:
        history: One entry for each epoch: loss, mean_auc, label_aucs, learning_rate, images_per_second, seconds.
        best_epoch: The epoch whose weights the trainer holds now, from 1.
        best: Its mean validation AUC.
        reason: Reason why it stopped, in words.
        resumed_from: Epochs that an earlier, interrupted call had done.
    """

    history: list[dict[str, Any]]
    best_epoch: int
    best: float
    reason: str
    resumed_from: int


class ClassifierTrainer:
    """One compiled network for any number of trainings of one shape: tracing 121 layers takes half a minute.

    Each training starts from weights drawn from its own seed, so it gives the same result in a fresh trainer.

    Args:
        label_count: L.
        resolution: R, pixels.
        config: The section `classifier`.
        strategy: Devices that train; None is the default one.

    Raises:
        ConfigError: The batch cannot be shared by the replicas.
    """

    def __init__(
        self,
        label_count: int,
        resolution: int,
        config: ClassifierConfig,
        strategy: tf.distribute.Strategy | None = None,
    ):
        self.label_count, self.resolution, self.config = label_count, resolution, config
        self.strategy = strategy or tf.distribute.get_strategy()
        replicas = self.strategy.num_replicas_in_sync
        if config.batch % replicas:
            raise ConfigError(
                f"classifier.batch must be a multiple of the {replicas} replicas. Received: batch={config.batch}"
            )
        with self.strategy.scope():
            self.network = build_network(label_count, resolution, config, _BUILT_WITH)
            # Only the probabilities are trained; the features come along in `self.network`.
            self.model = keras.Model(self.network.input, self.network.outputs[1])
            optimizer = FusedAdam(config.learning_rate)
            optimizer.build(self.model.trainable_variables)
            self.model.compile(optimizer, keras.losses.BinaryCrossentropy(), jit_compile=False)
        self._fresh_optimizer = [np.asarray(variable) for variable in optimizer.variables]
        # Traced once for all predictions, and for the export where that saves the same network.
        self._module = ClassifierModule(self.network)
        self._is_saved_as_it_is = config.precision == "float32" and self.strategy is tf.distribute.get_strategy()

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
        """Trains from the seed's own start or from `start`, or goes on from `state`; ends with the best weights.

        Args:
            data: Training and validation images.
            seed: Seed of starting weights, order and augmentation.
            state: Keeps every epoch on disk.
            tensorboard: Folder for event files, or None.
            named: Name of the classifier in the log.
            longest: Upper limit of epochs where it is below the config's; None for the config's.
            start: `weights()` of an earlier training to continue from, with a fresh optimizer; None for the seed's own.

        Raises:
            RunError: The loss is not finite, or the state cannot be written.
        """
        limit = min(longest or self.config.max_epochs, self.config.max_epochs)
        config = self.config.model_copy(update={"max_epochs": limit})
        history = self._begin(seed, state, start)
        resumed_from = len(history)
        if resumed_from:
            log.info(f"{named}: resuming after epoch {resumed_from}")
        if not plateau_state([epoch["mean_auc"] for epoch in history], config).stop:
            self._fit(data, seed, history, state, tensorboard, named, config)
        end = plateau_state([epoch["mean_auc"] for epoch in history], config)
        best = state.load_best()
        if best is None:
            raise RunError(f"{state.folder} lost its best weights; start again with --restart")
        self.model.set_weights(best)
        log.info(f"{named}: {end.reason}; epoch {end.best_epoch} is the best, mean validation AUC {end.best:.4f}")
        return Training(history, end.best_epoch, end.best, end.reason, resumed_from)

    def _begin(
        self, seed: int, state: TrainingState, start: Sequence[np.ndarray] | None = None
    ) -> list[dict[str, Any]]:
        """Sets weights and optimizer; returns the epochs that are done."""
        found = state.load_last()
        if found is not None and (not found[2] or state.load_best() is None):
            found = None
        if found is None:
            found = self._starting_weights(seed) if start is None else start, self._fresh_optimizer, []
        weights, optimizer, history = found
        self.model.set_weights(weights)
        for variable, value in zip(self.model.optimizer.variables, optimizer, strict=True):
            variable.assign(value)
        return history

    def _starting_weights(self, seed: int) -> list[np.ndarray]:
        redrawn = None
        if self.config.weights == "none" and not self.config.has_own_backbone:
            redrawn = redrawn_weights(self.network, _BUILT_WITH, seed)
        return redrawn or build_network(self.label_count, self.resolution, self.config, seed).get_weights()

    def _fit(self, data, seed, history, state, tensorboard, named, config) -> None:
        steps = max(1, min(data.epoch_images, config.images_per_epoch) // config.batch)
        batches = classifier_batches(
            data.train.images,
            data.train.labels,
            batch=config.batch,
            seed=seed,
            start=len(history) * steps * config.batch,
            augmentation=data.augmentation,
        )
        plateau = FollowPlateau(history, config)
        called: list[keras.callbacks.Callback] = [
            EpochRecorder(history, data.valid, self.probabilities, steps * config.batch),
            plateau,
            SaveEpoch(history, state, plateau),
            EpochLine(history, config, named, time.monotonic),
            SeedNoise(seed),
        ]
        if tensorboard is not None:
            called.append(TensorBoardEpoch(history, tensorboard))
        self.model.fit(
            batches,
            epochs=config.max_epochs,
            initial_epoch=len(history),
            steps_per_epoch=steps,
            callbacks=called,
            shuffle=False,
            verbose=0,
        )

    def probabilities(self, images: np.ndarray, seen: Callable[[int], None] | None = None) -> np.ndarray:
        """Probabilities float32 [N, L] of images uint8 [N, R, R, 1] with the present weights."""
        parts, (fewest, most) = [], _PREDICTED_AT_A_TIME
        count = min(max(_PREDICTED_PIXELS // self.config.image_size**2, fewest), most)
        for start in range(0, len(images), count):
            parts.append(self._module.both(images[start : start + count])[1].numpy())
            if seen is not None:
                seen(min(start + count, len(images)))
        return np.concatenate(parts) if parts else np.zeros((0, self.label_count), np.float32)

    def weights(self) -> list[np.ndarray]:
        """The present weights, in the network's order."""
        return self.network.get_weights()

    def export(self, folder: Path, card: dict[str, Any]) -> None:
        """Saves `model/` and `model.json` with the present weights, see `export.export_classifier`."""
        if self._is_saved_as_it_is:
            save_classifier(folder, self._module, self.weights(), card)
        else:
            export_classifier(folder, self.weights(), self.config, card)

    def exported(self, folder: Path) -> list[np.ndarray]:
        """The weights of the exported classifier in a folder, see `arms.start.exported_weights`."""
        return exported_weights(folder, self.label_count, self.resolution, self.config)
