"""Damage inside JPEG 2000 frames (ISO 15444-1 annex A), which have no check sums.

Decoders notice that bytes are missing; bytes that were changed they decode to noise. Two things cannot be in coded
data. One is a byte FF before one above 8F, which is a marker; of random bytes every 600 or so hold one. The other is a
long run of zeros, since what the arithmetic coder writes looks random.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.errors import DataError

_CODESTREAM = b"\xff\x4f\xff\x51"
_CODING_STYLE, _TILE, _DATA, _END = b"\xff\x52", b"\xff\x90", b"\xff\x93", b"\xff\xd9"
# But for the marks of packets, SOP and EPH.
_MARKER = re.compile(rb"\xff[\x90\x93-\xff]")
_ZEROS = re.compile(rb"\0{256,}")
# A drawn chessboard of single pixels gives runs of 90 bytes, photographs and radiographs less than 20.
_MOST_ZEROS_IN_DATA = 255
_PRECINCTS, _NUMBERED_PACKETS = 0x01, 0x02
_RAW_BITS, _HIGH_THROUGHPUT = 0x01, 0x40
_MOST_SEGMENTS = 1000


@dataclass(frozen=True)
class _Header:
    """What the main header says: the flags of its coding style, and most packets of a tile without own precincts."""

    first_tile: int
    style: int
    block_style: int
    packets: int


def check_jpeg2000_is_whole(coded: bytes, path: str | Path) -> None:
    """Refuses a frame whose coded data hold what no coder writes. Raises `DataError`: one line that names the file."""
    header = _read_header(coded)
    # No file of high throughput was there to try this on.
    if header is None or header.block_style & _HIGH_THROUGHPUT:
        return
    # Empty packets are zero bytes as well, and so can be bits that are stored without coding.
    countable = not header.style & _PRECINCTS and not header.block_style & _RAW_BITS
    for start, end in _tile_data(coded, header.first_tile):
        longest = max((len(run) for run in _ZEROS.findall(coded, start, end)), default=0)
        if countable and longest > header.packets + _MOST_ZEROS_IN_DATA:
            raise DataError(f"{path}: its frame is damaged ({longest:,} zero bytes in coded data); get this file again")
        # The number of a packet, behind its mark, may be anything.
        if not header.style & _NUMBERED_PACKETS and _MARKER.search(coded, start, end):
            raise DataError(f"{path}: its frame is damaged (a marker in coded data); get this file again")


def _read_header(coded: bytes) -> _Header | None:
    """The main header; None where it cannot be read, which the decoder says better."""
    start = coded.find(_CODESTREAM)
    if start < 0:
        return None
    components, found = int.from_bytes(coded[start + 40 : start + 42]), None
    for marker, place in _segments(coded, start + 2):
        if marker == _CODING_STYLE and place + 13 <= len(coded):
            layers, levels = int.from_bytes(coded[place + 6 : place + 8]), coded[place + 9]
            found = coded[place + 4], coded[place + 12], layers * (levels + 1) * components
        if marker == _TILE:
            return _Header(place, *found) if found else None
    return None


def _segments(coded: bytes, place: int) -> Iterator[tuple[bytes, int]]:
    """Markers from `place` on and where they are, up to the first tile or its data."""
    for _ in range(_MOST_SEGMENTS):
        marker = coded[place : place + 2]
        yield marker, place
        if marker in (_TILE, _DATA) or place + 4 > len(coded):
            return
        place += 2 + int.from_bytes(coded[place + 2 : place + 4])


def _tile_data(coded: bytes, place: int) -> Iterator[tuple[int, int]]:
    """Start and end of the coded data of each part of a tile (A.4.2), as far as these follow each other."""
    while coded[place : place + 2] == _TILE:
        length = int.from_bytes(coded[place + 6 : place + 10])
        end = place + length if length else max(coded.rfind(_END), 0)
        if length and (length < 14 or end > len(coded)):
            return
        data = next((where for marker, where in _segments(coded, place + 12) if marker == _DATA), None)
        if data is None:
            return
        yield data + 2, end
        if not length:
            return
        place = end
