"""The stored form of many images at once, on all cores."""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from medgan_tf.cores import usable_cores
from medgan_tf.data.images import to_stored
from medgan_tf.data.looks.look import Look, look_at, stamp_of
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import CHUNK, CHUNKS_IN_FLIGHT, Answer, UnreadableFile, read_files
from medgan_tf.data.records.image_coding import encode_image
from medgan_tf.data.tables.missing import explained
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError


class ImageEncoder:
    """Reads, resizes and encodes images of a source on several cores, in order and with bounded memory.

    Args:
        source: Reads the images, in reader processes or, as its `reads_in_processes` says, in threads.
        resolution: Side of the stored images, pixels.
        encoding: `png` or `raw`.
        workers: Processes or threads; 0 means one per core this process may use.
        limits: What reading one image may cost; only reader processes keep to it.
        text: Look for burned-in text.
    """

    def __init__(
        self,
        source: Source,
        resolution: int,
        encoding: str,
        workers: int = 0,
        limits: Limits | None = None,
        text: bool = True,
    ):
        self._source = source
        self._task = EncodeTask(source, resolution, encoding, text)
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
    text: bool = True

    def start(self) -> None:
        """The images are the unit of parallel work; OpenCV's own threads would only compete with it."""
        cv2.setNumThreads(1)

    def __call__(self, path: str) -> bytes:
        file = self.source.file_of(path)
        # Before it is read: a file that changes meanwhile then has another stamp later.
        stamp = stamp_of(file)
        image = self._image(path, file)
        stored = to_stored(image, self.resolution)
        return look_at(image, stored, file or "", stamp, self.text).packed() + encode_image(stored, self.encoding)

    def _image(self, path: str, file: str | None) -> np.ndarray:
        try:
            return self.source.read_image(path)
        except DataError as error:
            raise explained(error, file) from error
