import struct
import zlib

import cv2
import numpy as np
import pytest
from bombs import png_chunk

from medgan_tf.data.image_files.options import GreyOptions
from medgan_tf.data.image_files.stored import read_stored
from medgan_tf.data.images import decode_grey
from medgan_tf.errors import DataError

IMAGE = np.random.default_rng(0).normal(120, 20, (90, 110)).astype(np.uint8)
PNG = cv2.imencode(".png", IMAGE)[1].tobytes()


@pytest.mark.parametrize("size", [1, 8, 300])
@pytest.mark.parametrize("bits", [8, 16])
def test_damaged_pngs_are_refused(bits, size):
    image = IMAGE if bits == 8 else IMAGE.astype(np.uint16) * 257
    data = cv2.imencode(".png", image)[1].tobytes()
    for seed in range(8):
        random = np.random.default_rng(seed)
        start = int(random.integers(45, len(data) - size - 20))
        for damaged in (
            data[:start] + bytes(255 - byte for byte in data[start : start + size]) + data[start + size :],
            data[:start] + data[start + size :],
        ):
            with pytest.raises(DataError, match="a.png: (is damaged|has a chunk that goes on after its end)"):
                decode_grey(damaged, "a.png")


def test_a_png_with_too_few_rows():
    """All checksums of its chunks are right."""
    header = png_chunk(b"IHDR", struct.pack(">LLBBBBB", 10, 10, 8, 0, 0, 0, 0))
    rows = png_chunk(b"IDAT", zlib.compress(b"\0".join([b""] + [bytes(10)] * 6)))
    data = b"\x89PNG\r\n\x1a\n" + header + rows + png_chunk(b"IEND", b"")
    with pytest.raises(DataError, match="a.png: (is damaged|is not a PNG)"):
        decode_grey(data, "a.png")


def test_the_chunk_that_is_damaged_is_named():
    place = PNG.index(b"IDAT") + 100
    damaged = PNG[:place] + bytes([PNG[place] ^ 1]) + PNG[place + 1 :]
    with pytest.raises(DataError, match="a.png: is damaged .the checksum of its chunk 'IDAT' is wrong.; get this file"):
        decode_grey(damaged, "a.png")


def test_significant_bits_of_a_png():
    values = np.array([[0, 1024, 2048]], np.uint16)
    data = cv2.imencode(".png", values)[1].tobytes()
    marked = data[:33] + png_chunk(b"sBIT", b"\x0c") + data[33:]
    assert read_stored(data, "a.png").bits is None
    stored = read_stored(marked, "a.png")
    assert stored.bits == 12 and stored.values.tolist() == [[0, 1024, 2048]]
    assert decode_grey(marked, "a.png").tolist() == [[0, 128, 255]]
    assert decode_grey(marked, "a.png", GreyOptions(scale_to="bits")).tolist() == [[0, 64, 128]]
