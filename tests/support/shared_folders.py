"""Folders that are made once for all processes of a test run."""

import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def made_once(factory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process to ask for it makes, and that all processes then read.

    Nobody may write into it; tests that change files take a copy.

    Args:
        factory: The fixture `tmp_path_factory`.
        name: Name of the folder.
        make: Is called with the path of the folder, which does not exist yet.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Each worker's folder lies in that of the whole run.
        base = base.parent
    folder = base / "shared" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            partial = folder.with_name(f"{name}.partial")
            make(partial)
            partial.rename(folder)
    return folder
