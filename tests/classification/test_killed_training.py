"""A classifier killed in the middle and resumed gives the predictions of one that was not."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_classifier import tiny_experiment

from medgan_tf.classification.conditions import REAL
from medgan_tf.evidence.utility.classify import classify

SCRIPT = Path(__file__).parents[1] / "support" / "killed_training.py"


@pytest.mark.usefixtures("tiny")
def test_kill_and_resume_gives_the_same_predictions(tmp_path, drawings):
    for name in ("killed", "unbroken"):
        shutil.copytree(drawings.path, tmp_path / name / "dataset")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-u", str(SCRIPT), str(tmp_path / "killed")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout:
            if "epoch   2" in line:
                process.send_signal(signal.SIGKILL)
                break
    assert process.wait() == -signal.SIGKILL
    folders = {name: REAL.folder(tiny_experiment(tmp_path / name)).classifier for name in ("killed", "unbroken")}
    assert (folders["killed"] / "state" / "last.npz").is_file()
    assert not (folders["killed"] / "result.json").exists()
    results = {}
    for name in ("killed", "unbroken"):
        experiment = tiny_experiment(tmp_path / name, max_epochs=5)
        results[name] = classify(experiment, [REAL], drawings)["real"]
    assert results["killed"]["predictions_sha256"] == results["unbroken"]["predictions_sha256"]
    assert results["killed"]["weights_sha256"] == results["unbroken"]["weights_sha256"]
    assert not (folders["killed"] / "state").exists()
