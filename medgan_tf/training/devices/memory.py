"""Memory and disk of this machine, in GiB."""

import math
import mmap
import shutil
from pathlib import Path

import tensorflow as tf

GIB = 2**30


def memory_gib() -> float:
    """Resident memory of this process, GiB; NaN where the system does not report it."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return math.nan
    return pages * mmap.PAGESIZE / GIB


def peak_memory_gib() -> float:
    """Largest resident memory of this process since its start, GiB; NaN where the system does not report it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**20
    except (OSError, StopIteration, IndexError, ValueError):
        return math.nan


def gpu_memory() -> dict[str, float]:
    """Peak memory of the first GPU since the start as `gpu_memory_gib`, GiB; an empty dict without a GPU."""
    if not tf.config.list_logical_devices("GPU"):
        return {}
    return {"gpu_memory_gib": tf.config.experimental.get_memory_info("GPU:0")["peak"] / GIB}


def available_memory_gib() -> float:
    """Memory that a new process can have, GiB: the system's available memory, less in a container; NaN if unknown."""
    amounts = [_available_in_system(), _left_in_container()]
    known = [amount for amount in amounts if math.isfinite(amount)]
    return min(known) if known else math.nan


def _available_in_system() -> float:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 2**20
    except (OSError, StopIteration, IndexError, ValueError):
        return math.nan


def _left_in_container() -> float:
    folder = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((folder / name).read_text()) for name in ("memory.max", "memory.current"))
        cached = next(
            int(line.split()[1])
            for line in (folder / "memory.stat").read_text().splitlines()
            if line.startswith("file ")
        )
    except (OSError, StopIteration, IndexError, ValueError):
        return math.nan
    return (limit - used + cached) / GIB


def free_disk_gib(path: str | Path) -> float:
    """Free disk space, GiB, where a folder is or would be made."""
    path = Path(path).absolute()
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free / GIB


def folder_gib(path: Path) -> float:
    """Size of all files below a folder, GiB."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / GIB
