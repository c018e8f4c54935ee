"""A private training, real steps, killed by SIGKILL: the same bits at the end, and each draw charged once."""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import warm_python
from private_kills import killed_experiment
from private_shapes import ledger_of
from run_states import assert_equal_states, final_state

from medgan_tf.config.run_folders import run_folder
from medgan_tf.files.run_folders import RunFolder

CLOCK = {"images_per_second", "seconds", "overhead_seconds", "seconds_left", "memory_gib"}
ONCE = ("12", "after")
OFTEN = (*("0", "before"), *("0", "after"), *("4", "after"), *("7", "before"), *("12", "after"), *("17", "before"))


def ticks(folder):
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in CLOCK} for line in lines]


def test_killed_run_ends_with_equal_bits_and_is_charged_once(shapes, tmp_path, pytestconfig):
    shutil.copytree(shapes.path, tmp_path / "dataset")
    deaths = OFTEN if pytestconfig.getoption("--kills") else ONCE
    script = Path(__file__).parents[2] / "support" / "private_kills.py"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = warm_python.run([script, tmp_path, *deaths], env=environment, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    codes = json.loads(done.stdout)
    # A death at step 7 "before" comes only if a call begins there; such a start may end by itself.
    assert codes[0] == -signal.SIGKILL and codes[-2:] == [0, 0] and set(codes) <= {-signal.SIGKILL, 0}, done.stderr[
        -2000:
    ]
    killed, unbroken = RunFolder(tmp_path / "ended"), run_folder(killed_experiment(tmp_path))
    assert_equal_states(final_state(killed), final_state(unbroken))
    assert ticks(killed) == ticks(unbroken) and len(ticks(unbroken)) == 4
    assert killed.guarantee.read_text() == unbroken.guarantee.read_text()
    entries = ledger_of(tmp_path)
    assert (entries["reserved"], entries["forks"], sorted(entries["states"], key=int)) == (
        20,
        0,
        ["5", "10", "15", "20"],
    )
