"""Classifies in a process of its own that a test can kill: killed_training.py FOLDER."""

import logging
import sys
from pathlib import Path

from tiny_classifier import tiny_backbone, tiny_experiment

from medgan_tf.classification import network
from medgan_tf.classification.conditions import REAL
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.utility.classify import classify

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    network.build_backbone = tiny_backbone
    folder = Path(sys.argv[1])
    classify(tiny_experiment(folder, max_epochs=5), [REAL], DatasetFolder(folder / "dataset"))
