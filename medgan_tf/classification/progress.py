"""Callbacks after each epoch of the classifier: validation AUC, rate, state on disk, log line, TensorBoard."""

import logging
import math
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from medgan_tf.classification.plateau import plateau_state
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.training_set import Examples
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import RunError
from medgan_tf.files.event_file import EventFile
from medgan_tf.metrics.auc import auc_per_label, mean_over_labels
from medgan_tf.presentation.durations import duration

log = logging.getLogger(__name__)

History = list[dict[str, Any]]


class EpochRecorder(keras.callbacks.Callback):
    """Adds an entry to the history: loss, validation AUCs, rate and speed. Comes first.

    Args:
        history: The list that it adds to.
        valid: Validation images.
        predict: Function from images to probabilities [N, L].
        images: Number of training images in an epoch.
    """

    def __init__(self, history: History, valid: Examples, predict: Callable[[np.ndarray], np.ndarray], images: int):
        super().__init__()
        self.history, self.valid, self.predict, self.images = history, valid, predict, images

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        loss = float(logs["loss"])
        trained = time.monotonic() - self.started
        if not math.isfinite(loss):
            raise RunError(
                f"training of the classifier diverged in epoch {epoch + 1}: the loss is not finite; lower "
                "classifier.learning_rate and run again"
            )
        probabilities = self.predict(self.valid.images)
        if not np.isfinite(probabilities).all():
            raise RunError(
                f"the classifier gives no finite probabilities after epoch {epoch + 1}; lower classifier.learning_rate"
            )
        aucs = auc_per_label(self.valid.labels, probabilities)
        self.history.append(
            {
                "epoch": epoch + 1,
                "loss": loss,
                "mean_auc": mean_over_labels(aucs).value,
                "label_aucs": [float(value) if math.isfinite(value) else None for value in aucs],
                "learning_rate": float(np.asarray(self.model.optimizer.learning_rate)),
                "images_per_second": self.images / trained,
                "seconds": time.monotonic() - self.started,
            }
        )


class FollowPlateau(keras.callbacks.Callback):
    """Sets the learning rate and ends training as `plateau_state` says.

    Attributes:
        state: Where training stands.
    """

    def __init__(self, history: History, config: ClassifierConfig):
        super().__init__()
        self.history, self.config = history, config

    def _look(self) -> None:
        self.state = plateau_state([epoch["mean_auc"] for epoch in self.history], self.config)
        self.model.optimizer.learning_rate = self.state.learning_rate

    def on_train_begin(self, logs=None):
        self._look()

    def on_epoch_end(self, epoch, logs=None):
        self._look()
        self.model.stop_training = self.state.stop


class SaveEpoch(keras.callbacks.Callback):
    """Keeps the epoch on disk. Comes after `FollowPlateau`, so that the saved rate is the next epoch's."""

    def __init__(self, history: History, state: TrainingState, plateau: FollowPlateau):
        super().__init__()
        self.history, self.state, self.plateau = history, state, plateau

    def on_epoch_end(self, epoch, logs=None):
        optimizer = [np.asarray(variable) for variable in self.model.optimizer.variables]
        is_best = self.plateau.state.best_epoch == len(self.history)
        self.state.save(self.model.get_weights(), optimizer, self.history, is_best)


class SeedNoise(keras.callbacks.Callback):
    """Gives layers with noise of their own, such as dropout, a fresh state in every epoch, by seed and epoch.

    Their states go on with every step, over trainings and processes. DenseNet-121 has no such layer.
    """

    def __init__(self, seed: int):
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch, logs=None):
        states = [one for one in self.model.variables if one.path.endswith("seed_generator_state")]
        for number, state in enumerate(states):
            state.assign(np.array([zlib.crc32(f"{self.seed} {number}".encode()) >> 1, epoch << 20], state.dtype))


class EpochLine(keras.callbacks.Callback):
    """One log line per epoch, with the time left if no epoch gets better and the time of all epochs."""

    def __init__(self, history: History, config: ClassifierConfig, named: str, clock: Callable[[], float]):
        super().__init__()
        self.history, self.config, self.named, self.clock = history, config, named, clock

    def on_train_begin(self, logs=None):
        self.started, self.first = self.clock(), len(self.history)

    def on_epoch_end(self, epoch, logs=None):
        last, done = self.history[-1], len(self.history)
        best = plateau_state([entry["mean_auc"] for entry in self.history], self.config).best_epoch
        each = (self.clock() - self.started) / (done - self.first)
        fewest = 0 if self.model.stop_training else self.config.stop_patience - (done - best)
        most = 0 if self.model.stop_training else self.config.max_epochs - done
        left = f"{duration(min(fewest, most) * each)} to {duration(most * each)} left" if most else "done"
        log.info(
            f"{self.named}: epoch {done:>3}  loss {last['loss']:.4f}  validation AUC {last['mean_auc']:.4f}"
            f"{' *' if best == done else '  '}  rate {last['learning_rate']:.0e}  "
            f"{last['images_per_second']:.0f} img/s  {left}"
        )


class TensorBoardEpoch(keras.callbacks.Callback):
    """Loss, validation AUC, rate and speed for TensorBoard, by epoch."""

    def __init__(self, history: History, folder: Path):
        super().__init__()
        self.history, self.folder = history, folder

    def on_train_begin(self, logs=None):
        self.events = EventFile(self.folder)

    def on_epoch_end(self, epoch, logs=None):
        entry = self.history[-1]
        tags = {"loss": "classifier/loss", "mean_auc": "classifier/validation_auc", "learning_rate": "classifier/rate"}
        tags |= {"images_per_second": "speed/classifier"}
        self.events.scalars(entry["epoch"], {tag: entry[name] for name, tag in tags.items()})
        self.events.flush()

    def on_train_end(self, logs=None):
        self.events.close()
