"""What a reader process finds out about one image beside its pixels, in a few bytes."""

import hashlib
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from medgan_tf.data.looks.perceptual import UNKNOWN_SHAPE, shape_hash
from medgan_tf.data.looks.text import find_text
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular

CONSTANT = "constant"
"""The mark of an image whose stored pixels all have one value."""
_DIGEST_DIGITS, _SHAPE_DIGITS = 32, 16
_HEAD = struct.Struct("<Qq16s8sH")
_DICOM_START, _LARGEST_FILE = 132, 2**40


@dataclass(frozen=True)
class Look:
    """What is known of one image beside its pixels.

    Attributes:
        size: Bytes of the source file; 0 where there is no file.
        modified: When the source file was changed last, nanoseconds since 1970; 0 where there is no file.
        digest: First 32 hexadecimal digits of the SHA-256 of the stored pixels, uint8 [R, R], row by row.
        shape_hash: 16 hexadecimal digits, a perceptual hash of the grey image at its full size. Images that look alike
            have hashes that differ in few bits.
        marks: What is odd about the image, sorted words of lower-case letters and underscores: `constant`, those of
            `looks.text` (`text` or `marker`) and those of `looks.dicom_marks`.
    """

    size: int
    modified: int
    digest: str
    shape_hash: str = UNKNOWN_SHAPE
    marks: tuple[str, ...] = ()

    @property
    def stamp(self) -> tuple[int, int]:
        """Size and time of the source file, as `stamp_of` gives them."""
        return self.size, self.modified

    def packed(self) -> bytes:
        """The look as bytes, little-endian.

        - 8 bytes: size, unsigned; 8 bytes: modified, signed.
        - 16 bytes: digest; 8 bytes: shape_hash.
        - 2 bytes: length of the marks, which follow: ASCII words with commas between them.
        """
        marks = ",".join(self.marks).encode("ascii")
        digest, shape = bytes.fromhex(self.digest), bytes.fromhex(self.shape_hash)
        return _HEAD.pack(self.size, self.modified, digest, shape, len(marks)) + marks

    @classmethod
    def unpacked(cls, data: bytes) -> tuple["Look", bytes]:
        """The look at the start of `data`, and what follows it.

        Raises:
            ValueError: The bytes are none that `packed` makes.
        """
        if len(data) < _HEAD.size:
            raise ValueError(f"a look has at least {_HEAD.size} bytes. Received: {len(data)}")
        size, modified, digest, shape, length = _HEAD.unpack_from(data)
        end = _HEAD.size + length
        marks = tuple(data[_HEAD.size : end].decode("ascii").split(",")) if length else ()
        if len(data) < end or list(marks) != sorted(set(marks)) or not all(map(is_mark, marks)):
            raise ValueError(f"the marks of a look are damaged: {data[_HEAD.size : end][:60]!r}")
        return cls(size, modified, digest.hex(), shape.hex(), marks), data[end:]


def is_mark(word: str) -> bool:
    """Whether a word can be a mark: lower-case ASCII letters and underscores."""
    return word.isascii() and word.replace("_", "").isalpha() and word == word.lower()


def stamp_of(file: str | None) -> tuple[int, int]:
    """Size in bytes and time of the last change in nanoseconds, or (0, 0) where there is no file."""
    try:
        found = os.stat(file) if file else None
    except (OSError, ValueError):
        found = None
    return (found.st_size, found.st_mtime_ns) if found else (0, 0)


def look_at(
    image: np.ndarray, stored: np.ndarray, path: str, stamp: tuple[int, int] = (0, 0), text: bool = True
) -> Look:
    """Looks at one image that was read.

    Args:
        image: uint8 grey [H, W] at its full size.
        stored: uint8 grey [R, R], as it is stored.
        path: The source file, "" where there is none.
        stamp: Its size and time, taken before it was read: a file that changes meanwhile then differs later.
        text: Look for burned-in text and side markers.
    """
    digest = hashlib.sha256(np.ascontiguousarray(stored)).hexdigest()[:_DIGEST_DIGITS]
    found = {find_text(image).kind} - {"none"} if text else set()
    marks = {CONSTANT} if is_constant(stored) else found
    return Look(*stamp, digest, shape_hash(image), tuple(sorted(marks.union(_header_marks(path)))))


def _header_marks(path: str) -> tuple[str, ...]:
    try:
        with open_regular(path, _LARGEST_FILE) as file:
            is_dicom = file.read(_DICOM_START)[-4:] == b"DICM"
    except (DataError, OSError, ValueError):
        return ()
    if not is_dicom:
        return ()
    # Here, so that pydicom is loaded only for those who have such files.
    from medgan_tf.data.looks.dicom_marks import dicom_marks

    return dicom_marks(path)


def pixels_sha256(digests: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the pixels of many images: over their names, which must come sorted, and digests."""
    digest = hashlib.sha256()
    for image, one in digests:
        digest.update(f"{image} {one}\n".encode())
    return digest.hexdigest()


def is_constant(image: np.ndarray) -> bool:
    """Whether all pixels have one value: all black, all white, all one grey."""
    return bool((image == image.flat[0]).all()) if image.size else True
