"""A target that does harm on purpose, so that the engine can be seen to find it. It is in no list."""

import os
import random
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from fuzzing.judge import MOST_MEMORY
from fuzzing.sandbox import SECRET
from fuzzing.target import Given, Target
from medgan_tf.errors import DataError, MedganError


def _raise(error: BaseException) -> None:
    raise error


def _print_traceback() -> None:
    try:
        raise KeyError("x")
    except KeyError:
        traceback.print_exc()


def _fill_memory() -> None:
    # The process has the address space, but should not use it.
    _ = bytearray(b"\1") * (MOST_MEMORY + 2**20)


def _connect() -> None:
    with socket.socket() as connection:
        connection.settimeout(0.01)
        try:
            # An address for examples only (RFC 5737).
            connection.connect(("192.0.2.1", 9))
        except OSError:
            pass


HARM: dict[str, Callable[[], object]] = {
    "nothing": lambda: "x",
    "refusal": lambda: _raise(DataError("no")),
    "error": lambda: _raise(KeyError("x")),
    "exit": lambda: sys.exit(3),
    "traceback": _print_traceback,
    "death": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "hang": lambda: time.sleep(600),
    "memory": _fill_memory,
    "write": lambda: Path("../written.txt").write_text("x"),
    "remove": lambda: Path("../canary/inner/secret.txt").unlink(),
    "read": lambda: Path("../canary/secret.txt").read_text() and "",
    "show": lambda: SECRET,
    "network": _connect,
    "lines": lambda: _raise(MedganError("a\nb")),
}


class Planted(Target):
    """Variants are the kinds of harm."""

    name = "planted"
    suffix = ".txt"

    def seeds(self, folder: Path) -> list[Given]:
        """A harmless one: the others would do their harm while the process gets ready."""
        return [Given("nothing", b"x")]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """A harm that takes little time, and bytes that do not matter."""
        return Given(choice.choice(("nothing", "refusal", "error", "write", "lines")), choice.randbytes(40))

    def parses(self, given: Given) -> bool:
        """The first byte decides."""
        return given.data[0] < 128

    def run(self, given: Given, folder: Path) -> str:
        """Does the harm."""
        return str(HARM[given.variant]() or "")


TARGET = Planted()
