"""Releases that die at chosen moments: killed_release.py FOLDER KILLS. No TensorFlow, and one process to start.

A first release is made whole, and its changes of files are counted. Then this process forks KILLS times; each child
makes the same release and dies by SIGKILL before one of these changes, spread over all of them. A line of JSON for each
says what it left under the release's name: nothing, or a folder and the problems that its check finds.
"""

import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path

from small_release import small_release

from medgan_tf.release.verification import verify_release
from medgan_tf.release.whole import whole_folder

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link")


class Changes:
    """Counts changes of files below a folder, and ends the process before one of them; `last` 0 ends it never."""

    def __init__(self, folder: Path, last: int):
        self.folder, self.last, self.count = str(folder), last, 0
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple) -> None:
        writes = event == "open" and arguments[2] and arguments[2] & _WRITES
        if not (writes or event in _CHANGES) or isinstance(arguments[0], int):
            return
        if os.path.abspath(os.fsdecode(arguments[0])).startswith(self.folder):
            self.count += 1
            if self.count == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)


def make(folder: Path) -> None:
    """A small release with everything that a release holds."""
    with whole_folder(folder) as partial:
        partial.rmdir()
        small_release(partial)


def in_a_child(folder: Path, last: int) -> int:
    """Makes the release in a process of its own; returns how that process ended."""
    child = os.fork()
    if child == 0:
        changes = Changes(folder, last)
        make(folder / "released")
        (folder / "changes").write_text(str(changes.count), encoding="ascii")
        os._exit(0)
    return os.waitpid(child, 0)[1]


def tell(values: dict) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(values) + "\n")
    # A child that is forked later must not have the line to write, too.
    sys.stdout.flush()


def main(folder: Path, kills: int) -> None:
    """Prints what each killed release left, and at the end what a last one left that nobody killed."""
    out = folder / "released"
    if in_a_child(folder, 0):
        sys.exit("the first release failed")
    out.rename(folder / "first")
    total = int((folder / "changes").read_text(encoding="ascii"))
    for number in range(kills):
        status = in_a_child(folder, 1 + number * (total - 1) // (kills - 1))
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        tell({"killed": killed, "left": verify_release(out).problems if out.exists() else None})
        if out.exists():
            out.rename(folder / f"released-{number}")
    make(out)
    hidden = sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
    tell({"changes": total, "after": verify_release(out).problems, "hidden": hidden})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]))
