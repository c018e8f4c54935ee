"""Which devices train, and two processes on the loopback interface that train as one and lose one another."""

import json
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import warm_python
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.errors import ConfigError
from medgan_tf.training.devices.strategy import Workers, check_batch, make_strategy
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
        Path(__file__).parents[2] / "support" / "worker_run.py",
        [f"{k}={v}" for k, v in SETTINGS.items()],
    )
    processes = []
    for index in range(2):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [script, folder, *settings]
        command += [f"die={die}"] if die and index == 1 else []
        output, errors = folder / f"worker{index}.txt", Path(os.devnull)
        processes.append(warm_python.start(command, output=output, errors=errors, env=environment))
    return processes


def said(folder, index):
    return (folder / f"worker{index}.txt").read_text()


def test_two_workers_train_as_one_and_survive_the_loss_of_one(shapes, tmp_path):
    shutil.copytree(shapes.path, tmp_path / "dataset")
    chief, other = start_workers(tmp_path, die=6)
    assert warm_python.wait(other, 180) == -signal.SIGKILL
    lost = time.monotonic()
    assert warm_python.wait(chief, 90) == 1
    assert time.monotonic() - lost < 60
    assert "Error: worker 0 of 2 lost the others" in said(tmp_path, 0)
    assert "Start all workers again to resume" in said(tmp_path, 0)
    # Two ticks of two steps were done before the sixth.
    folder = run_folder(small_experiment(tmp_path))
    assert sorted(path.name for path in folder.checkpoints.glob("images-*"))[-1] == "images-00000000064"

    again = start_workers(tmp_path)
    assert [warm_python.wait(process, 180) for process in again] == [0, 0], said(tmp_path, 0) + said(tmp_path, 1)
    assert "resuming at 64 images" in said(tmp_path, 0)
    assert "generator saved" in said(tmp_path, 0) and "generator saved" not in said(tmp_path, 1)
    ticks = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    assert [tick["images_seen"] for tick in ticks] == [32, 64, 96, 128, 160]

    alone = train(small_experiment(tmp_path, name="alone", **SETTINGS), shapes)
    with np.load(tmp_path / "worker0.npz") as first, np.load(tmp_path / "worker1.npz") as second:
        assert len(first) == 18
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


def test_multi_worker_without_a_cluster_is_explained(shapes, tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.delenv("SLURM_PROCID", raising=False)
    with pytest.raises(ConfigError, match="found no cluster. Received: neither TF_CONFIG nor SLURM_PROCID"):
        train(small_experiment(tmp_path, strategy="multi_worker"), shapes)
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(ConfigError, match=r"devices does not go with strategy 'multi_worker'.*Received: .*CPU:0"):
        train(small_experiment(tmp_path, strategy="multi_worker", devices=["CPU:0"]), shapes)


def test_a_private_training_stays_on_one_machine(tmp_path, monkeypatch):
    """Also where `auto` would find a cluster: before anything waits for the other workers."""
    cluster = {"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    with pytest.raises(ConfigError, match="trains on one machine, where its secret key lies"):
        make_strategy(small_experiment(tmp_path).training, private=True)


def test_auto_is_one_device_without_gpus_and_cluster(tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    workers = Workers(make_strategy(small_experiment(tmp_path).training))
    assert (workers.count, workers.number, workers.chief) == (1, 0, True)
    assert workers.largest(3) == 3
    workers.check_equal(5, "anything")


def test_batch_must_fill_whole_groups_on_every_replica(shapes, tmp_path, two_cpus):
    experiment = small_experiment(tmp_path, batch=12, strategy="mirrored", devices=two_cpus)
    with pytest.raises(ConfigError, match=r"multiple of .* = 2 x 4. Received: batch=12; use for instance 16"):
        train(experiment, shapes)


def test_batch_of_parts_and_replicas():
    check_batch(32, group=4, replicas=2, accumulation=4)
    with pytest.raises(
        ConfigError, match=r"training.accumulation = 2 x 4 x 4. Received: batch=48; use for instance 64"
    ):
        check_batch(48, group=4, replicas=2, accumulation=4)


def test_unknown_device_is_refused(shapes, tmp_path):
    experiment = small_experiment(tmp_path, strategy="mirrored", devices=["GPU:7"])
    with pytest.raises(ConfigError, match="no such device: GPU:7; this machine has CPU:0"):
        train(experiment, shapes)


def test_mirrored_without_gpu_is_explained(shapes, tmp_path):
    with pytest.raises(ConfigError, match="found no GPU"):
        train(small_experiment(tmp_path, strategy="mirrored"), shapes)
