"""Marks of PNG files: read by our reader and by others, whatever they say; damaged files are refused."""

import io
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image

from medgan_tf.synthesis.marks import png_reader
from medgan_tf.synthesis.marks.corner import with_corner_mark
from medgan_tf.synthesis.marks.marks import SOURCE_TYPE, Marks
from medgan_tf.synthesis.marks.png_reader import is_marked_synthetic, synthetic_marks
from medgan_tf.synthesis.marks.png_writer import marked_png, xmp_packet

PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)
PLAIN = cv2.imencode(".png", PIXELS)[1].tobytes()
MARKS = Marks("a" * 64, "CC BY 4.0", "medgan-tf 9.9")
MARKED = marked_png(PLAIN, MARKS)
EXPECTED = {"Synthetic": "yes", "Generator": "a" * 64, "Software": "medgan-tf 9.9", "Licence": "CC BY 4.0",
            "DigitalSourceType": SOURCE_TYPE}  # fmt: skip


def test_the_marks_are_read_and_the_pixels_are_the_same():
    assert synthetic_marks(MARKED) == EXPECTED and is_marked_synthetic(MARKED)
    assert synthetic_marks(PLAIN) == {} and not is_marked_synthetic(PLAIN)
    decoded = cv2.imdecode(np.frombuffer(MARKED, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decoded, PIXELS)
    assert (
        MARKED == marked_png(PLAIN, MARKS) and MARKED.replace(MARKED[33 : len(MARKED) - len(PLAIN) + 33], b"") == PLAIN
    )


def test_another_program_reads_the_same():
    with Image.open(io.BytesIO(MARKED)) as image:
        np.testing.assert_array_equal(np.asarray(image), PIXELS)
        texts = image.text
    assert {name: texts[name] for name in ("Synthetic", "Generator", "Software", "Licence")} == MARKS.texts()
    packet = texts["XML:com.adobe.xmp"]
    assert packet == xmp_packet(MARKS)
    root = ElementTree.fromstring(packet)
    [found] = root.iter("{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")
    assert found.text == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize("licence", ["", "Für Prüfer & <b>\"'", "=cmd|' /C calc'!A0", "x" * 200])
def test_any_licence_stays_as_it_is(licence):
    marks = Marks("a" * 64, licence)
    content = marked_png(PLAIN, marks)
    found = synthetic_marks(content)
    assert found["Licence"] == (licence or "not stated") and is_marked_synthetic(content)
    with Image.open(io.BytesIO(content)) as image:
        root = ElementTree.fromstring(image.text["XML:com.adobe.xmp"])
    terms = [one.text for one in root.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")]
    assert terms == ([licence] if licence else [])


def test_hidden_characters_are_no_mark():
    with pytest.raises(ValueError, match="hidden characters"):
        Marks("a" * 64, "free\x1b[2J")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(kind, data, content=MARKED):
    return content[:33] + chunk(kind, data) + content[33:]


BAD = {
    "no PNG": (b"GIF89a", "no PNG file"),
    "nothing": (b"", "no PNG file"),
    "cut off": (MARKED[:-5], "cut off"),
    "cut off in a length": (MARKED[:35], "cut off"),
    "a length beyond the end": (MARKED[:33] + b"\x7f\xff\xff\xff" + MARKED[37:], "cut off"),
    "a changed text": (MARKED.replace(b"Synthetic\0yes", b"Synthetic\0yea"), "'tEXt' is damaged"),
    "bytes behind the end": (MARKED + b"PK\3\4", "4 bytes follow its end"),
    "two answers": (with_chunk(b"tEXt", b"Synthetic\0no"), "two things of 'Synthetic'"),
    "two generators": (with_chunk(b"iTXt", b"Generator\0\0\0\0\0" + b"b" * 64), "two things of 'Generator'"),
    "no header": (MARKED[:8] + MARKED[33:], "no header"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_damaged_file_is_refused(how):
    content, reason = BAD[how]
    for reader in (synthetic_marks, is_marked_synthetic):
        with pytest.raises(ValueError, match=reason):
            reader(content)


def test_half_of_the_marks_is_not_marked():
    only_text = with_chunk(b"tEXt", b"Synthetic\0yes", PLAIN)
    assert synthetic_marks(only_text) == {"Synthetic": "yes"} and not is_marked_synthetic(only_text)
    attribute = b'XML:com.adobe.xmp\0\0\0\0\0<a Iptc4xmpExt:DigitalSourceType="' + SOURCE_TYPE.encode() + b'"/>'
    assert is_marked_synthetic(with_chunk(b"iTXt", attribute, only_text))
    packed = b"Synthetic\0\1\0\0\0" + zlib.compress(b"yes")
    assert synthetic_marks(with_chunk(b"iTXt", packed, PLAIN)) == {"Synthetic": ""}


def test_the_reader_needs_the_standard_library_alone():
    source = Path(png_reader.__file__).read_text(encoding="utf-8")
    assert [line for line in source.splitlines() if line.startswith(("import", "from"))] == ["import re", "import zlib"]


def test_the_corner_mark_says_syn_and_leaves_the_rest():
    image = np.full((16, 16, 1), 100, np.uint8)
    marked = with_corner_mark(image)
    assert (image == 100).all() and (marked[7:] == 100).all() and (marked[:, 13:] == 100).all()
    lines = ["".join(" #"[int(dot == 255)] for dot in line) for line in marked[1:6, 1:12, 0]]
    assert lines == ["### # # ###", "#   # # # #", "###  #  # #", "  #  #  # #", "###  #  # #"]
    large = with_corner_mark(np.zeros((512, 512), np.uint8))
    assert large.shape == (512, 512) and np.flatnonzero(large.any(axis=0)).max() == 4 * 12 - 1
