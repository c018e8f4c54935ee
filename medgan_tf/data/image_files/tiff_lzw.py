"""LZW as TIFF has it (TIFF 6.0, section 13), unpacked by whole tables of codes.

A decoder that reads code after code would be slow in Python. Here all codes from one Clear to the next are read at
once: where a code starts depends only on how many there were. The entry that code k+1 adds to the table is the string
of code k and one more byte, so every string is a chain of entries back to a single byte, which is followed for all
codes together.
"""

import numpy as np

_CLEAR, _END, _FIRST_ENTRY = 256, 257, 258
_LONGEST_RUN = 3839
"""Codes after which the table of 12-bit codes is full."""
# The width grows one code early: after the entries 510, 1022 and 2046.
_WIDTHS = np.repeat(np.array([9, 10, 11, 12], np.int64), [254, 512, 1024, _LONGEST_RUN - 1790])
_STARTS = np.cumsum(_WIDTHS) - _WIDTHS


class LzwError(ValueError):
    """What is wrong with the packed bytes."""


def unpack_lzw(packed: bytes, most: int) -> bytes:
    """All bytes of a strip or tile.

    Args:
        packed: Bytes from the first code on; what follows the end code does not matter.
        most: The largest number of bytes that there may be.

    Raises:
        LzwError: A code has no entry, a table has no end, or there are more than `most` bytes.
    """
    padded = np.zeros(len(packed) + 3, np.int64)
    padded[: len(packed)] = np.frombuffer(packed, np.uint8)
    parts: list[bytes] = []
    position, length, last = 0, 0, _CLEAR
    while last == _CLEAR:
        codes, last, position = _codes(padded, position, 8 * len(packed))
        if len(codes):
            strings = _strings(codes, most - length)
            parts.append(strings)
            length += len(strings)
    return b"".join(parts)


def _codes(padded: np.ndarray, position: int, end: int) -> tuple[np.ndarray, int, int]:
    """The codes up to the next Clear or end code, that code (the end code also where the bytes end), and the bit after
    it."""
    count = int(np.searchsorted(_STARTS + _WIDTHS, end - position, side="right"))
    places, widths = position + _STARTS[:count], _WIDTHS[:count]
    first = places >> 3
    bits = padded[first] << 16 | padded[first + 1] << 8 | padded[first + 2]
    codes = bits >> (24 - (places & 7) - widths) & ((1 << widths) - 1)
    stops = np.flatnonzero((codes == _CLEAR) | (codes == _END))
    if len(stops):
        stop = int(stops[0])
        return codes[:stop], int(codes[stop]), int(places[stop] + widths[stop])
    if count == _LONGEST_RUN:
        raise LzwError("a table without end")
    return codes, _END, end


def _strings(codes: np.ndarray, most: int) -> bytes:
    """The strings of all codes, one after the other."""
    numbers = np.arange(len(codes))
    single = codes < _CLEAR
    parents = np.where(single, numbers, codes - _FIRST_ENTRY)
    if (~single & (parents >= numbers)).any():
        raise LzwError("a code without entry")
    # Distance to the single byte that a chain ends with; each round doubles the steps that are taken.
    roots, steps = parents, (~single).astype(np.int64)
    while not np.array_equal(further := roots[roots], roots):
        steps, roots = steps + steps[roots], further
    firsts = codes[roots]
    lasts = np.where(single, codes, firsts[np.where(single, numbers, parents + 1)]).astype(np.uint8)
    ends = np.cumsum(steps + 1)
    if ends[-1] > most:
        raise LzwError("more bytes than pixels")
    unpacked = np.empty(int(ends[-1]), np.uint8)
    places, chains = ends - 1, numbers
    while len(chains):
        unpacked[places] = lasts[chains]
        goes_on = ~single[chains]
        places, chains = places[goes_on] - 1, parents[chains[goes_on]]
    return unpacked.tobytes()
