"""Tasks of reader processes that go wrong: what a decoder does with a hostile file. Imports no TensorFlow."""

import os
import signal
import sys
import time
from pathlib import Path

from medgan_tf.errors import DataError


class Orders:
    """Does what the path says: "eat" memory, "sleep", "spin", "segfault", "kill", "shout", "fail", or gives it back."""

    def __call__(self, path):
        order = path.partition(":")[0]
        if hasattr(self, f"_{order}"):
            getattr(self, f"_{order}")()
        if order == "fail":
            raise DataError(f"{path}: is no image")
        return path.encode()

    def _eat(self):
        self._kept = [bytes(2**24) for _ in range(256)]

    def _sleep(self):
        time.sleep(600)

    def _spin(self):
        while True:
            pass

    def _segfault(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def _kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def _shout(self):
        os.write(1, b"out" * 1000)
        os.write(2, b"err" * 1000)


class OnceDeadly:
    """The process dies at the path "odd" once: then there is the file `mark`."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, path):
        if path == "odd" and not Path(self.mark).exists():
            Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return path.encode()


class Names:
    """Whether modules of these names are imported in the reader process, and its id."""

    def __call__(self, path):
        return f"{path in sys.modules} {os.getpid()}".encode()


class Unstartable:
    """A task that cannot be taken up."""

    def start(self):
        raise ImportError("no such library")

    def __call__(self, path):
        return b""
