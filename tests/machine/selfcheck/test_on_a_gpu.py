"""What is demanded where, with GPUs that are made up: none was at hand. And what the part `versions` tells."""

import os
import platform
import subprocess
from types import SimpleNamespace

import pytest
import tensorflow as tf

from medgan_tf.files.result_files import json_text
from medgan_tf.machine.selfcheck import classifier, determinism, golden, replicas, resume, speed, versions
from medgan_tf.machine.selfcheck.cases import outcome_of

PARTS = {"golden": golden, "determinism": determinism, "resume": resume, "replicas": replicas, "speed": speed,
         "classifier": classifier}  # fmt: skip


@pytest.fixture
def gpus(monkeypatch):
    """Gives the machine so many GPUs of a compute capability."""

    def give(count, capability=(9, 0)):
        devices = [SimpleNamespace(name=f"/physical_device:GPU:{number}") for number in range(count)]
        listed = tf.config.list_physical_devices
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: devices if kind == "GPU" else listed(kind))
        details = {"device_name": "NVIDIA Test", "compute_capability": capability}
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: details)
        monkeypatch.setattr(tf.config, "set_visible_devices", lambda devices, kind: None)

    return give


def demanded(name):
    return [case.name for case in PARTS[name].cases() if case.demanded]


def test_what_is_demanded_of_one_gpu(gpus):
    gpus(1)
    assert demanded("golden") == ["float32", "TF32", "bfloat16", "float16", "FID in float64"]
    assert demanded("determinism") == demanded("resume") == demanded("replicas") == demanded("classifier") == []
    assert demanded("speed") == ["128 channels, 32 pixels, TF32"]
    assert len(determinism.cases()) == 2
    [case] = replicas.cases()
    assert (outcome_of(case).state, outcome_of(case).text) == ("reported", "there is one GPU")


def test_what_is_demanded_of_two_older_gpus(gpus):
    gpus(2, (7, 5))
    assert "TF32" not in demanded("golden")
    assert golden.compared("TF32", {}).text == "this device has no TF32"
    assert demanded("speed") == ["128 channels, 32 pixels, float32"]
    assert demanded("replicas") == ["two GPUs"]


def test_what_is_demanded_of_a_cpu():
    assert demanded("determinism") == ["training steps"]
    assert demanded("replicas") == ["two parts of the CPU"]
    assert demanded("speed") == ["64 channels, 32 pixels, float32"]
    assert demanded("classifier") == []


def test_versions_tell_the_machine_and_no_names():
    [case] = versions.cases()
    outcome = outcome_of(case)
    assert outcome.state == "passed" and outcome.values["gpus"] == []
    assert outcome.values["packages"]["tensorflow"] == tf.__version__
    text = json_text(outcome.values)
    assert platform.node() not in text
    assert os.environ.get("USER", "no user") not in text


@pytest.mark.parametrize(
    ("printed", "memory", "driver"),
    [("81559\n81559\n", 79.6, "81559"), ("[N/A]\n", None, "[N/A]"), ("", None, None)],
)
def test_gpus_with_the_drivers_own_program(gpus, monkeypatch, printed, memory, driver):
    gpus(1)
    asked = []

    def told(words, **options):
        asked.append(words[1])
        return SimpleNamespace(stdout=printed)

    monkeypatch.setattr(versions.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(versions.platform, "system", lambda: "Linux")
    monkeypatch.setattr(subprocess, "run", told)
    assert versions.gpus() == [{"name": "NVIDIA Test", "compute_capability": [9, 0], "memory_gib": memory}]
    if driver:
        assert versions.driver() == driver
    assert asked[0] == "--query-gpu=memory.total"


def test_a_driver_that_does_not_answer(gpus, monkeypatch):
    gpus(1)

    def silent(words, **options):
        raise subprocess.TimeoutExpired(words, 10)

    monkeypatch.setattr(versions.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", silent)
    assert versions.gpus()[0]["memory_gib"] is None
