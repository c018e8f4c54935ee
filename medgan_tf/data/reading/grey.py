"""Grey images of many files, for those who want their pixels."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.cores import usable_cores
from medgan_tf.data.images import read_grey
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.errors import DataError

_SIDE = np.dtype("<u4")


def read_greys(paths: Iterable[str], workers: int = 0, limits: Limits | None = None) -> Iterator[np.ndarray]:
    """PNG, JPEG and TIFF files as `images.read_grey` reads them, in reader processes; in the order of `paths`.

    Args:
        paths: The files; a few are read ahead.
        workers: Processes; 0 means one per core.
        limits: Memory and time for one file.

    Yields:
        uint8 [H, W] of each file.

    Raises:
        DataError: The first file that cannot be read, or that breaks a limit; names it.
    """
    for answer in read_files(GreyTask(), paths, workers or usable_cores(), limits, chunk=1):
        if isinstance(answer, UnreadableFile):
            raise DataError(answer.reason)
        height, width = np.frombuffer(answer, _SIDE, count=2)
        yield np.frombuffer(answer, np.uint8, offset=2 * _SIDE.itemsize).reshape(int(height), int(width))


class GreyTask:
    """Height, width and pixels of an image, as bytes."""

    def start(self) -> None:
        """One file is read by one thread."""
        cv2.setNumThreads(1)

    def __call__(self, path: str) -> bytes:
        image = read_grey(path)
        return np.array(image.shape, _SIDE).tobytes() + image.tobytes()


def check_memory(path: str | Path, count: int, side: int) -> None:
    """Raises `DataError` for images of a folder, square and at once, that need more than half of the machine's memory.

    Systems that do not say how much they have are not asked.
    """
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if 2 * count * side**2 > memory:
        raise DataError(
            f"{path}: {count:,} images of {side}x{side} pixels need {count * side**2 / 2**30:.1f} GiB, more than half "
            f"of the {memory / 2**30:.1f} GiB of this machine; make the files smaller or fewer"
        )
