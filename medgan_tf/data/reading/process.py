"""A reader process: it gets paths, does one task with each file, and sends the results. It never has TensorFlow."""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from medgan_tf.data.images import NEEDS_MEMORY
from medgan_tf.data.reading.frames import DATA, FAILED, READY, UNREADABLE, read_frame, write_frame
from medgan_tf.data.reading.limits import Limits, cap_memory
from medgan_tf.data.reading.orders import from_text
from medgan_tf.errors import DataError


def serve() -> None:
    """Reads orders from standard input until it ends. For the command line that `pool` starts."""
    orders = sys.stdin.buffer
    # Whatever a library prints must not get among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # The terminal's Ctrl-C is for the process that started this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        task, limits = from_text(read_frame(orders)[1])
        getattr(task, "start", lambda: None)()
        cap_memory(limits.memory)
    except Exception as error:
        write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode(errors="replace"))
        return
    write_frame(answers, READY)
    # Decoders print their remarks about damaged files here, which may hold anything.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        while True:
            for path in json.loads(read_frame(orders)[1]):
                _answer(answers, task, path, limits)
    except (EOFError, BrokenPipeError):
        # Without the rest of Python's shutdown: there is nothing to save.
        os._exit(0)


def _answer(answers: BinaryIO, task: Callable[[str], bytes], path: str, limits: Limits) -> None:
    _end_after(2 * limits.seconds)
    try:
        kind, content = DATA, task(path)
    except DataError as error:
        kind, content = UNREADABLE, str(error).encode(errors="backslashreplace")
    except MemoryError:
        kind, content = UNREADABLE, f"{path}: {NEEDS_MEMORY}".encode(errors="backslashreplace")
    _end_after(0)
    write_frame(answers, kind, content)


def _end_after(seconds: float) -> None:
    """Ends this process after so much computing, should the process that watches it have died; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, min(seconds, 1e6))
