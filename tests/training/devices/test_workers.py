"""Two processes on the loopback interface that train as one, also as a Slurm job that loses one and is preempted."""

import json
import os
import re
import shutil
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import warm_python
import yaml
from fake_slurm import FakeSlurm, job_options
from run_states import assert_equal_states, final_state
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.errors import ConfigError
from medgan_tf.training.devices.strategy import make_strategy
from medgan_tf.training.loop import train

SETTINGS = {"batch": 16, "total_images": 160, "images_per_tick": 32, "checkpoint_ticks": 1, "steps_per_call": 1}
CLOCK = {"images_per_second", "seconds", "overhead_seconds", "seconds_left", "memory_gib"}
SUPPORT = Path(__file__).parents[2] / "support"
PAGE = Path(__file__).parents[3] / "docs" / "slurm.md"


def free_ports(count):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start_workers(folder):
    """Two processes with TF_CONFIG. Their output goes to files."""
    addresses, processes = [f"localhost:{port}" for port in free_ports(2)], []
    command = [SUPPORT / "worker_run.py", folder, *(f"{name}={value}" for name, value in SETTINGS.items())]
    for index in range(2):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONPATH": os.pathsep.join(sys.path)}
        output, errors = folder / f"worker{index}.txt", Path(os.devnull)
        processes.append(warm_python.start(command, output=output, errors=errors, env=environment))
    return processes


@pytest.fixture(scope="module")
def unbroken(shapes, tmp_path_factory):
    """The folder of two workers that nothing disturbed."""
    folder = tmp_path_factory.mktemp("unbroken")
    shutil.copytree(shapes.path, folder / "dataset")
    codes = [warm_python.wait(process, 180) for process in start_workers(folder)]
    said = [(folder / f"worker{index}.txt").read_text() for index in range(2)]
    assert codes == [0, 0], "".join(said)
    assert "generator saved" in said[0] and "generator saved" not in said[1]
    return folder


def run_in(folder):
    return run_folder(small_experiment(folder))


def ticks(folder):
    lines = run_in(folder).metrics.read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in CLOCK} for line in lines]


def own_weights(folder):
    """The weights of each worker, as it kept them itself."""
    found = []
    for index in range(2):
        with np.load(folder / f"worker{index}.npz") as arrays:
            found.append(dict(arrays))
    return found


def test_two_workers_train_as_one(unbroken, shapes, tmp_path):
    first, second = own_weights(unbroken)
    assert len(first) == 18
    assert_equal_states(first, second)
    alone = train(small_experiment(tmp_path, **SETTINGS), shapes)
    together, one = final_state(run_in(unbroken)), final_state(alone.folder)
    for name, weights in one.items():
        if name.startswith(("generator/", "discriminator/", "ema_generator/")):
            # Ten Adam steps with a rate of 0.005 move a weight by up to 0.05.
            np.testing.assert_allclose(together[name], weights, rtol=0, atol=1e-3, err_msg=name)
    assert [tick["images_seen"] for tick in ticks(unbroken)] == [32, 64, 96, 128, 160]
    for tick, expected in zip(ticks(unbroken), ticks(tmp_path), strict=True):
        assert tick["loss_d"] == pytest.approx(expected["loss_d"], rel=1e-4)
        assert tick["gradients_d"] == pytest.approx(expected["gradients_d"], rel=1e-3)


def scripts():
    """The job scripts of the page."""
    return re.findall(r"^```bash\n(#!/bin/bash\n.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_pages_scripts_have_options_that_sbatch_knows():
    one, several = map(job_options, scripts())
    for asked in (one, several):
        # What the job depends on when it is asked to leave, or loses a node.
        assert (asked.requeue, asked.open_mode, asked.signal) == (True, "append", "TERM@120")
    assert (one.nodes, several.nodes, several.ntasks_per_node) == (1, 2, 1)
    with pytest.raises(ValueError, match="sbatch knows no --ntask-per-node=1"):
        job_options("#SBATCH --ntask-per-node=1\n")


def test_a_job_that_loses_a_worker_and_is_preempted_ends_as_an_unbroken_one(unbroken, tmp_path):
    """The first worker dies within a checkpoint. The second start is asked to leave; srun then ends the whole step as
    soon as one worker has left, while the first one still writes. The third start goes to the end."""
    experiment = small_experiment(tmp_path, **SETTINGS, communication={"implementation": "ring", "bytes_per_pack": 999})
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(experiment.model_dump(mode="json", exclude_unset=True)))
    shutil.copytree(unbroken / "dataset", tmp_path / "dataset")
    plan = {"0": {"0": [["die", 2]]}, "1": {"0": [["slow", 1]], "1": [["signal", 3]]}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    slurm, seen = FakeSlurm(tmp_path, SUPPORT / "slurm_task.py"), []
    original = slurm._start

    def watched(asked, number):
        code = original(asked, number)
        said = [(tmp_path / f"task{index}.txt").read_text() for index in range(2)]
        kept = sorted(path.name for path in run_in(tmp_path).checkpoints.iterdir())
        seen.append((code, kept, said))
        return code

    slurm._start = watched
    codes = slurm.submit(scripts()[1], "--nodes=1", "--ntasks-per-node=2")
    told = "\n".join(f"{code} {kept}\n{''.join(said)}" for code, kept, said in seen)
    assert codes == [None, 143, 0], told
    (_, lost, first), (_, left, second), (_, _, third) = seen
    # Two ticks were done, and the second checkpoint was begun.
    assert lost == [".partial-images-00000000064", "images-00000000032"], told
    assert "worker 1 of 2 lost the others" in first[1] and "Start all workers again to resume" in first[1]
    assert "resuming at 32 images" in second[0] and left[-1] == "images-00000000080", told
    assert "stopped by SIGTERM; saved at 80 images" in second[1]
    assert "resuming at 80 images" in third[0]
    assert_equal_states(final_state(run_in(tmp_path)), final_state(run_in(unbroken)))
    for number, weights in enumerate(own_weights(tmp_path)):
        assert_equal_states(weights, own_weights(unbroken)[number])
    assert ticks(tmp_path) == ticks(unbroken)


def test_nccl_without_a_gpu_is_refused_before_anybody_waits(tmp_path, monkeypatch):
    cluster = {"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(ConfigError, match=r"'nccl' needs a GPU on each worker. Received: none on worker 1 of 2; use"):
        make_strategy(small_experiment(tmp_path, communication={"implementation": "nccl"}).training)
    for wrong in ({"implementation": "mpi"}, {"bytes_per_pack": 0}, {"timeout_seconds": 0}):
        with pytest.raises(ValueError, match=f"training.communication.{next(iter(wrong))}"):
            small_experiment(tmp_path, communication=wrong)
