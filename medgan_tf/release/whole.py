"""A folder that is there whole or not at all: it is filled under a temporary name beside its own, and renamed last."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.files.locks import hold


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to be filled; it gets its name when the block ends well, and is removed otherwise.

    A process that is killed leaves no folder of this name, but its beginning under the name `.partial-<name>`. The next
    call removes that. Everything is on the disk before the folder gets its name.

    Args:
        folder: The folder; it must not be there.

    Raises:
        DataError: It is there already.
        RunError: Another process makes it, or the disk does not take it.
    """
    partial = folder.with_name(f".partial-{folder.name}")
    refuse_existing(folder)
    try:
        lock = hold(folder.with_name(f".{folder.name}.lock"))
    except OSError as error:
        raise RunError(f"cannot write to {folder.parent}: {error.strerror}") from error
    if lock is None:
        raise RunError(f"another process makes {folder}; wait until it ends, or stop it")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        for path in (*partial.rglob("*"), partial):
            flush_to_disk(path)
        refuse_existing(folder)
        os.rename(partial, folder)
        flush_to_disk(folder.parent)
    except OSError as error:
        raise RunError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.with_name(f".{folder.name}.lock").unlink()
        lock.release()


def refuse_existing(folder: Path) -> None:
    """Raises `DataError` if there is something under this name; a dangling link is something too."""
    if folder.exists() or folder.is_symlink():
        raise DataError(f"{folder} is there already; a release never changes one: choose another folder, or remove it")
