"""A file, or a folder, belongs to one process at a time. Everything that locks does it here."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout, UnixFileLock

from medgan_tf.errors import RunError

LOCK = ".lock"


def hold(path: Path, *, wait: bool = False, inherited: bool = False) -> BaseFileLock | None:
    """Holds the lock file `path` for this process, until `release()` is called or the process ends, however it ends.

    The lock is the system's own: flock on Unix, LockFileEx on Windows. Nothing is left to clear away after a kill. Only
    a system or a network file system without such locks gets a marker file instead; a dead holder on the same
    machine is then found out by its process number.

    Args:
        path: The lock file; made if it is missing, as its folder. It stays when the lock is released.
        wait: Wait for another holder. Otherwise the answer comes at once.
        inherited: A program that takes the place of this process (`os.execv`) keeps the lock. Unix only.

    Returns:
        The lock, or None if another process holds it. Keep the object: without it the lock is gone.

    Raises:
        OSError: The file cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    passed_on = _pass_on if inherited and issubclass(FileLock, UnixFileLock) else None
    lock = FileLock(path, thread_local=False, on_acquired=passed_on)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        return None
    return lock


def _pass_on(descriptor: int) -> None:
    os.set_inheritable(descriptor, True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a folder for this process while the block runs; the folder is made if it is missing.

    Raises:
        RunError: Another process holds the folder.
        OSError: Nothing can be written there.
    """
    lock = hold(folder / LOCK)
    if lock is None:
        raise RunError(f"another process is training in {folder}; wait until it ends, or stop it")
    try:
        yield
    finally:
        lock.release()
