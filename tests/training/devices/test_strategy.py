"""Which devices train."""

import json

import pytest
import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.errors import ConfigError
from medgan_tf.training.devices.strategy import Workers, check_batch, make_strategy
from medgan_tf.training.loop import train


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


def test_who_leaves_last_does_not_call_the_others_lost(monkeypatch):
    workers, lost = Workers(tf.distribute.get_strategy()), tf.errors.UnavailableError(None, None, "Socket closed")
    answers = [None, lost, lost]

    def wait():
        if (answer := answers.pop(0)) is not None:
            raise answer

    monkeypatch.setattr(workers, "wait", wait)
    workers.part()
    assert answers == [lost]
    # Before everybody has come, a lost worker is a lost worker.
    with pytest.raises(tf.errors.UnavailableError):
        workers.part()


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
