"""A command in a process of its own: how long it takes, and the most memory that it holds.

The process that starts it must be small itself: Linux counts the memory of the starting process in the peak of the
started one. So this file and those that use it do not import TensorFlow.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.errors import RunError

DONE, TOO_LONG, FAILED = "done", "too long", "failed"
_SECONDS_BETWEEN_LOOKS = 0.05
_BYTES = 1 if sys.platform == "darwin" else 1024
"""Unit of `ru_maxrss`."""


@dataclass(frozen=True)
class Use:
    """What a command used.

    Attributes:
        seconds: Wall time.
        cpu_seconds: Time of all cores, of its own child processes too.
        peak_gib: Largest resident memory of any one of its processes, GiB. Pages of program files count.
        status: `done`, `too long` when it was ended at the limit, or `failed`.
        code: Exit code; negative for a signal.
    """

    seconds: float
    cpu_seconds: float
    peak_gib: float
    status: str
    code: int


def use_of(command: list[str], limit: float, output: Path, folder: Path) -> Use:
    """Runs a command and measures it.

    Args:
        command: Program and arguments.
        limit: Seconds after which it is ended, with all its processes.
        output: File that takes what it prints; errors go to the same name with `.log`.
        folder: Where it runs.

    Raises:
        RunError: The system does not tell what a single process used (Windows).
    """
    if not hasattr(os, "wait4"):
        raise RunError("the cost of a command can be measured on Linux and macOS only")
    started = time.monotonic()
    with open(output, "wb") as out, open(output.with_suffix(".log"), "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=log, cwd=folder, start_new_session=True
        )
        ended = False
        try:
            while not (found := os.wait4(process.pid, os.WNOHANG))[0]:
                if not ended and time.monotonic() - started > limit:
                    ended = True
                    _end(process.pid)
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        except BaseException:
            _end(process.pid)
            raise
    _, status, used = found
    code = process.returncode = os.waitstatus_to_exitcode(status)
    word = TOO_LONG if ended else DONE if code == 0 else FAILED
    seconds, cpu = time.monotonic() - started, used.ru_utime + used.ru_stime
    return Use(round(seconds, 2), round(cpu, 2), round(used.ru_maxrss * _BYTES / 2**30, 3), word, code)


def _end(group: int) -> None:
    """Ends all processes of a group."""
    if hasattr(os, "killpg") and hasattr(signal, "SIGKILL"):
        os.killpg(group, signal.SIGKILL)
