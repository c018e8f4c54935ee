"""The scans of a Huffman-coded JPEG image (ITU-T T.81, annexes B, F and G), without decoding them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from medgan_tf.data.image_files.jpeg import JpegHeader

_FEWEST_ZEROS = 32
"""So many zero bytes are about 85 equal coefficients one after the other, where zero bits are the code of a coefficient
that is not 0."""
_MANY_ZEROS = 256
"""So many are more than the longest runs of flat blocks, which progressive scans count instead of coding each."""
_NOT_ZERO = re.compile(rb"[^\0]")
# In the data of a scan FF is followed by 00, a restart marker or, as a fill byte, another FF (B.1.1.2).
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PROGRESSIVE, _TABLES, _SCAN, _END = 0xC2, 0xC4, 0xDA, 0xD9
_COEFFICIENTS = 64


@dataclass(frozen=True)
class _Scan:
    """A scan: its components as (name, AC table), its band of coefficients, its last bit position and its data.

    `zero_symbols` holds, by AC table, what a code of zero bits means (F.1.2.2).
    """

    components: tuple[tuple[int, int], ...]
    first: int
    last: int
    after: int
    start: int
    end: int
    zero_symbols: dict[int, int]


def find_missing_scan(data: bytes, header: JpegHeader) -> str | None:
    """What a file with several scans lacks, or None: all coefficients of all components to the last bit."""
    first = data[header.first_scan + 4 : header.first_scan + 5]
    if header.coding != _PROGRESSIVE and first == bytes([header.components]):
        return None
    bits: dict[int, list[int | None]] = {}
    for scan in _scans(data):
        for name, _ in scan.components:
            left = bits.setdefault(name, [None] * _COEFFICIENTS)
            for coefficient in range(scan.first, min(scan.last, _COEFFICIENTS - 1) + 1):
                left[coefficient] = scan.after
    if len(bits) < header.components:
        return f"it has {len(bits)} of its {header.components} components"
    if header.coding == _PROGRESSIVE and any(any(value != 0 for value in left) for left in bits.values()):
        return "a scan is missing"
    return None


def has_zeroed_part(data: bytes, header: JpegHeader) -> bool:
    """Whether the data of a scan have zero bytes that no image has there."""
    # In nearly all files this is the end of it.
    if data.find(bytes(_FEWEST_ZEROS), header.first_scan) < 0:
        return False
    for scan in _scans(data):
        fewest = _fewest_zeros(scan, header)
        found = data.find(bytes(fewest), scan.start, scan.end) if fewest else -1
        while found >= 0:
            after = _NOT_ZERO.search(data, found).start()
            # Padding may come before a marker.
            if after < scan.end:
                return True
            found = data.find(bytes(fewest), after, scan.end)
    return False


def _fewest_zeros(scan: _Scan, header: JpegHeader) -> int | None:
    """Zero bytes that the data of a scan cannot have; None if any number may be right."""
    progressive = header.coding == _PROGRESSIVE
    # All that a scan says about DC coefficients may well be zero.
    if progressive and scan.first == 0:
        return None
    if any(scan.zero_symbols.get(table, 0) & 15 for _, table in scan.components):
        return _FEWEST_ZEROS
    return _MANY_ZEROS if progressive else None


def _scans(data: bytes) -> Iterator[_Scan]:
    zero_symbols: dict[int, int] = {}
    position = 2
    while found := _NEXT_MARKER.search(data, position):
        start = found.start()
        marker, length = data[start + 1], int.from_bytes(data[start + 2 : start + 4])
        content, position = data[start + 4 : start + 2 + length], start + 2 + max(length, 2)
        if marker == _END:
            return
        if marker in (0x01, 0xD8):
            position = start + 2
        elif marker == _TABLES:
            zero_symbols = {**zero_symbols, **_first_symbols(content)}
        elif marker == _SCAN and content and len(content) >= 4 + 2 * content[0]:
            names = tuple((content[1 + 2 * k], content[2 + 2 * k] & 15) for k in range(content[0]))
            first, last, bits = content[1 + 2 * content[0] : 4 + 2 * content[0]]
            following = _NEXT_MARKER.search(data, position)
            end = following.start() if following else len(data)
            yield _Scan(names, first, last, bits & 15, position, end, zero_symbols)


def _first_symbols(tables: bytes) -> dict[int, int]:
    """By number, the first symbol of each AC table: codes are given in order, from zero bits on (C.2)."""
    symbols, place = {}, 0
    while place + 17 <= len(tables):
        count = sum(tables[place + 1 : place + 17])
        kind, number = tables[place] >> 4, tables[place] & 15
        if kind and count and place + 17 < len(tables):
            symbols[number] = tables[place + 17]
        place += 17 + count
    return symbols
