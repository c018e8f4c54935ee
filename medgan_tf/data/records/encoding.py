"""Images to the bytes that are stored and back, and many of them at once on all cores."""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from medgan_tf.cores import usable_cores
from medgan_tf.data.image_files.png import PNG_START, check_png
from medgan_tf.data.images import to_stored
from medgan_tf.data.looks.look import Look, look_at, stamp_of
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import CHUNK, CHUNKS_IN_FLIGHT, Answer, UnreadableFile, read_files
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError

# Run-length matching with the right filter is as small as zlib's level 6 (Pillow's default), at a quarter of its time
# or less; measured on chest and head images at 32 to 256 pixels.
_PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)
_MOSTLY_BLACK = 0.4
_SMALL_PIXELS = 32 * 32
_MOST_METADATA = 2**16


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
    # A chunk that claims more than there is would be given that memory.
    check_png(payload, "a stored PNG image")
    # Without its pixels a file of ours has about 60 bytes; libpng would unpack texts of any size.
    if len(payload) > 2 * width * height + _MOST_METADATA:
        raise DataError(f"a stored PNG image of {width}x{height} pixels has {len(payload):,} bytes")
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
        source: Reads the images, in reader processes or, as its `reads_in_processes` says, in threads.
        resolution: Side of the stored images, pixels.
        encoding: `png` or `raw`.
        workers: Processes or threads; 0 means one per core this process may use.
        limits: What reading one image may cost; only reader processes keep to it.
    """

    def __init__(self, source: Source, resolution: int, encoding: str, workers: int = 0, limits: Limits | None = None):
        self._source = source
        self._task = EncodeTask(source, resolution, encoding)
        self._workers = workers or usable_cores()
        self._limits = limits

    def stream(self, paths: Iterable[str]) -> Iterator[tuple[Look, bytes] | UnreadableFile]:
        """The look at every image and its stored form, in the order of `paths`.

        At most 64 images per worker are held at a time. Closing the iterator ends the workers.
        """
        if self._source.reads_in_processes:
            answers = read_files(self._task, paths, self._workers, self._limits)
        else:
            answers = self._stream_in_threads(paths)
        try:
            for answer in answers:
                yield answer if isinstance(answer, UnreadableFile) else _unpacked(answer)
        finally:
            answers.close()

    def _stream_in_threads(self, paths: Iterable[str]) -> Iterator[Answer]:
        pending = iter(paths)
        chunks = iter(lambda: list(itertools.islice(pending, CHUNK)), [])
        threads_before = cv2.getNumThreads()
        self._task.start()
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="encode")
        try:
            first = itertools.islice(chunks, CHUNKS_IN_FLIGHT * self._workers)
            running = deque(pool.submit(self._encode_chunk, chunk) for chunk in first)
            while running:
                yield from running.popleft().result()
                running.extend(pool.submit(self._encode_chunk, chunk) for chunk in itertools.islice(chunks, 1))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            cv2.setNumThreads(threads_before)

    def _encode_chunk(self, paths: list[str]) -> list[Answer]:
        encoded: list[Answer] = []
        for path in paths:
            try:
                encoded.append(self._task(path))
            except DataError as error:
                encoded.append(UnreadableFile(str(error)))
        return encoded


def _unpacked(answer: bytes) -> tuple[Look, bytes]:
    try:
        return Look.unpacked(answer)
    except ValueError as error:
        raise DataError(f"a reader process sent no image: {error}") from error


@dataclass(frozen=True)
class EncodeTask:
    """The look at an image of a source, packed, and then its stored form; by its path."""

    source: Source
    resolution: int
    encoding: str

    def start(self) -> None:
        """The images are the unit of parallel work; OpenCV's own threads would only compete with it."""
        cv2.setNumThreads(1)

    def __call__(self, path: str) -> bytes:
        file = self.source.file_of(path)
        # Before it is read: a file that changes meanwhile then has another stamp later.
        stamp = stamp_of(file)
        image = self.source.read_image(path)
        stored = to_stored(image, self.resolution)
        return look_at(image, stored, file or "", stamp).packed() + encode_image(stored, self.encoding)
