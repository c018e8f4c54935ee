"""Folders of an experiment, and that naming them needs no TensorFlow."""

import subprocess
import sys
from pathlib import Path

from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.config.schema import Experiment


def test_folders_of_an_experiment():
    experiment = Experiment(name="chests", seed=9, gan={"architecture": "biggan"}, training={"output": "out"})
    assert run_folder(experiment).path == Path("out/chests/biggan-seed9")
    assert real_folder(experiment).path == Path("out/chests/real-seed9")


def test_naming_them_loads_no_tensorflow():
    script = "import sys, medgan_tf.config.run_folders; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
