"""Tests of the looks at very many images in little memory: they are the same looks as those of a dictionary."""

import tracemalloc

import numpy as np
import pytest

from medgan_tf.data.looks.compact import CompactLooks
from medgan_tf.data.looks.look import CONSTANT, Look

NAMES = ["0123456789abcd", "00000000000000", "ffffffffffffff", "0000000000000a"]
LOOKS = {
    NAMES[0]: Look(5, -3, "0f" * 16, "00000000000000ff"),
    NAMES[1]: Look(0, 0, "00" * 16, "ffffffffffffffff", (CONSTANT, "text")),
    NAMES[2]: Look(2**40, 2**62, "ff" * 16),
    NAMES[3]: Look(1, 1, "ab" * 16, marks=("text",)),
}


def test_it_holds_what_it_was_given_sorted_by_image():
    compact = CompactLooks(LOOKS)
    assert dict(compact) == LOOKS and list(compact.items()) == sorted(LOOKS.items()) and len(compact) == 4
    assert "00000000000001" not in compact and "fffffffffffffe" not in compact
    with pytest.raises(KeyError):
        compact["00000000000001"]


def test_a_later_look_replaces_an_earlier_one_and_images_are_forgotten():
    compact = CompactLooks(LOOKS)
    compact.update({NAMES[0]: Look(7, 7, "11" * 16)})
    compact.remove([NAMES[1], "00000000000001"])
    assert dict(compact) == {NAMES[0]: Look(7, 7, "11" * 16), NAMES[2]: LOOKS[NAMES[2]], NAMES[3]: LOOKS[NAMES[3]]}
    compact.update({NAMES[1]: LOOKS[NAMES[1]]})
    assert compact[NAMES[1]] == LOOKS[NAMES[1]]


def test_marks_and_places():
    compact = CompactLooks(LOOKS)
    assert compact.images(compact.marked({CONSTANT})) == [NAMES[1]]
    assert compact.images(compact.marked({"text", CONSTANT})) == [NAMES[1], NAMES[3]]
    assert compact.mark_counts() == {CONSTANT: 1, "text": 2}
    assert compact.places(np.array([NAMES[2], "00000000000001", NAMES[1]])).tolist() == [3, -1, 0]
    assert list(compact.digests(compact.marked({"text"}))) == [(NAMES[1], "00" * 16), (NAMES[3], "ab" * 16)]


def test_nothing_is_nothing():
    compact = CompactLooks()
    assert dict(compact) == {} and compact.images(compact.marked({CONSTANT})) == []
    assert compact.places(np.array([NAMES[0]])).tolist() == [-1]


def test_an_image_takes_under_100_bytes():
    tracemalloc.start()
    try:
        compact = CompactLooks()
        for start in range(0, 40_000, 4000):
            compact.update({f"{n:014x}": Look(n, n, f"{n:032x}", f"{n:016x}") for n in range(start, start + 4000)})
        assert len(compact) == 40_000
        assert tracemalloc.get_traced_memory()[0] < 100 * 40_000
    finally:
        tracemalloc.stop()
