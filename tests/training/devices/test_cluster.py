"""The cluster that TF_CONFIG or Slurm describe, and how a worker waits for the others."""

import json
import socket
import time

import pytest

from medgan_tf.errors import ConfigError
from medgan_tf.training.devices import cluster


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


def test_patience_names_who_is_missing(monkeypatch, caplog):
    left = []
    monkeypatch.setattr(cluster.os, "_exit", left.append)
    monkeypatch.setattr(cluster, "SAY_SECONDS", 0.05)
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    with cluster.patience(cluster.Cluster((f"localhost:{port}",), 0), seconds=0.2):
        end = time.monotonic() + 10
        while not left and time.monotonic() < end:
            time.sleep(0.02)
    assert left == [1]
    assert f"worker 0 waits for localhost:{port}" in caplog.text
    assert f"these have not started: localhost:{port}" in caplog.text
