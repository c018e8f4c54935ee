"""A command of medgan-tf in a process of its own that dies at a chosen moment: killed_command.py MOMENT WORDS...

MOMENT is the number of a change of files, counted from 1, before which the process dies by SIGKILL. After a plus sign
come the seconds by which it dies later, so in the middle of what it does then. 0 lets it live and writes the number of
changes to the file `changes` of the working folder. DenseNet-121 is a network of a few weights.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tiny_classifier import tiny_backbone

from medgan_tf.classification import network
from medgan_tf.console.group import main

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link")


class Changes:
    """Counts changes of files below the working folder, and ends the process at one of them."""

    def __init__(self, last: int, delay: float):
        self.last, self.delay, self.count = last, delay, 0
        self.folder = os.getcwd()
        self.counting = threading.Lock()

    def __call__(self, event: str, arguments: tuple) -> None:
        if event == "open" and arguments[2] and arguments[2] & _WRITES or event in _CHANGES:
            if isinstance(arguments[0], int) or not os.path.abspath(os.fsdecode(arguments[0])).startswith(self.folder):
                return
            with self.counting:
                self.count += 1
                now = self.count == self.last
            if now and self.delay:
                threading.Timer(self.delay, die).start()
            elif now:
                die()


def die() -> None:
    """Ends the process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


if __name__ == "__main__":
    number, _, delay = sys.argv[1].partition("+")
    network.build_backbone = tiny_backbone
    changes = Changes(int(number), float(delay or 0))
    sys.addaudithook(changes)
    try:
        main(sys.argv[2:])
    finally:
        if not changes.last:
            Path("changes").write_text(str(changes.count), encoding="ascii")
