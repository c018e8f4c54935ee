"""A tiny training in a process of its own that may die in the middle of it.

Call: ``python -m medgan_tf.machine.selfcheck.tiny_training FOLDER NAME ARCHITECTURE DIES``. FOLDER/dataset is its
dataset, and NAME its run. With DIES = 1 it kills itself at the end of the third tick, before the tick's checkpoint.
Prints the images that it went on from, as JSON.
"""

import logging
import os
import signal
import sys
import time
from pathlib import Path

import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.files.result_files import json_text
from medgan_tf.startup import quiet_tensorflow
from medgan_tf.training.loop import train

BATCH, TICK, TICKS, DEATH = 8, 16, 6, 3
"""Images of a step and of a tick, ticks of the whole training, and the tick at whose end it dies."""
SIDE = 16


class _DeathAtTick(logging.Handler):
    """Kills the process at a status line: nothing after it happens, as in a power cut."""

    def __init__(self, tick: int):
        super().__init__()
        self.left = tick

    def emit(self, record: logging.LogRecord) -> None:
        self.left -= 1
        if not self.left:
            # Where there is no such signal the system ends a process in the same way for any other.
            os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            time.sleep(60)


def experiment_of(folder: Path, name: str, architecture: str) -> Experiment:
    """The experiment: six ticks of two steps, a checkpoint after every second tick."""
    training = {
        "output": str(folder / "runs"),
        "batch": BATCH,
        "total_images": TICKS * TICK,
        "images_per_tick": TICK,
        "checkpoint_ticks": 2,
        "sample_ticks": TICKS,
        "sample_rows": 2,
        "sample_columns": 2,
        "tensorboard": False,
        # Rates that move weights in a few steps.
        "generator_learning_rate": 0.002,
        "discriminator_learning_rate": 0.002,
    }
    gan = {"architecture": architecture, "max_channels": 8, "latent_size": 8}
    data = {"resolution": SIDE, "dataset_dir": str(folder / "dataset")}
    return Experiment(name=name, seed=7, data=data, gan=gan, training=training)


def main(arguments: list[str]) -> None:
    """Trains, or goes on."""
    folder, name, architecture, dies = Path(arguments[0]), *arguments[1:]
    quiet_tensorflow()
    if tf.config.list_physical_devices("GPU"):
        # Some operations of a GPU add in another order each time.
        tf.config.experimental.enable_op_determinism()
    lines = logging.getLogger("medgan_tf.training.callbacks.status")
    lines.setLevel(logging.INFO)
    if dies == "1":
        lines.addHandler(_DeathAtTick(DEATH))
    result = train(experiment_of(folder, name, architecture), DatasetFolder(folder / "dataset"))
    sys.stdout.write(json_text({"resumed_from": result.resumed_from, "images_seen": result.images_seen}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
