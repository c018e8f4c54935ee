"""The machine that a measurement was made on, in words, and its speed in a probe of a second."""

import os
import platform
import re
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import medgan_tf
from medgan_tf.cores import usable_cores
from medgan_tf.metrics.streams import stream

_PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "pandas", "opencv-python-headless")
_SIDE, _NUMBERS, _ROUNDS = 768, 500_000, 3


def described() -> dict:
    """CPU, cores, memory and versions. Neither a user nor a host."""
    return {
        "cpu": _cpu(),
        "cores": usable_cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "medgan_tf": medgan_tf.__version__,
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def probe_seconds() -> float:
    """Time of some fixed work on all cores: products of matrices, a sort, and a loop of Python. The best of three.

    It tells how many times faster or slower a machine is, roughly: the stages mix these three in other shares.
    """
    random = stream(0, "probe of the machine")
    matrix, numbers = random.standard_normal((_SIDE, _SIDE)), random.standard_normal(_NUMBERS)
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for _ in range(4):
            matrix @ matrix
        np.sort(numbers)
        table: dict[str, int] = {}
        for number in range(_NUMBERS // 4):
            table[str(number)] = number
        times.append(time.perf_counter() - begun)
    return min(times)


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    names = re.findall(r"model name\s*: (.*)", text)
    flags = (re.findall(r"flags\s*: (.*)", text) or [""])[0].split()
    special = [name for name in ("avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    return ", ".join([names[0].strip() if names else platform.machine(), *special])


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
