"""Finds any of very many byte strings in some bytes, in one pass."""

from collections.abc import Iterable, Iterator

import numpy as np

_WIDTH = 8
_KEY = np.dtype("<u8")
_FEWEST_BITS, _SPARE_BITS = 22, 5
_PIECE = 2**22
# Odd, and its bits look random: the golden ratio.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class ByteIndex:
    """Byte strings of at least 8 bytes each, known by their last 8 bytes.

    A table of hashes of these 8 bytes tells at nearly every place that none ends there. The few others are looked at.

    Args:
        forms: The byte strings.
    """

    def __init__(self, forms: Iterable[bytes]):
        self._by_end: dict[bytes, dict[int, set[bytes]]] = {}
        for form in forms:
            if len(form) < _WIDTH:
                raise ValueError(f"a byte string has {len(form)} bytes; expected {_WIDTH} or more")
            self._by_end.setdefault(form[-_WIDTH:], {}).setdefault(len(form), set()).add(form)
        # So large that few places of it are taken: 128 MiB for four million byte strings.
        self._bits = max(_FEWEST_BITS, len(self._by_end).bit_length() + _SPARE_BITS)
        self._table = np.zeros(2**self._bits, bool)
        self._table[self._hashes(np.frombuffer(b"".join(self._by_end), _KEY))] = True

    def matches(self, content: bytes) -> Iterator[tuple[bytes, int, int]]:
        """Each form that is found, with the places of its first byte and after its last."""
        if not self._by_end:
            return
        for place in self._candidates(content):
            end = place + _WIDTH
            for length, forms in self._by_end.get(content[place:end], {}).items():
                start = end - length
                if start >= 0 and content[start:end] in forms:
                    yield content[start:end], start, end

    def _candidates(self, content: bytes) -> Iterator[int]:
        """Places at which the 8 bytes have a hash of the table."""
        for begin in range(0, len(content), _PIECE):
            piece = content[begin : begin + _PIECE + _WIDTH - 1]
            for shift in range(min(_WIDTH, len(piece) - _WIDTH + 1)):
                keys = np.frombuffer(piece, _KEY, (len(piece) - shift) // _WIDTH, shift)
                yield from (begin + shift + _WIDTH * np.flatnonzero(self._table[self._hashes(keys)])).tolist()

    def _hashes(self, keys: np.ndarray) -> np.ndarray:
        """Places in the table: the uppermost bits of a product modulo 2 ** 64, which depend on all bits of the key."""
        return (keys * _FACTOR) >> np.uint64(64 - self._bits)
