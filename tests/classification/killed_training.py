"""Classifies in a process of its own that a test can kill: killed_training.py FOLDER."""

import logging
import sys
from pathlib import Path

# pytest has set both up in its own process.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tiny_classifier import tiny_backbone, tiny_experiment

from medgan_tf.classification import network
from medgan_tf.data.reader import DatasetFolder
from medgan_tf.evaluation.classify import classify
from medgan_tf.evaluation.conditions import REAL

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    network.build_backbone = tiny_backbone
    folder = Path(sys.argv[1])
    classify(tiny_experiment(folder, max_epochs=5), [REAL], DatasetFolder(folder / "dataset"))
