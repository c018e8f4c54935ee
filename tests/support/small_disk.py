"""A folder on a disk of its own that is full after a few kilobytes, as a disk in a hospital is one day."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """Mounts a disk in memory of `kilobytes` at the new folder, and takes it away afterwards.

    A test that uses it is skipped where the user may not mount.
    """
    if not (shutil.which("mount") and shutil.which("umount")):
        pytest.skip("no command `mount`")
    folder.mkdir(parents=True)
    options = f"size={kilobytes}k,mode=0700"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        # Lazily: a process that a failed test left may still hold a file.
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> None:
    """Fills the disk of a folder to its last byte."""
    with open(folder / "filling", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
