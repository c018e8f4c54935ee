"""Two processes on the loopback interface train as one; the cluster's description; a lost worker."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.errors import ConfigError
from medgan_tf.training.devices import cluster
from medgan_tf.training.devices.strategy import Workers, make_strategy
from medgan_tf.training.loop import train

SETTINGS = {"batch": 16, "total_images": 160, "images_per_tick": 32, "checkpoint_ticks": 1, "steps_per_call": 1}


def free_ports(count):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start_workers(folder, die=None):
    """Two processes; the second one dies at a call if asked. Their output goes to files."""
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    script, settings = (
        Path(__file__).parents[1] / "support" / "worker_run.py",
        [f"{k}={v}" for k, v in SETTINGS.items()],
    )
    processes = []
    for index in range(2):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, str(script), str(folder), *settings]
        command += [f"die={die}"] if die and index == 1 else []
        with (folder / f"worker{index}.txt").open("w") as file:
            processes.append(subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.DEVNULL))
    return processes


def said(folder, index):
    return (folder / f"worker{index}.txt").read_text()


def test_two_workers_train_as_one_and_survive_the_loss_of_one(shapes, tmp_path):
    shutil.copytree(shapes.path, tmp_path / "dataset")
    chief, other = start_workers(tmp_path, die=6)
    assert other.wait(timeout=180) < 0
    lost = time.monotonic()
    assert chief.wait(timeout=90) == 1
    assert time.monotonic() - lost < 60
    assert "Error: worker 0 of 2 lost the others" in said(tmp_path, 0)
    assert "Start all workers again to resume" in said(tmp_path, 0)
    # Two ticks of two steps were done before the sixth.
    folder = run_folder(small_experiment(tmp_path))
    assert sorted(path.name for path in folder.checkpoints.glob("images-*"))[-1] == "images-00000000064"

    again = start_workers(tmp_path)
    assert [process.wait(timeout=180) for process in again] == [0, 0], said(tmp_path, 0) + said(tmp_path, 1)
    assert "resuming at 64 images" in said(tmp_path, 0)
    assert "generator saved" in said(tmp_path, 0) and "generator saved" not in said(tmp_path, 1)
    ticks = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    assert [tick["images_seen"] for tick in ticks] == [32, 64, 96, 128, 160]

    alone = train(small_experiment(tmp_path, name="alone", **SETTINGS), shapes)
    with np.load(tmp_path / "worker0.npz") as first, np.load(tmp_path / "worker1.npz") as second:
        assert len(first) > 50
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])
    together, one = (tf.train.load_checkpoint(str(path)) for path in (newest(folder), newest(alone.folder)))
    for name in one.get_variable_to_shape_map():
        if name.startswith(("generator/", "discriminator/", "ema_generator/")):
            # Ten Adam steps with a rate of 0.005 move a weight by up to 0.05.
            np.testing.assert_allclose(together.get_tensor(name), one.get_tensor(name), rtol=0, atol=1e-3, err_msg=name)
    for tick, expected in zip(ticks, map(json.loads, alone.folder.metrics.read_text().splitlines()), strict=True):
        assert tick["loss_d"] == pytest.approx(expected["loss_d"], rel=1e-4)


def newest(folder):
    return sorted(folder.checkpoints.glob("images-*"))[-1] / "state"


def test_cluster_of_tf_config():
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    assert cluster.from_environment({"TF_CONFIG": json.dumps(config)}) == cluster.Cluster(("a:1", "b:2"), 1)
    config = {"cluster": {"chief": ["a:1"], "worker": ["b:2"]}, "task": {"type": "worker", "index": 0}}
    assert cluster.from_environment({"TF_CONFIG": json.dumps(config)}) == cluster.Cluster(("a:1", "b:2"), 1)
    config["task"] = {"type": "chief", "index": 0}
    assert cluster.from_environment({"TF_CONFIG": json.dumps(config)}).number == 0
    assert cluster.from_environment({"TF_CONFIG": "{}"}) is None
    assert cluster.from_environment({}) is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}',
    ],
)
def test_malformed_tf_config_is_explained(text):
    with pytest.raises(ConfigError, match="TF_CONFIG .*Received: "):
        cluster.from_environment({"TF_CONFIG": text})


def test_cluster_of_slurm():
    variables = {
        "SLURM_PROCID": "2",
        "SLURM_JOB_ID": "625",
        "SLURM_STEP_NODELIST": "gpu[01-02],login",
        "SLURM_STEP_TASKS_PER_NODE": "2(x2),1",
    }
    workers = ("gpu01:20000", "gpu01:20001", "gpu02:20000", "gpu02:20001", "login:20000")
    assert cluster.from_environment(variables) == cluster.Cluster(workers, 2)
    # Only when asked for: a job with one task on a cluster is no training over several machines.
    assert cluster.from_environment(variables, slurm=False) is None
    with pytest.raises(ConfigError, match="3 machines but tasks for 2; start the training with srun"):
        cluster.from_environment({**variables, "SLURM_STEP_TASKS_PER_NODE": "2(x2)"})
    del variables["SLURM_STEP_NODELIST"]
    with pytest.raises(ConfigError, match="incomplete .*SLURM_STEP_NODELIST.*srun"):
        cluster.from_environment(variables)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        ("n[8-11]", ["n8", "n9", "n10", "n11"]),
        ("n[08-10,3],x", ["n08", "n09", "n10", "n3", "x"]),
        ("n[1-2]-ib,m", ["n1-ib", "n2-ib", "m"]),
    ],
)
def test_lists_of_machines(text, hosts):
    assert cluster.expand_hosts(text) == hosts


@pytest.mark.parametrize("text", ["", "a[1", "a[x]", "a[]"])
def test_malformed_lists_of_machines(text):
    with pytest.raises(ValueError):
        cluster.expand_hosts(text)


def test_multi_worker_without_a_cluster_is_explained(shapes, tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.delenv("SLURM_PROCID", raising=False)
    with pytest.raises(ConfigError, match="found no cluster. Received: neither TF_CONFIG nor SLURM_PROCID"):
        train(small_experiment(tmp_path, strategy="multi_worker"), shapes)
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(ConfigError, match=r"devices does not go with strategy 'multi_worker'.*Received: .*CPU:0"):
        train(small_experiment(tmp_path, strategy="multi_worker", devices=["CPU:0"]), shapes)


def test_auto_is_one_device_without_gpus_and_cluster(tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    workers = Workers(make_strategy(small_experiment(tmp_path).training))
    assert (workers.count, workers.number, workers.chief) == (1, 0, True)
    assert workers.largest(3) == 3
    workers.check_equal(5, "anything")


def test_patience_names_who_is_missing(monkeypatch, caplog):
    left = []
    monkeypatch.setattr(cluster.os, "_exit", left.append)
    monkeypatch.setattr(cluster, "SAY_SECONDS", 0.05)
    port = free_ports(1)[0]
    with cluster.patience(cluster.Cluster((f"localhost:{port}",), 0), seconds=0.2):
        end = time.monotonic() + 10
        while not left and time.monotonic() < end:
            time.sleep(0.02)
    assert left == [1]
    assert f"worker 0 waits for localhost:{port}" in caplog.text
    assert f"these have not come: localhost:{port}" in caplog.text
