"""Runs one job of a grid: ``python -m medgan_tf.workflow.grid.runner LOG LOCK GPUS COMMAND...``

The process becomes the command, which keeps the lock until it ends. When a grid was killed, its jobs may still run; a
restarted grid then waits here for the old job instead of doing the same work beside it. With GPUS > 0 the command sees
one GPU that no other job of the grid has. The lock's time is when the command began.
"""

import fcntl
import os
import sys
import time
from pathlib import Path

_FEWEST = 5
_PATIENCE = 1.0


def _locked(path: Path, wait: bool = True) -> int | None:
    """An inheritable descriptor that holds the lock; None if another process has it and `wait` is off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    os.set_inheritable(handle, True)
    return handle


def free_gpu(folder: Path, count: int) -> int:
    """The number of a GPU that is now this process's, waiting for one if need be."""
    while True:
        for number in range(count):
            if _locked(folder / f"gpu-{number}.lock", wait=False) is not None:
                return number
        time.sleep(_PATIENCE)


def become(log: str, lock: str, gpus: int, command: list[str]) -> None:
    """Replaces this process by the command, with its output in `log`."""
    _locked(Path(lock))
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(free_gpu(Path(lock).parent, gpus))
    # The time is set only now, so that waiting does not count, and in each attempt: see `grid.times.job_seconds`.
    os.utime(lock)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.execv(command[0], command)


if __name__ == "__main__":
    if len(sys.argv) < _FEWEST:
        sys.exit("usage: python -m medgan_tf.workflow.grid.runner LOG LOCK GPUS COMMAND...")
    become(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
