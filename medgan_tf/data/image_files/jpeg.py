"""What a JPEG file claims (ITU-T T.81 annex B), found as libjpeg finds it, without decoding."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.data.image_files.limits import check_size
from medgan_tf.errors import DataError

JPEG_START, _END = b"\xff\xd8", b"\xff\xd9"
MOST_SCANS = 100
"""A progressive file has about ten. Every scan costs a pass over the whole image, and can be a few bytes long."""
_MOST_MARKERS = 2**16
_SCAN = 0xDA
_SEQUENTIAL = (0xC0, 0xC1)
_PIECE = 2**20
# Start of frame, whatever the coding (table B.1); C4, C8 and CC are other segments. F7 is that of JPEG-LS (T.87).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
# Without a length: TEM, the restarts, and the start and end of the image.
_BARE = frozenset({0x01, *range(0xD0, 0xDA)})
_FILL = re.compile(rb"\xff*")


@dataclass(frozen=True)
class JpegHeader:
    """Size, precision and coding (the marker, e.g. C0 baseline, C2 progressive) that the first frame header states, and
    where the first scan begins."""

    height: int
    width: int
    components: int
    bits: int
    first_scan: int
    coding: int


def check_jpeg(data: bytes, path: object) -> JpegHeader:
    """The header of a JPEG or JPEG-LS image.

    Raises:
        DataError: It is truncated, states no size or one above the limits, or has more than 100 scans.
    """
    header = _read_header(data, path)
    # The marker is near the end, so looking for it from there is quicker.
    if data.rfind(_END) < header.first_scan:
        raise DataError(f"{path}: is truncated (its end marker is missing); get this file again")
    check_size(path, header.height, header.width, header.components * -(-header.bits // 8))
    # A first scan of all components of a sequential image is all of it, and libjpeg ends there. Elsewhere scans are
    # counted; as in their data FF is followed by 00 or a restart marker, never too few.
    alone = header.coding in _SEQUENTIAL and data[header.first_scan + 4 : header.first_scan + 5] == bytes(
        [header.components]
    )
    scans = 1 if alone else _count(data, header.first_scan, 0xFF, _SCAN)
    if scans > MOST_SCANS:
        raise DataError(f"{path}: has {scans} scans, more than {MOST_SCANS}; is the file damaged?")
    return header


def _count(data: bytes, start: int, first: int, second: int) -> int:
    """How often two bytes follow each other from `start` on; a tenth of the time of `bytes.count`."""
    whole, found = np.frombuffer(data, np.uint8), 0
    for begin in range(start, len(data), _PIECE):
        piece = whole[begin : begin + _PIECE + 1]
        found += int(np.count_nonzero((piece[:-1] == first) & (piece[1:] == second)))
    return found


def _read_header(data: bytes, path: object) -> JpegHeader:
    frame = None
    for marker, start in segments(data, path):
        if marker == _SCAN and frame is None:
            raise DataError(f"{path}: states no size before its first scan; is the file damaged?")
        if marker == _SCAN:
            return JpegHeader(*frame[:4], first_scan=start, coding=frame[4])
        # Decoders refuse a second frame header.
        if marker in _FRAMES and frame is None and start + 10 <= len(data):
            height, width = int.from_bytes(data[start + 5 : start + 7]), int.from_bytes(data[start + 7 : start + 9])
            frame = height, width, data[start + 9], data[start + 4], marker
    raise DataError(f"{path}: is truncated (it has no scan); get this file again")


def segments(data: bytes, path: object) -> Iterator[tuple[int, int]]:
    """Markers up to that of the first scan, and where each starts (its last FF)."""
    # Walked, because a thumbnail inside a segment has frames, scans and an end marker of its own (B.1.1).
    position = 2
    for _ in range(_MOST_MARKERS):
        # As libjpeg does: what is between two segments is skipped, and FF may be repeated (B.1.1.2).
        found = data.find(b"\xff", position)
        start = _FILL.match(data, found).end() - 1 if found >= 0 else len(data)
        if start + 2 > len(data):
            return
        marker, position = data[start + 1], start + 2
        if marker in _BARE or marker == 0:
            continue
        yield marker, start
        if marker == _SCAN:
            return
        position += int.from_bytes(data[start + 2 : start + 4])
        if position < start + 4:
            raise DataError(f"{path}: has a segment without length; is the file damaged?")
    raise DataError(f"{path}: has more than {_MOST_MARKERS} markers before its first scan; is the file damaged?")
