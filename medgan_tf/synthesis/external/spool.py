"""Pixels of many images on disk, encoded, until their order is known: memory does not grow with their number."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.data.images import resize_area
from medgan_tf.data.records.image_coding import decode_image, encode_image
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress
from medgan_tf.synthesis.external.listing import Listing


@dataclass(frozen=True)
class Spooled:
    """One image in a spool.

    Attributes:
        start, length: Its place in the file, bytes.
        sha256: SHA-256 of its pixels, 32 bytes.
    """

    start: int
    length: int
    sha256: bytes


class Spool:
    """Encoded images in a file without a name, which the system removes whatever happens; a context manager.

    Args:
        folder: The folder whose disk holds it; made if it is missing.
        side: Side of each image, pixels.
        encoding: `png` or `raw`.

    Attributes:
        images: Their places, in the order of the listing.
        sizes: Height and width of each before it was resized. Whether images may be resized is decided by the check
            `size`.
    """

    def __init__(self, folder: Path, side: int, encoding: str):
        self.side, self.encoding = side, encoding
        self.images: list[Spooled] = []
        self.sizes: list[tuple[int, int]] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by __exit__)
        except OSError as error:
            raise DataError(f"cannot write to {folder}: {error.strerror}") from error

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_) -> None:
        self._file.close()

    def fill(self, listing: Listing, progress: Progress) -> None:
        """Reads all images of a listing; their places in `images` are those in the listing.

        Images of one file are read one after the other, whatever the order of the listing.

        Raises:
            DataError: An image cannot be read, or the disk is full.
        """
        sources = [image.source for image in listing.images]
        order = sorted(range(len(sources)), key=lambda number: _place(sources[number]))
        found: list[Spooled | None] = [None] * len(sources)
        sizes = [(0, 0)] * len(sources)
        for done, (number, pixels) in enumerate(zip(order, listing.stream(order), strict=True), start=1):
            sizes[number] = pixels.shape
            found[number] = self._add(resize_area(pixels, self.side))
            progress(done, len(order))
        self.images, self.sizes = found, sizes

    def payload(self, number: int) -> bytes:
        """One image as it is stored."""
        place = self.images[number]
        self._file.seek(place.start)
        return self._file.read(place.length)

    def pixels(self, numbers: Sequence[int]) -> np.ndarray:
        """Some images, uint8 [N, R, R]."""
        shape = (self.side, self.side, 1)
        images = np.empty((len(numbers), self.side, self.side), np.uint8)
        for place, number in enumerate(numbers):
            images[place] = decode_image(self.payload(number), shape, self.encoding)[:, :, 0]
        return images

    def _add(self, pixels: np.ndarray) -> Spooled:
        # As a generator's images [R, R, 1], so that equal images have equal bytes.
        payload = encode_image(np.ascontiguousarray(pixels)[:, :, None], self.encoding)
        try:
            start = self._file.seek(0, 2)
            self._file.write(payload)
        except OSError as error:
            raise DataError(f"synthetic images could not be kept on disk: {error.strerror}") from error
        return Spooled(start, len(payload), hashlib.sha256(pixels.tobytes()).digest())


def _place(source) -> tuple[str, str, int]:
    return source.file, source.member, -1 if source.index is None else source.index
