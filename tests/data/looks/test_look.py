import hashlib
import os

import numpy as np
import pytest

from medgan_tf.data.looks.look import Look, is_mark, look_at, stamp_of


def test_packed_and_back():
    look = Look(70_000, 0x0102030405060708, "00112233445566778899aabbccddeeff", "0123456789abcdef", ("a", "b_c"))
    data = look.packed()
    assert data.startswith(bytes.fromhex("7011010000000000080706050403020100112233445566778899aabbccddeeff"))
    assert data[32:] == bytes.fromhex("0123456789abcdef0500") + b"a,b_c"
    assert Look.unpacked(data + b"pixels") == (look, b"pixels")
    plain = Look(0, -1, "f" * 32)
    assert Look.unpacked(plain.packed()) == (plain, b"")


@pytest.mark.parametrize("marks", [b"b,a", b"a,a", b"A", b"a,", b"a b", b"\xff"])
def test_bytes_that_are_no_look_are_refused(marks):
    head = Look(1, 2, "0" * 32).packed()[:-2]
    with pytest.raises(ValueError):
        Look.unpacked(head + len(marks).to_bytes(2, "little") + marks)
    with pytest.raises(ValueError):
        Look.unpacked(head)
    with pytest.raises(ValueError):
        Look.unpacked(head + b"\x05\x00" + b"text")


def test_the_stamp_of_a_file(tmp_path):
    path = tmp_path / "image.png"
    path.write_bytes(b"12345")
    os.utime(path, ns=(1, 1_700_000_000_000_000_000))
    assert stamp_of(str(path)) == (5, 1_700_000_000_000_000_000)
    assert stamp_of(str(tmp_path / "missing.png")) == stamp_of(None) == stamp_of("a\0b") == (0, 0)


def test_the_digest_is_that_of_the_stored_pixels():
    stored = np.arange(16, dtype=np.uint8).reshape(4, 4)
    look = look_at(np.zeros((9, 9), np.uint8), stored, "", (3, 4))
    assert look.digest == hashlib.sha256(bytes(range(16))).hexdigest()[:32]
    assert look.stamp == (3, 4) and look.marks == ()
    assert look_at(stored, np.asfortranarray(stored), "").digest == look.digest


@pytest.mark.parametrize("value", [0, 128, 255])
def test_images_of_one_grey_level_are_marked(value):
    stored = np.full((4, 4), value, np.uint8)
    assert look_at(stored, stored, "").marks == ("constant",)
    stored[3, 3] ^= 1
    assert look_at(stored, stored, "").marks == ()


def test_marks_are_plain_words():
    assert [is_mark(word) for word in ("text", "burned_in", "", "_", "two words", "É")] == [True, True, *[False] * 4]
