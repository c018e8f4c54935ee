"""Grey images from PNG, JPEG and TIFF files or from a generator, as the square uint8 images that are stored."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.errors import DataError

JPEG_START, JPEG_END, PNG_START = b"\xff\xd8", b"\xff\xd9", b"\x89PNG\r\n\x1a\n"
JPEG_SCAN = 0xDA
# Start of frame, whatever the coding (ITU-T T.81 table B.1); C4, C8 and CC are other segments.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
MAX_PIXELS = 2**27
"""Largest image that is read, pixels; a header that claims more is taken for damaged."""


def read_grey(path: str) -> np.ndarray:
    """One PNG, JPEG or TIFF file as uint8 grey [H, W].

    Colour becomes luma (ITU-R BT.601); 16-bit images are scaled so that their maximum is 255.

    Raises:
        DataError: The file is missing, truncated or no image; names it.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    return decode_grey(data, path)


def decode_grey(data: bytes, path: str) -> np.ndarray:
    """As `read_grey`, from the bytes of a file; `path` is for messages."""
    # OpenCV 4 fills the missing part of a truncated JPEG with grey and reports success.
    if is_truncated(data):
        raise DataError(f"{path}: is truncated (its end marker is missing); get this file again")
    # A few bytes can claim, and even unpack to, any size: looked at before the decoder allocates it.
    width, height = claimed_size(data)
    if width * height > MAX_PIXELS:
        raise DataError(f"{path}: claims {height} x {width} pixels, more than {MAX_PIXELS}; is the file damaged?")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    except cv2.error as error:
        raise DataError(f"{path}: cannot be decoded: {error.err}") from error
    if image is None:
        raise DataError(f"{path}: is not a PNG, JPEG or TIFF image that OpenCV can decode")
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.uint16:
        return scale_to_maximum(image)
    raise DataError(f"{path}: expected 8 or 16 bits per pixel. Received: {image.dtype}")


def is_truncated(data: bytes) -> bool:
    """Whether a JPEG has no end marker after its first scan, a PNG no IEND chunk, or the file is empty."""
    if data.startswith(PNG_START):
        return data.rfind(b"IEND\xaeB`\x82") < 0
    if data.startswith(JPEG_START):
        scan = _first_scan(data)
        # The marker is near the end, so looking for it from there is quicker.
        return scan < 0 or data.rfind(JPEG_END) < scan
    return not data


def claimed_size(data: bytes) -> tuple[int, int]:
    """Width and height, pixels, that the header of a PNG or JPEG states; (0, 0) for other files."""
    if data.startswith(PNG_START):
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    for marker, start in _segments(data) if data.startswith(JPEG_START) else ():
        if marker in JPEG_FRAMES:
            return int.from_bytes(data[start + 7 : start + 9], "big"), int.from_bytes(
                data[start + 5 : start + 7], "big"
            )
    return 0, 0


def _first_scan(data: bytes) -> int:
    return next((start for marker, start in _segments(data) if marker == JPEG_SCAN), -1)


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers of a JPEG up to the first scan, and where each starts."""
    # Walked, because a thumbnail inside a segment has frames, scans and an end marker of its own (ITU-T T.81 B.1.1).
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        yield marker, position
        if marker == JPEG_SCAN:
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")


def resize_area(image: np.ndarray, resolution: int) -> np.ndarray:
    """Resizes [H, W] to a square [R, R], area averaging where it shrinks and linear where it grows.

    As in the paper, an oblong image is squeezed into the square rather than cropped or padded.
    """
    height, width = image.shape[:2]
    smaller = (min(width, resolution), min(height, resolution))
    if smaller != (width, height):
        image = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA)
    if smaller != (resolution, resolution):
        image = cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_LINEAR)
    return image


def scale_to_maximum(image: np.ndarray) -> np.ndarray:
    """Scales values from 0 so that the maximum is 255, rounded to uint8; an all-black image stays black."""
    peak = image.max(initial=0)
    if peak <= 0:
        return np.zeros(image.shape, np.uint8)
    if image.dtype == np.uint8 and peak == 255:
        return image
    return cv2.convertScaleAbs(image, alpha=255.0 / float(peak))


def to_uint8(images: np.ndarray) -> np.ndarray:
    """A generator's images, float -1..1 of any shape, as uint8 0..255: rounded (halves to even), then clipped.

    The inverse of the scaling that the GANs see, `x / 127.5 - 1`.
    """
    return np.clip(np.rint(np.asarray(images, np.float32) * 127.5 + 127.5), 0, 255).astype(np.uint8)


def to_stored(image: np.ndarray, resolution: int) -> np.ndarray:
    """An image in the form of a record: uint8 grey [H, W] resized to [R, R] and scaled so that its maximum is 255."""
    return scale_to_maximum(resize_area(image, resolution))
