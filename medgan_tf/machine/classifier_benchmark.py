"""Speed of the classifier's training, with all work around its steps, as a fraction of a bare DenseNet-121's speed."""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from medgan_tf.classification import network
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.classification.training_set import Examples, TrainingSet
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.machine.probe_process import in_own_process
from medgan_tf.metrics.streams import stream
from medgan_tf.training.devices.memory import memory_gib

LABELS = 6
_ROUNDS = 3
_EPOCHS = 2


@dataclass(frozen=True)
class ClassifierSpeed:
    """One measured setting.

    Attributes:
        resolution, batch, precision: The setting; the images are stored and read at the same size.
        bare_rate: Images/s of Keras's `train_on_batch` of a plain DenseNet-121 on one batch in memory.
        training_rate: Images/s of the steps of an epoch: order, flips, input pipeline, Keras's `fit`.
        training_fraction: training_rate / bare_rate.
        epoch_rate: The same with the validation at the end of the epoch, a quarter as many images as were trained on.
        memory_first_gib, memory_last_gib: Resident memory after the first training and after the last.
        epochs: Epochs between these two.
    """

    resolution: int
    batch: int
    precision: str
    bare_rate: float
    training_rate: float
    training_fraction: float
    epoch_rate: float
    memory_first_gib: float
    memory_last_gib: float
    epochs: int


def measure_classifier(resolution: int, batch: int, precision: str, steps: int = 10) -> ClassifierSpeed:
    """Measures one setting in a process of its own.

    Args:
        resolution: Pixels, at least 32.
        batch: Images per step.
        precision: `float32` or `mixed_bfloat16`.
        steps: Steps of an epoch; three times two epochs are timed, in turns with as many bare steps.
    """
    return in_own_process(__name__, "classifier_here", resolution, batch, precision, steps)


def classifier_here(resolution: int, batch: int, precision: str, steps: int) -> ClassifierSpeed:
    """As `measure_classifier`, in this process."""
    config = ClassifierConfig(
        weights="none",
        image_size=resolution,
        batch=batch,
        images_per_epoch=steps * batch,
        max_epochs=_EPOCHS,
        precision=precision,
    )
    trainer, data = ClassifierTrainer(LABELS, resolution, config), _noise(resolution, steps * batch)
    bare, batch_of_one = _bare_model(config), _float_batch(data.train, batch)
    bare.train_on_batch(*batch_of_one)
    _train(trainer, data, 0)
    first = memory_gib()
    rates: dict[str, list[float]] = {"bare": [], "training": [], "epoch": []}
    for seed in range(1, _ROUNDS + 1):
        # Untimed: whatever made TensorFlow forget its optimised graphs would cost this one call some 15 seconds.
        bare.train_on_batch(*batch_of_one)
        begun = time.perf_counter()
        for _ in range(_EPOCHS * steps):
            bare.train_on_batch(*batch_of_one)
        rates["bare"].append(_EPOCHS * steps * batch / (time.perf_counter() - begun))
        history = _train(trainer, data, seed)
        rates["training"] += [epoch["images_per_second"] for epoch in history]
        rates["epoch"] += [steps * batch / epoch["seconds"] for epoch in history]
    bare_rate, training, epoch = (statistics.median(values) for values in rates.values())
    return ClassifierSpeed(
        resolution=resolution,
        batch=batch,
        precision=precision,
        bare_rate=bare_rate,
        training_rate=training,
        training_fraction=training / bare_rate,
        epoch_rate=epoch,
        memory_first_gib=first,
        memory_last_gib=memory_gib(),
        epochs=_EPOCHS * _ROUNDS,
    )


def _train(trainer: ClassifierTrainer, data: TrainingSet, seed: int) -> list[dict]:
    with tempfile.TemporaryDirectory(prefix="medgan-benchmark-") as folder:
        return trainer.train(data, seed, TrainingState(Path(folder), "benchmark")).history


def _bare_model(config: ClassifierConfig) -> keras.Model:
    with network.dtype_policy(config.precision):
        backbone = network.build_backbone(config.image_size)
        head = keras.layers.Dense(LABELS, activation="sigmoid", dtype="float32")
        model = keras.Model(backbone.inputs, head(backbone.outputs[0]))
    model.compile(keras.optimizers.Adam(config.learning_rate), keras.losses.BinaryCrossentropy(), jit_compile=False)
    return model


def _noise(resolution: int, count: int) -> TrainingSet:
    generator = stream(0, "images of the benchmark")

    def examples(number: int) -> Examples:
        images = generator.integers(0, 256, (number, resolution, resolution, 1), dtype=np.uint8)
        # Both values of every label, however few images.
        labels = (np.add.outer(np.arange(number), np.arange(LABELS)) % 2).astype(np.float32)
        return Examples(images, labels)

    return TrainingSet(examples(count), examples(max(2, count // 4)), "flip")


def _float_batch(examples: Examples, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Three channels of values about 0, as DenseNet-121 expects them."""
    images = np.repeat(examples.images[:batch].astype(np.float32) / 127.5 - 1, 3, axis=-1)
    return images, examples.labels[:batch]
