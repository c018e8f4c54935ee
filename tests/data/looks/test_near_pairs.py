"""Tests of finding hashes that differ in few bits."""

import numpy as np
import pytest

from medgan_tf.data.looks import near_pairs as module
from medgan_tf.data.looks.near_pairs import near_pairs


def _pairs(hashes, most):
    return [tuple(pair) for block in near_pairs(np.array(hashes, np.uint64), most) for pair in block.tolist()]


def test_pairs_by_hand():
    hashes = [0b0000, 0xFFFF << 40, 0b0011, 0b0111]
    assert sorted(_pairs(hashes, 2)) == [(0, 2), (2, 3)]
    assert sorted(_pairs(hashes, 3)) == [(0, 2), (0, 3), (2, 3)]


@pytest.mark.parametrize("many", [1, 50_000], ids=["two bands agree", "one band agrees"])
@pytest.mark.parametrize("small", [1, 3, 32], ids=["large groups", "both", "small groups"])
@pytest.mark.parametrize("counts_bits", [True, False], ids=["numpy-2", "numpy-1"])
def test_each_pair_once_as_by_comparing_all(counts_bits, small, many, monkeypatch):
    if not counts_bits:
        monkeypatch.delattr(module.np, "bitwise_count", raising=False)
    monkeypatch.setattr(module, "_BLOCK", 64)  # many blocks
    monkeypatch.setattr(module, "_SMALL", small)
    monkeypatch.setattr(module, "_MANY", many)
    rng = np.random.default_rng(0)
    some = rng.integers(0, 2**64, 60, dtype=np.uint64)
    flips = [np.uint64(sum(1 << int(bit) for bit in rng.choice(64, k, replace=False))) for k in range(12)]
    hashes = np.concatenate([some, *(some[:7] ^ flip for flip in flips), some[:3]])
    expected = [
        (i, j)
        for i in range(len(hashes))
        for j in range(i + 1, len(hashes))
        if int(hashes[i] ^ hashes[j]).bit_count() <= 8
    ]
    assert len(expected) > 60
    assert sorted(_pairs(hashes, 8)) == expected


def test_no_hashes_have_no_pairs():
    assert _pairs([], 3) == []
    assert _pairs([5], 3) == []
