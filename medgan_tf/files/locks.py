"""A folder belongs to one process at a time."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from medgan_tf.errors import RunError

LOCK = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a folder for this process while the block runs; the folder is made if it is missing.

    The lock is the system's own (flock on the file `.lock`), so it is gone with the process, however that ends.

    Raises:
        RunError: Another process holds the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(f"another process is training in {folder}; wait until it ends, or stop it") from error
        yield
