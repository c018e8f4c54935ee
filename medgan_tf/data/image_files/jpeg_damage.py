"""JPEG files that end as they should and are damaged in between.

Such data nearly always decode to some picture. libjpeg then prints one of these messages (jerror.h), only the first of
a file:

| Message | Counts as damage |
|---|---|
| premature end of data segment, bad Huffman code, bad arithmetic code, Premature end of JPEG file | yes |
| found marker .. instead of RST.., Inconsistent progression sequence | yes |
| .. extraneous bytes before marker: before the first scan | no |
| .. extraneous bytes before marker D9, the end: up to 8, or up to 64 equal ones | no: writers pad |
| .. extraneous bytes before marker: more, or elsewhere after the first scan | yes |
| unknown JFIF revision, Unknown Adobe color transform, Invalid SOS parameters, bad ICC marker | no |

Because the first message hides the others, a file with a harmless one is decoded again without what caused it. What
libjpeg does not see is looked for here: parts that were zeroed, and missing scans.
"""

import re

import cv2
import numpy as np

from medgan_tf.data.image_files.decoder_messages import listen
from medgan_tf.data.image_files.jpeg import JpegHeader, check_jpeg, segments
from medgan_tf.data.image_files.jpeg_scans import find_missing_scan, has_zeroed_part
from medgan_tf.errors import DataError

_MOST_EXTRANEOUS, _MOST_PADDING = 8, 64
_END = b"\xff\xd9"
_HUFFMAN_CODED = (0xC0, 0xC1, 0xC2)
_SEQUENTIAL = (0xC0, 0xC1)
_SCAN = 0xDA
# Segments that the decoded values do not depend on: applications' (E0 to EF) and comments (B.2.4).
_REMARKS = frozenset({*range(0xE0, 0xF0), 0xFE})
_DAMAGE = re.compile(r"(Corrupt JPEG data: (?!bad ICC).*|Premature end of JPEG file.*|Inconsistent progression.*)")
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0x([0-9a-f]{2})")
_HARMLESS = re.compile(r"Corrupt JPEG data: bad ICC|Warning: unknown JFIF|Unknown Adobe|Invalid SOS")


def check_jpeg_is_whole(data: bytes, path: object) -> None:
    """Decodes an 8-bit DCT JPEG image and looks for damage; other codings (lossless, 12 bits) are not looked at.

    Args:
        data: The image from FF D8 on; bytes after its end do not matter.
        path: The file, for messages.

    Raises:
        DataError: It is truncated or damaged; one line that names the file.
    """
    header = check_jpeg(data, path)
    if header.bits == 8 and header.coding in _HUFFMAN_CODED and decode_jpeg(data, path, header) is None:
        raise DataError(f"{path}: has a JPEG image that cannot be decoded; get this file again")


def decode_jpeg(
    data: bytes, path: object, header: JpegHeader, flags: int = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH
) -> np.ndarray | None:
    """The pixels of a JPEG image as OpenCV decodes it, or None where it cannot.

    Args:
        data: The image.
        path: The file, for messages.
        header: As `check_jpeg` found it.
        flags: How OpenCV is to decode it.

    Raises:
        DataError: It is damaged; names the file.
    """
    coded = np.frombuffer(data, np.uint8)
    image, messages = listen(lambda: cv2.imdecode(coded, flags))
    if image is None:
        return None
    damage = _damage(data, path, header, messages)
    if damage is None and header.coding in _HUFFMAN_CODED:
        damage = find_missing_scan(data, header)
        if damage is None and has_zeroed_part(data, header):
            damage = "a part of it was overwritten by zeros"
    if damage is not None:
        raise DataError(f"{path}: is damaged ({damage}); get this file again")
    return image


def _damage(data: bytes, path: object, header: JpegHeader, messages: list[str]) -> str | None:
    """What the decoder said that is no harmless remark."""
    if not messages:
        return None
    said = _first_damage(messages)
    gaps = said is not None and _EXTRANEOUS.search(said) and _has_gaps(data, path)
    if gaps or (said is None and any(_HARMLESS.search(line) for line in messages)):
        bare = without_remarks(data, path, header)
        # As this has no gaps, what is said again is about what comes after them.
        said = _first_damage(listen(lambda: cv2.imdecode(np.frombuffer(bare, np.uint8), cv2.IMREAD_GRAYSCALE))[1])
    return None if said is None or _is_padding(said, data, header) else said


def _first_damage(messages: list[str]) -> str | None:
    found = (_DAMAGE.search(line) for line in messages)
    return next((match[1].removeprefix("Corrupt JPEG data: ") for match in found if match), None)


def _is_padding(said: str, data: bytes, header: JpegHeader) -> bool:
    """Whether bytes before the end marker are too few to be lost pixels."""
    match = _EXTRANEOUS.search(said)
    if not match or match[2] != "d9":
        return False
    count, end = int(match[1]), data.find(_END, header.first_scan)
    padding = data[max(0, end - count) : end]
    return count <= _MOST_EXTRANEOUS or (count <= _MOST_PADDING and padding.count(padding[:1]) == len(padding))


def _has_gaps(data: bytes, path: object) -> bool:
    """Whether there is something between two segments before the first scan."""
    position = 2
    for marker, start in segments(data, path):
        if data[position:start].strip(b"\xff"):
            return True
        position = start + 2 + (int.from_bytes(data[start + 2 : start + 4]) if marker != _SCAN else 0)
    return False


def without_remarks(data: bytes, path: object, header: JpegHeader) -> bytes:
    """The image without gaps, applications' segments and comments, and with the scan parameters that its coding has."""
    kept = [data[:2]]
    for marker, start in segments(data, path):
        if marker == _SCAN:
            break
        if marker not in _REMARKS:
            kept.append(data[start : start + 2 + int.from_bytes(data[start + 2 : start + 4])])
    scan = bytearray(data[header.first_scan :])
    if header.coding in _SEQUENTIAL:
        # B.2.3: first and last coefficient, and both bit positions.
        end = 2 + int.from_bytes(scan[2:4])
        scan[end - 3 : end] = b"\x00\x3f\x00"
    return b"".join(kept) + bytes(scan)
