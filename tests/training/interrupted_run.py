"""Trains on a prepared dataset in a process of its own that a test can kill: interrupted_run.py FOLDER."""

import sys
from pathlib import Path

from conftest import small_experiment

from medgan_tf.data.reader import DatasetFolder
from medgan_tf.training.run import train

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    train(
        small_experiment(folder),
        DatasetFolder(folder / "dataset"),
        show=lambda line: (sys.stdout.write(line + "\n"), sys.stdout.flush()),
    )
