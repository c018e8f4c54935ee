"""Runs that are killed again and again end with the same bits as unbroken ones.

An ordinary run of the tests kills one architecture twice, as what a kill can hit is the same for all, and whether a
checkpoint holds all that an architecture has is in test_checkpoints.py. ``pytest --kills tests/training/test_kills.py``
kills 20 times, shared out among all architectures.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
import warm_python
from interrupted_run import killed_experiment

import medgan_tf
from medgan_tf.config.run_folders import run_folder
from medgan_tf.registry import GANS

MANY = 20
# Wall time and memory are not part of what is computed.
CLOCK = {"images_per_second", "seconds", "overhead_seconds", "seconds_left", "memory_gib"}


def weights(folder):
    newest = sorted(folder.checkpoints.glob("images-*"))[-1]
    reader = tf.train.load_checkpoint(str(newest / "state"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name}


def ticks(folder):
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in CLOCK} for line in lines]


def kills(many):
    """How often a run of each architecture is killed. The steps of dcgan take the least time."""
    if not many:
        return {"dcgan": 2}
    others = [name for name in GANS.names() if name != "dcgan"]
    each = MANY // (len(others) + 1)
    return dict.fromkeys(others, each) | {"dcgan": MANY - each * len(others)}


def pytest_generate_tests(metafunc):
    if "architecture" in metafunc.fixturenames:
        metafunc.parametrize("architecture", sorted(kills(metafunc.config.getoption("--kills"))))


def test_many_kills_are_shared_out():
    assert sorted(kills(many=True)) == GANS.names() and sum(kills(many=True).values()) == MANY


def test_killed_many_times_ends_bit_equal(architecture, shapes, tmp_path, pytestconfig):
    shutil.copytree(shapes.path, tmp_path / "dataset")
    script = Path(__file__).parents[1] / "support" / "interrupted_run.py"
    count = kills(pytestconfig.getoption("--kills"))[architecture]
    command = [script, tmp_path, architecture, count, len(architecture)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = warm_python.run(command, env=environment, timeout=900 + 120 * count)
    starts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr[-2000:]
    # A start whose moment never came finished the run, and another one was begun; none may end otherwise.
    codes = [start["returncode"] for start in starts]
    assert set(codes) <= {-signal.SIGKILL, 0} and codes[0] == codes[-1] == 0, done.stderr[-2000:]
    killed = [start for start in starts if start["returncode"] == -signal.SIGKILL]
    assert len(killed) == count
    # A run that has not trained yet has nothing to lose: at least one had.
    assert any(start["begun"] for start in killed), killed
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
