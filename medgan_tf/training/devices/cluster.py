"""The processes of a training over several machines, as TF_CONFIG or Slurm's variables describe them."""

import contextlib
import logging
import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import tensorflow as tf

from medgan_tf.errors import ConfigError, RunError
from medgan_tf.files.json_files import parse_json

log = logging.getLogger(__name__)

_FIRST_PORT, _PORTS = 20_000, 10_000
WAIT_SECONDS = 600
"""Seconds that a worker waits for the others."""
SAY_SECONDS = 30
"""Seconds between two lines on the workers that it waits for."""


@dataclass(frozen=True)
class Cluster:
    """The workers that train together.

    Attributes:
        workers: "host:port" of each worker; the first is the chief.
        number: Number of this process among the workers, from 0.
    """

    workers: tuple[str, ...]
    number: int

    def resolver(self) -> tf.distribute.cluster_resolver.ClusterResolver:
        """The cluster as TensorFlow takes it."""
        return tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": list(self.workers)}),
            task_type="worker",
            task_id=self.number,
            rpc_layer="grpc",
        )


def from_environment(environment: Mapping[str, str] = os.environ, slurm: bool = True) -> Cluster | None:
    """The cluster that TF_CONFIG or, if asked, Slurm's variables describe; None where there is neither.

    Raises:
        ConfigError: They are malformed.
    """
    if environment.get("TF_CONFIG"):
        return _from_tf_config(environment["TF_CONFIG"])
    if slurm and "SLURM_PROCID" in environment:
        return _from_slurm(environment)
    return None


def _from_tf_config(text: str) -> Cluster | None:
    example = '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}'
    try:
        config = parse_json(text)
        if not config.get("cluster"):
            return None
        jobs, task = config["cluster"], config["task"]
        # "chief" is an older name of the first worker.
        workers = (*jobs.get("chief", ()), *jobs.get("worker", ()))
        number = int(task["index"]) + (len(jobs.get("chief", ())) if task["type"] == "worker" else 0)
        unknown = set(jobs) - {"chief", "worker"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"TF_CONFIG is malformed; expected something like {example}. Received: {text}") from error
    if unknown or not 0 <= number < len(workers):
        raise ConfigError(f"TF_CONFIG must name workers only, and this one among them ({example}). Received: {text}")
    return Cluster(workers, number)


def _from_slurm(environment: Mapping[str, str]) -> Cluster:
    try:
        hosts = expand_hosts(environment["SLURM_STEP_NODELIST"])
        tasks = expand_tasks(environment["SLURM_STEP_TASKS_PER_NODE"])
        number, job = int(environment["SLURM_PROCID"]), int(environment.get("SLURM_JOB_ID", "0"))
    except (KeyError, ValueError) as error:
        raise ConfigError(f"Slurm's variables are incomplete ({error}); start the training with srun") from error
    if len(hosts) != len(tasks):
        raise ConfigError(f"Slurm names {len(hosts)} machines but tasks for {len(tasks)}; start the training with srun")
    # Jobs that share a machine must not share a port.
    first = _FIRST_PORT + (job * 16) % _PORTS
    workers = tuple(f"{host}:{first + task}" for host, count in zip(hosts, tasks, strict=True) for task in range(count))
    return Cluster(workers, number)


def expand_hosts(text: str) -> list[str]:
    """Slurm's list of machines, e.g. "gpu[01-03,7],login" -> gpu01, gpu02, gpu03, gpu7, login.

    Raises `ValueError` for a list that is not of this form.
    """
    hosts = []
    for prefix, ranges, suffix in re.findall(r"([^,\[\]]+)(?:\[([\d,-]+)\])?([^,\[\]]*)(?:,|$)", text):
        for part in ranges.split(",") if ranges else [""]:
            first, _, last = part.partition("-")
            numbers = range(int(first), int(last or first) + 1) if part else [""]
            hosts += [f"{prefix}{str(number).zfill(len(first))}{suffix}" for number in numbers]
    if not hosts or not re.fullmatch(r"(?:[^,\[\]]+(?:\[[\d,-]+\])?[^,\[\]]*(?:,|$))+", text):
        raise ValueError(f"unknown list of machines {text!r}")
    return hosts


def expand_tasks(text: str) -> list[int]:
    """Slurm's tasks per machine, e.g. "2(x3),1" -> 2, 2, 2, 1. Raises `ValueError` for another form."""
    counts = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part)
        if match is None:
            raise ValueError(f"unknown tasks per machine {text!r}")
        counts += [int(match[1])] * int(match[2] or 1)
    return counts


@contextlib.contextmanager
def patience(named: Cluster, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Says which workers are missing while the block waits for them, and ends the process when they do not come.

    TensorFlow waits without an end, in C++, where no exception can reach it; nothing has been written at that point.
    """
    here = threading.Event()

    def watch() -> None:
        waited = 0
        while not here.wait(min(SAY_SECONDS, seconds - waited)):
            waited += min(SAY_SECONDS, seconds - waited)
            missing = ", ".join(worker for worker in named.workers if not _answers(worker)) or "slow ones"
            if waited >= seconds:
                log.error(f"worker {named.number} gives up: after {seconds:.0f} s these have not started: {missing}")
                os._exit(RunError.exit_code)
                return
            log.warning(f"worker {named.number} waits for {missing}")

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        here.set()
        thread.join()


def _answers(worker: str) -> bool:
    host, _, port = worker.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, ValueError):
        return False
    return True
