"""Files and folders that appear whole or not at all: written under a temporary name beside theirs, then renamed."""

import contextlib
import glob
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_SECONDS_LEFT_BEHIND = 3600


@contextlib.contextmanager
def atomic_path(path: str | Path, *, shared: bool = False) -> Iterator[Path]:
    """A temporary path to write a file to; it becomes `path` when the block ends well, and is removed otherwise.

    The file's folder is made if it is missing. The content is on the disk before it gets its name, so that a power cut
    leaves the old file or the new one. What a killed process leaves behind is written over by the next one. Where each
    process has a name of its own, the next one removes what is older than an hour.

    Args:
        path: The file; an older one is replaced.
        shared: Several processes may write the same file at the same time: each then has a temporary name of its own.

    Raises:
        OSError: The folder or the file cannot be written. An older file is untouched.

    Example:
        with atomic_path(folder / "result.json") as partial:
            partial.write_text(text, encoding="utf-8")
    """
    path = Path(path)
    # The name's end stays, as some writers look at it.
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}" if shared else f".partial-{path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if shared:
        _remove_left_behind(path)
    try:
        yield partial
        flush_to_disk(partial)
        os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _remove_left_behind(path: Path) -> None:
    """Removes what processes left that were killed while they wrote a shared file."""
    for left in path.parent.glob(f".partial-[0-9]*-{glob.escape(path.name)}"):
        number = left.name.removeprefix(".partial-").removesuffix(f"-{path.name}")
        with contextlib.suppress(OSError):
            # A process that still writes changes its file all the time.
            if number.isdigit() and time.time() - left.stat().st_mtime > _SECONDS_LEFT_BEHIND:
                left.unlink()


def flush_to_disk(path: str | Path) -> None:
    """Waits until a file's content, or the names in a folder, are on the disk: a power cut then loses neither.

    Windows cannot open folders, and needs a file open for writing; there the names in a folder are left to the system.

    Raises:
        OSError: The disk is full or broken.
    """
    path = Path(path)
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Writes several files that belong together. A full disk leaves all old ones and no new one.

    All are written under temporary names and are on the disk before the first gets its name. A process killed at that
    last moment leaves some new ones beside old ones, each of them whole.

    Raises:
        OSError: One cannot be written; older files are untouched, and what was written is removed.
    """
    partial = {path: path.with_name(f".partial-{path.name}") for path in contents}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path in contents:
            os.replace(partial[path], path)
    finally:
        for path in partial.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def replace_folder(partial: Path, path: Path) -> None:
    """Gives the finished folder `partial` the name `path`, in place of an older folder.

    A folder cannot be renamed onto another, so the older one is moved aside first and removed last: a process killed in
    between leaves one of the two whole, under `path` or under `.old-<name>`.
    """
    old = path.with_name(f".old-{path.name}")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.replace(path, old)
    os.replace(partial, path)
    shutil.rmtree(old, ignore_errors=True)
