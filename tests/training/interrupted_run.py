"""Trains on a prepared dataset in a process of its own that a test can kill: interrupted_run.py FOLDER."""

import logging
import sys
from pathlib import Path

from shapes_dataset import small_experiment

from medgan_tf.data.reader import DatasetFolder
from medgan_tf.training.run import train

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    logging.basicConfig(stream=sys.stdout, format="%(message)s", force=True)
    train(small_experiment(folder), DatasetFolder(folder / "dataset"))
