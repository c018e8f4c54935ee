"""Which of many 64-bit hashes differ in a few bits only, without comparing each with every other.

Two hashes that differ in at most k bits agree in one of k + 1 bands of bits. So only hashes that agree in a band are
compared, band by band.
"""

from collections.abc import Iterator

import numpy as np

_BITS = 64
_BLOCK = 2**21
"""Most comparisons at once: about 60 MB."""
_COUNTS = np.array([number.bit_count() for number in range(2**16)], np.uint8)


def near_pairs(hashes: np.ndarray, most: int) -> Iterator[np.ndarray]:
    """All pairs of hashes that differ in at most `most` bits, each once, in blocks.

    Args:
        hashes: uint64 [N].
        most: Number of bits, 0 to 15.

    Yields:
        int64 [P, 2], rows of `hashes`, the smaller one first.
    """
    hashes = np.ascontiguousarray(hashes, np.uint64)
    bands = _bands(most + 1)
    for number, (shift, mask) in enumerate(bands):
        keys = (hashes >> shift) & mask
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.diff(keys[order], append=~keys[order][-1:])) + 1 if len(keys) else order
        sizes = np.diff(ends, prepend=0)
        for end, size in zip(ends[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
            yield from _within(hashes, order[end - size : end], most, bands[:number])


def _bands(count: int) -> list[tuple[np.uint64, np.uint64]]:
    """Shift and mask of each band; together they have all bits once."""
    edges = np.linspace(0, _BITS, count + 1).round().astype(int).tolist()
    return [
        (np.uint64(first), np.uint64(2 ** (last - first) - 1)) for first, last in zip(edges, edges[1:], strict=False)
    ]


def _within(
    hashes: np.ndarray, rows: np.ndarray, most: int, earlier: list[tuple[np.uint64, np.uint64]]
) -> Iterator[np.ndarray]:
    """The pairs among some rows, without those that agree in a band that came before."""
    values, size = hashes[rows], len(rows)
    step = max(_BLOCK // size, 1)
    for start in range(0, size, step):
        first, second = np.nonzero(_different(values[start : start + step, None], values[None, start:]) <= most)
        keep = second > first
        first, second = rows[first[keep] + start], rows[second[keep] + start]
        for shift, mask in earlier:
            new = (hashes[first] ^ hashes[second]) >> shift & mask != 0
            first, second = first[new], second[new]
        if len(first):
            yield np.stack([np.minimum(first, second), np.maximum(first, second)], axis=1)


def _different(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Number of bits in which hashes differ, uint8 of their common shape."""
    bits = first ^ second
    if hasattr(np, "bitwise_count"):
        return np.bitwise_count(bits)
    parts = np.ascontiguousarray(bits)[..., None].view(np.uint16)
    return _COUNTS[parts].sum(axis=-1, dtype=np.uint8)
