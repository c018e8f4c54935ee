"""Runs that are killed again and again end with the same bits as unbroken ones, for every architecture.

``MEDGAN_KILLS=20 pytest tests/training/test_kills.py`` kills more often than the once or twice of an ordinary test run.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from interrupted_run import killed_experiment

import medgan_tf
from medgan_tf.registry import GANS
from medgan_tf.training.run import run_folder

# The steps of the other architectures take longer.
KILLS = {"cpd": 2} if "MEDGAN_KILLS" not in os.environ else dict.fromkeys(GANS.names(), int(os.environ["MEDGAN_KILLS"]))
# Wall time and memory are not part of what is computed.
CLOCK = {"images_per_second", "seconds", "overhead_seconds", "seconds_left", "memory_gib"}


def weights(folder):
    newest = sorted(folder.checkpoints.glob("images-*"))[-1]
    reader = tf.train.load_checkpoint(str(newest / "state"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name}


def ticks(folder):
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in CLOCK} for line in lines]


@pytest.mark.parametrize("architecture", GANS.names())
def test_killed_many_times_ends_bit_equal(architecture, shapes, tmp_path):
    shutil.copytree(shapes.path, tmp_path / "dataset")
    script = Path(__file__).parents[1] / "support" / "interrupted_run.py"
    kills = KILLS.get(architecture, 1)
    command = [sys.executable, str(script), str(tmp_path), architecture, str(kills), str(len(architecture))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900 + 120 * kills)
    starts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and sum(start["killed"] for start in starts) == kills, done.stderr[-2000:]
    # A start whose moment never came finished the run, and another one was begun; none may end otherwise.
    assert all(start["killed"] or start["status"] == 0 for start in starts), done.stderr[-2000:]
    assert [starts[0]["status"], starts[-1]["status"]] == [0, 0]
    killed, unbroken = (run_folder(killed_experiment(tmp_path, architecture, name)) for name in ("killed", "unbroken"))
    expected, actual = weights(unbroken), weights(killed)
    assert actual.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(actual[name], array, err_msg=name)
    assert ticks(killed) == ticks(unbroken)
    assert len(ticks(killed)) >= 4
    pictures = [cv2.imread(str(folder.samples / "latest.png"), 0) for folder in (killed, unbroken)]
    np.testing.assert_array_equal(*pictures)
    generators = [medgan_tf.load_generator(folder.generator) for folder in (killed, unbroken)]
    labels = generators[0].label_vectors(["Disc"], count=3)
    np.testing.assert_array_equal(*(generator.sample(labels, seed=1) for generator in generators))
    left = [path.name for path in killed.path.rglob(".*") if path.name != ".lock"]
    assert not left, f"left behind: {left}"
