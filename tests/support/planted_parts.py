"""Parts of a self-check that crash, hang and pass, in processes that need no TensorFlow."""

import os
import signal
import time

from medgan_tf.machine.selfcheck.cases import NOT_MEASURED, PASSED, REPORTED, Case, Outcome
from medgan_tf.machine.selfcheck.parts import Part

CPU = {
    "cpu": "Test CPU, avx512f",
    "cores": 2,
    "memory_gib": 8.0,
    "system": "Linux x86_64",
    "python": "3.11.5",
    "medgan_tf": "0.2.0",
    "packages": {"tensorflow": "2.21.0"},
    "tensorflow_build": {"is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9"},
    "gpus": [],
    "driver": None,
    "tf32": True,
}
GPU = {"name": "NVIDIA Test", "compute_capability": [9, 0], "memory_gib": 80.0}


def passed(name: str, demanded: bool = True) -> Case:
    return Case(name, demanded, lambda: Outcome(PASSED if demanded else REPORTED, f"{name} is well", {"value": 1.5}))


def versions() -> list[Case]:
    return [Case("this machine", True, lambda: Outcome(PASSED, "a machine", CPU))]


def good() -> list[Case]:
    return [passed("first"), passed("second", demanded=False)]


def crashing() -> list[Case]:
    return [passed("first"), Case("second", True, lambda: os._exit(7)), passed("third")]


def killed() -> list[Case]:
    return [Case("first", True, lambda: os.kill(os.getpid(), signal.SIGKILL)), passed("second")]


def hanging() -> list[Case]:
    return [passed("first"), Case("second", True, lambda: time.sleep(600)), passed("third", demanded=False)]


def raising() -> list[Case]:
    def wrong() -> Outcome:
        raise ValueError("no such thing\nat all")

    def full() -> Outcome:
        raise MemoryError

    return [Case("first", False, wrong), Case("second", False, full), passed("third")]


def without_cases() -> list[Case]:
    raise ValueError("no cases")


def not_here() -> list[Case]:
    return [Case("first", True, lambda: Outcome(NOT_MEASURED, "cannot be measured here"))]


def part(name: str, **settings) -> Part:
    return Part(name, "planted_parts", name, **settings)
