"""Which of many 64-bit hashes differ in a few bits only, without comparing each with every other.

Two hashes that differ in at most k bits agree in at least r of k + r bands of bits. So only hashes that agree in all
bands of some choice of r bands are compared, choice by choice. With larger r there are more choices, and in each far
fewer hashes agree by chance.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

_BITS = 64
_BLOCK = 2**19
"""Most comparisons at once: about 15 MB."""
_COUNTS = np.array([number.bit_count() for number in range(2**16)], np.uint8)
_MANY = 50_000
"""From so many hashes on two bands have to agree: comparisons grow with the square of the number."""
_SMALL = 32
"""Groups of at most so many hashes are compared together with all others of that kind."""


def near_pairs(hashes: np.ndarray, most: int) -> Iterator[np.ndarray]:
    """All pairs of hashes that differ in at most `most` bits, each once, in blocks.

    Args:
        hashes: uint64 [N].
        most: Number of bits, 0 to 15.

    Yields:
        int64 [P, 2], rows of `hashes`, the smaller one first.
    """
    hashes = np.ascontiguousarray(hashes, np.uint64)
    choices = _choices(most, 2 if len(hashes) >= _MANY else 1)
    for number, mask in enumerate(choices):
        keys = hashes & mask
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else order
        sizes = np.diff(starts, append=len(keys))
        for first, second in _compared(hashes, order, starts, sizes, most):
            pairs = np.stack([np.minimum(first, second), np.maximum(first, second)], axis=1)
            pairs = _new(hashes, pairs, choices[:number])
            if len(pairs):
                yield pairs


def _choices(most: int, agreeing: int) -> list[np.uint64]:
    """Masks of the bits of each choice of `agreeing` bands of `most` + `agreeing`."""
    edges = np.linspace(0, _BITS, most + agreeing + 1).round().astype(int).tolist()
    bands = [2**last - 2**first for first, last in itertools.pairwise(edges)]
    return [np.uint64(sum(chosen)) for chosen in itertools.combinations(bands, agreeing)]


def _compared(
    hashes: np.ndarray, order: np.ndarray, starts: np.ndarray, sizes: np.ndarray, most: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The near pairs within groups: `order` has the rows group by group."""
    large = sizes > _SMALL
    for start, size in zip(starts[large].tolist(), sizes[large].tolist(), strict=True):
        yield from _within(hashes, order[start : start + size], most)
    # How many rows of the same group follow each row; 0 in large groups, which are done.
    left = np.repeat(np.where(large, 0, starts + sizes - 1), sizes) - np.arange(len(order))
    places = np.flatnonzero(left > 0)
    for distance in range(1, _SMALL):
        places = places[left[places] >= distance]
        if not len(places):
            return
        first, second = order[places], order[places + distance]
        near = _different(hashes[first], hashes[second]) <= most
        if near.any():
            yield first[near], second[near]


def _within(hashes: np.ndarray, rows: np.ndarray, most: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The near pairs among some rows."""
    values, size = hashes[rows], len(rows)
    step = max(_BLOCK // size, 1)
    for start in range(0, size, step):
        near = _different(values[start : start + step, None], values[None, start:]) <= most
        # Many times faster than `nonzero` of a matrix.
        first, second = np.divmod(np.flatnonzero(near), near.shape[1])
        keep = second > first
        if keep.any():
            yield rows[first[keep] + start], rows[second[keep] + start]


def _new(hashes: np.ndarray, pairs: np.ndarray, earlier: Sequence[np.uint64]) -> np.ndarray:
    """The pairs without those that agree in a choice that came before."""
    for mask in earlier:
        if not len(pairs):
            break
        pairs = pairs[(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) & mask != 0]
    return pairs


def _different(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Number of bits in which hashes differ, uint8 of their common shape."""
    bits = first ^ second
    if hasattr(np, "bitwise_count"):
        return np.bitwise_count(bits)
    parts = np.ascontiguousarray(bits)[..., None].view(np.uint16)
    return _COUNTS[parts].sum(axis=-1, dtype=np.uint8)
