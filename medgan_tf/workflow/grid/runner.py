"""Runs one job of a grid: ``python -m medgan_tf.workflow.grid.runner LOG LOCK GPUS COMMAND...``

The process becomes the command, which keeps the lock until it ends. When a grid was killed, its jobs may still run; a
restarted grid then waits here for the old job instead of doing the same work beside it. With GPUS > 0 the command sees
one GPU that no other job of the grid has. The lock's time is when the command began.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from filelock import BaseFileLock

from medgan_tf.files.locks import hold

_FEWEST = 5
_PATIENCE = 1.0


def free_gpu(folder: Path, count: int) -> tuple[int, BaseFileLock]:
    """The number of a GPU that is now this process's, waiting for one if need be, and the lock that says so."""
    while True:
        for number in range(count):
            lock = hold(folder / f"gpu-{number}.lock", inherited=True)
            if lock is not None:
                return number, lock
        time.sleep(_PATIENCE)


def become(log: str, lock: str, gpus: int, command: list[str]) -> int:
    """Replaces this process by the command, with its output in `log`.

    Windows cannot replace a process: there the command runs below this one, and its exit code is returned.
    """
    held = [hold(Path(lock), wait=True, inherited=True)]
    if gpus:
        number, gpu = free_gpu(Path(lock).parent, gpus)
        held.append(gpu)
        os.environ["CUDA_VISIBLE_DEVICES"] = str(number)
    # The time is set only now, so that waiting does not count, and in each attempt: see `grid.times.job_seconds`.
    os.utime(lock)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    if os.name == "nt":
        code = subprocess.run(command, stdout=output, stderr=output).returncode
        for one in held:
            one.release()
        return code
    for stream in (1, 2):
        os.dup2(output, stream)
    os.execv(command[0], command)


if __name__ == "__main__":
    if len(sys.argv) < _FEWEST:
        sys.exit("usage: python -m medgan_tf.workflow.grid.runner LOG LOCK GPUS COMMAND...")
    sys.exit(become(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
