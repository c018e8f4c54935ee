"""Grey images of many files, for those who want their pixels."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from medgan_tf.data.images import read_grey
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.data.records.encoding import available_cores
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
    for answer in read_files(GreyTask(), paths, workers or available_cores(), limits, chunk=1):
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
