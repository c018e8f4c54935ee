"""Images to the bytes that are stored and back, and many of them at once on all cores."""

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import cv2
import numpy as np

from medgan_tf.data.images import PNG_START, to_stored
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError

# Run-length matching with the right filter is as small as zlib's level 6 (Pillow's default), at a quarter of its time
# or less; measured on chest and head images at 32 to 256 pixels.
_PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)
_MOSTLY_BLACK = 0.4
_SMALL_PIXELS = 32 * 32
_CHUNK = 16
_CHUNKS_IN_FLIGHT = 4


@dataclass(frozen=True)
class UnreadableImage:
    """An image that the source could not read. `reason` names the file: for the owner's terminal only."""

    reason: str


def encode_image(image: np.ndarray, encoding: str) -> bytes:
    """uint8 grey [R, R] or [R, R, 1] to `png` or `raw` bytes."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3):
        raise TypeError(f"images must be uint8 [R, R] or [R, R, 1]. Received: {image.dtype} {image.shape}")
    if encoding == "raw":
        return image.tobytes()
    written, payload = cv2.imencode(".png", image, (*_PNG_OPTIONS, cv2.IMWRITE_PNG_FILTER, _png_filter(image)))
    if not written:
        raise RuntimeError(f"OpenCV could not encode an image of shape {image.shape} as PNG")
    return payload.tobytes()


def _png_filter(image: np.ndarray) -> int:
    """The filter that makes the smallest file: none for CT slices with much black around the head, else Paeth, or for
    small images, where the time does not matter, the best of all row by row."""
    if cv2.countNonZero(image) < (1 - _MOSTLY_BLACK) * image.size:
        return cv2.IMWRITE_PNG_FILTER_NONE
    return cv2.IMWRITE_PNG_ALL_FILTERS if image.size <= _SMALL_PIXELS else cv2.IMWRITE_PNG_FILTER_PAETH


def decode_image(payload: bytes, shape: tuple[int, int, int], encoding: str) -> np.ndarray:
    """Stored bytes to uint8 [R, R, 1]. Raises `DataError` when they are damaged or of another shape than `shape`."""
    if encoding == "raw":
        if len(payload) != int(np.prod(shape)):
            raise DataError(
                f"an image has {len(payload)} bytes, not the {int(np.prod(shape))} of its shape {list(shape)}"
            )
        return np.frombuffer(payload, np.uint8).reshape(shape)
    # PNG 1.2, 11.2.2: the header holds width and height. Looked at before the decoder allocates what it says.
    width, height = int.from_bytes(payload[16:20], "big"), int.from_bytes(payload[20:24], "big")
    if not payload.startswith(PNG_START) or (height, width) != tuple(shape[:2]):
        raise DataError(f"expected a PNG image of {shape[1]}x{shape[0]} pixels. Received: {width}x{height} or no PNG")
    try:
        image = cv2.imdecode(np.frombuffer(payload, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        image = None
    if image is None or image.size != int(np.prod(shape)):
        raise DataError("a stored PNG image cannot be decoded")
    return image.reshape(shape)


class ImageEncoder:
    """Reads, resizes and encodes images of a source on several cores, in order and with bounded memory.

    Args:
        source: Reads the images, in threads or, as its `reads_in_processes` says, in processes.
        resolution: Side of the stored images, pixels.
        encoding: `png` or `raw`.
        workers: Threads or processes; 0 means one per core this process may use.
    """

    def __init__(self, source: Source, resolution: int, encoding: str, workers: int = 0):
        self._source = source
        self._resolution = resolution
        self._encoding = encoding
        self._workers = workers or available_cores()
        self._processes = source.reads_in_processes and self._workers > 1

    def stream(self, paths: Iterable[str]) -> Iterator[bytes | UnreadableImage]:
        """The stored form of every image, in the order of `paths`. At most 64 images per worker are held at a time."""
        pending = iter(paths)
        chunks = iter(lambda: list(itertools.islice(pending, _CHUNK)), [])
        threads_before = cv2.getNumThreads()
        # The images are the unit of parallel work; OpenCV's own threads would only compete with it.
        cv2.setNumThreads(1)
        pool = self._pool()
        try:
            running = deque(self._submit(pool, chunk) for chunk in itertools.islice(chunks, self._in_flight))
            while running:
                yield from running.popleft().result()
                running.extend(self._submit(pool, chunk) for chunk in itertools.islice(chunks, 1))
        except BrokenProcessPool as error:
            raise DataError(
                "a decoding process died (out of memory, or a file that crashes its decoder); try --set data.workers=1"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            cv2.setNumThreads(threads_before)

    @property
    def _in_flight(self) -> int:
        return _CHUNKS_IN_FLIGHT * self._workers

    def _pool(self) -> Executor:
        if self._processes:
            context = multiprocessing.get_context("spawn")
            arguments = (self._source, self._resolution, self._encoding)
            return ProcessPoolExecutor(self._workers, context, initializer=_start_process, initargs=arguments)
        return ThreadPoolExecutor(self._workers, thread_name_prefix="encode")

    def _submit(self, pool: Executor, chunk: list[str]):
        if self._processes:
            return pool.submit(_encode_in_process, chunk)
        return pool.submit(_encode_chunk, self._source, chunk, self._resolution, self._encoding)


def available_cores() -> int:
    """CPU cores this process may use (containers and job schedulers give fewer than the machine has)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _encode_chunk(source: Source, paths: list[str], resolution: int, encoding: str) -> list[bytes | UnreadableImage]:
    encoded: list[bytes | UnreadableImage] = []
    for path in paths:
        try:
            encoded.append(encode_image(to_stored(source.read_image(path), resolution), encoding))
        except DataError as error:
            encoded.append(UnreadableImage(str(error)))
    return encoded


_process: dict = {}


def _start_process(source: Source, resolution: int, encoding: str) -> None:
    cv2.setNumThreads(1)
    _process.update(source=source, resolution=resolution, encoding=encoding)


def _encode_in_process(paths: list[str]) -> list[bytes | UnreadableImage]:
    return _encode_chunk(_process["source"], paths, _process["resolution"], _process["encoding"])
