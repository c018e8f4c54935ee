"""One worker of a training over several processes: worker_run.py FOLDER KEY=VALUE...; TF_CONFIG or Slurm name the rest.

The values are settings of the section `training`. Leaves the exit code that the command would.
"""

import json
import logging
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import MedganError
from medgan_tf.training import loop
from medgan_tf.training.loop import train


class KeepWeights(tf.keras.callbacks.Callback):
    """Writes the worker's own copy of all weights when a call of `fit` ends."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def on_train_end(self, logs=None):
        networks = (self.model.generator, self.model.discriminator, self.model.ema_generator)
        variables = [variable for network in networks for variable in network.variables]
        np.savez(self.path, **{f"{number:03}": variable.numpy() for number, variable in enumerate(variables)})


def keep_weights(folder: Path) -> None:
    """Adds that callback to the run that is about to be made."""
    make_callbacks = loop.make_callbacks

    def watched(run, fid, interruption):
        kept = KeepWeights(folder / f"worker{run.workers.number}.npz")
        return [*make_callbacks(run, fid, interruption), kept]

    loop.make_callbacks = watched


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    settings = {name: json.loads(value) for name, _, value in (item.partition("=") for item in sys.argv[2:])}
    logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO, force=True)
    keep_weights(folder)
    try:
        train(small_experiment(folder, strategy="multi_worker", **settings), DatasetFolder(folder / "dataset"))
    except MedganError as error:
        sys.stdout.write(f"Error: {error}\n")
        sys.exit(error.exit_code)
