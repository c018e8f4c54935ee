"""A pseudonym that was planted in a folder in every way of writing it is found, and nothing is found by chance."""

import base64
import gzip
import json
import struct
import zlib

import cv2
import numpy as np
import pytest

from medgan_tf.files.safetensors import safetensors_bytes
from medgan_tf.release.leaks import Leak, Needles, search
from medgan_tf.release.search.byte_index import ByteIndex
from medgan_tf.release.search.layers import layers
from medgan_tf.synthesis.dicom.header import SetHeader, dicom_bytes
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

PATIENT, KIND = "3f9ac01b7d52e4", "pseudonym of a patient"
NEEDLES = Needles([(PATIENT, KIND), ("/data/hospital/chest", "folder of this machine")])
HEADER = SetHeader("secondary_capture", "key", Marks("a" * 64))
PNG = cv2.imencode(".png", np.arange(256, dtype=np.uint8).reshape(16, 16))[1].tobytes()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(kind, data):
    """A PNG file with one chunk more before its pixels."""
    return PNG[:33] + chunk(kind, data) + PNG[33:]


def event_file(text):
    """A record of an event file: length, check, content, check."""
    content = b"\x09\0\0\0\0\0\0\xf0\x3f\x2a\x20\x0a\x1e\x0a" + bytes([len(text)]) + text
    return struct.pack("<Q", len(content)) + b"\1\2\3\4" + content + b"\5\6\7\x08"


def deflated(text, level=9):
    return b"\0" * 5 + zlib.compress(b"rows of " + text + b" and others", level) + b"rest"


TEXT = PATIENT.encode()
PLANTED = {
    "plain": b"patient " + TEXT + b", 3 images",
    "inside a word": b"x" + TEXT + b"y",
    "UTF-16 LE": f"patient {PATIENT}.".encode("utf-16-le"),
    "UTF-16 BE": f"patient {PATIENT}.".encode("utf-16-be"),
    "UTF-16 with a mark": f"patient {PATIENT}.".encode("utf-16"),
    "base64, first place": b"a: " + base64.b64encode(TEXT + b" and more"),
    "base64, second place": b"a: " + base64.b64encode(b"1" + TEXT + b" and more"),
    "base64, third place": b"a: " + base64.b64encode(b"12" + TEXT + b" and more"),
    "base64 at the end": b"a: " + base64.b64encode(b"12" + TEXT).rstrip(b"="),
    "base64 for addresses": base64.urlsafe_b64encode(b"\xff\xfe\xfb" + TEXT),
    "base64 on lines": base64.encodebytes(b"x" * 50 + TEXT + b"y" * 50),
    "base64 in a word": b"key_" + base64.b64encode(TEXT + b"."),
    "base64 of UTF-16": base64.b64encode(f" {PATIENT}".encode("utf-16-le")),
    "hexadecimal": b"0x" + TEXT.hex().encode(),
    "hexadecimal, upper case": b"0x" + TEXT.hex().upper().encode(),
    "hexadecimal, odd": b"a" + TEXT.hex().encode() + b"0",
    "zlib": deflated(TEXT),
    "zlib, fast": deflated(TEXT, 1),
    "zlib, stored": zlib.compress(b"\0" * 9 + TEXT, 0),
    "zlib, cut off": zlib.compress(b"one row " + TEXT + bytes(range(256)) * 40)[:-20],
    "gzip": gzip.compress(b"rows of " + TEXT, mtime=0),
    "zlib in base64": base64.b64encode(deflated(TEXT)),
    "gzip in gzip": gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0),
    "base64 in base64": base64.b64encode(b"a" + base64.b64encode(TEXT + b"..")),
    "JSON escapes": b'{"a": "' + b"".join(b"\\u%04x" % one for one in TEXT) + b'"}',
    "HTML": b"<p>" + b"".join(b"&#%d;" % one for one in TEXT) + b"</p>",
    "an address": b"file:" + b"".join(b"%%%02x" % one for one in TEXT),
    "PNG text": with_chunk(b"tEXt", b"Comment\0" + TEXT),
    "PNG text, compressed": with_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"of " + TEXT)),
    "PNG text, international": with_chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(TEXT)),
    "behind a PNG": PNG + TEXT,
    "PNG in a page": b'<img src="data:image/png;base64,' + base64.b64encode(with_chunk(b"tEXt", b"C\0" + TEXT)) + b'">',
    "safetensors": safetensors_bytes({"a": np.zeros(3, np.float32)}, {"made from": PATIENT}),
    "safetensors, a name": safetensors_bytes({f"layer/{PATIENT}": np.zeros(3, np.float32)}),
    "event file": event_file(TEXT),
    "DICOM": dicom_bytes(HEADER, np.zeros((16, 16), np.uint8), "1", 1, 1, (f"of {PATIENT}",)),
}  # fmt: skip


@pytest.mark.parametrize("how", PLANTED)
def test_a_planted_pseudonym_is_found(tmp_path, how):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(PLANTED[how])
    (tmp_path / "clean.txt").write_bytes(b"nothing")
    found = search(tmp_path, NEEDLES)
    assert {(leak.file, leak.kind) for leak in found} == {("inner/file", KIND)}, found
    assert all(PATIENT not in leak.line() for leak in found)


def test_names_of_files_and_folders(tmp_path):
    (tmp_path / PATIENT).mkdir()
    (tmp_path / PATIENT / "a.txt").write_text("a")
    [leak] = search(tmp_path, NEEDLES)
    assert leak == Leak(f"{PATIENT}/a.txt", KIND, "name of the file")


def test_paths(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"root": "/data/hospital/chest/train"}).replace("/", "\\/"))
    assert search(tmp_path, NEEDLES) == [Leak("a.json", "folder of this machine", "escaped")]


def test_nothing_is_found_where_nothing_is(tmp_path):
    random = np.random.default_rng(1)
    weights = {"a": random.standard_normal(200_000).astype(np.float32), "b": random.integers(0, 255, 10**6, np.uint8)}
    (tmp_path / "weights.safetensors").write_bytes(safetensors_bytes(weights))
    (tmp_path / "a.png").write_bytes(marked_png(PNG, Marks("a" * 64)))
    (tmp_path / "a.json").write_text(json.dumps([*random.standard_normal(2_000), *map(str, range(3_000))]))
    ids = [f"{number:014x}" for number in random.integers(0, 2**56, 5_000)]
    short = [f"p{number}" for number in range(1_000, 3_000)]
    needles = Needles([*((one, KIND) for one in ids), *((one, "identifier of a patient") for one in short)])
    assert search(tmp_path, needles) == []


def kinds(folder, texts, name, content):
    (folder / name).write_text(content, encoding="utf-8")
    found = {leak.kind for leak in search(folder, Needles((text, text) for text in texts))}
    (folder / name).unlink()
    return found


def test_whole_numbers(tmp_path):
    ids = ["12345678"]
    for text in ("patient 12345678.", "[12345678]", "id_12345678"):
        assert kinds(tmp_path, ids, "a.txt", text) == {"12345678"}
    for text in ("0.12345678", "112345678", "123456789", "a12345678", "12345678.5", "deadbeef12345678"):
        assert kinds(tmp_path, ids, "a.txt", text) == set()
    (tmp_path / "wide").write_bytes("no 12345678 here".encode("utf-16-le"))
    (tmp_path / "other").write_bytes("no 123456789 here".encode("utf-16-be"))
    assert [leak.file for leak in search(tmp_path, Needles([("12345678", "number")]))] == ["wide"]


def test_words(tmp_path):
    names = ["anna", "j.doe", "ärztin"]
    assert kinds(tmp_path, names, "a.txt", "made by anna_01 for ärztin, see /srv/j.doe/x") == set(names)
    assert kinds(tmp_path, names, "a.txt", "annals, j.does and Ärztinnen; ranna") == set()
    assert kinds(tmp_path, names, "a.txt", base64.b64encode(b"made by anna at night").decode()) == {"anna"}


def test_short_numbers_are_values(tmp_path):
    ids = ["1023"]
    assert kinds(tmp_path, ids, "a.json", '{"who": ["1023"]}') == {"1023"}
    assert kinds(tmp_path, ids, "a.json", '{"images": 1023, "text": "1023 images"}') == set()
    assert kinds(tmp_path, ids, "labels.csv", "path,fold,row\n1.png,train,1023\n") == set()
    assert kinds(tmp_path, ids, "labels.csv", "path,fold,row\n1.png,1023,1\n") == {"1023"}
    assert kinds(tmp_path, ids, "a.txt", "1023") == set()
    assert kinds(tmp_path, ids, "a.json", "{") == {"it is not what its name says"}


def test_what_is_too_short_is_counted():
    needles = Needles(
        [("1", "identifier of a patient"), ("ab", "identifier of a patient"), ("abc", "name of the user")]
    )
    assert needles.too_short == {"identifier of a patient": 2, "name of the user": 1}
    assert needles.found(b"1 ab abc") == set()


def test_masked():
    needles = Needles([(PATIENT, KIND), ("anna", "user"), ("j.doe", "user"), ("1023", "id"), ("12345678", "id")])
    masked = [needles.masked(text, "*") for text in (f"of {PATIENT}s", "anna, annals", "by j.doe", "1023", "12345678")]
    assert masked == ["of *s", "*, annals", "by *", "*", "*"]
    assert needles.masked("ä 112345678 é", "*") == "ä 112345678 é"


def test_a_bomb_is_named(tmp_path, monkeypatch):
    from medgan_tf.release.search import layers as module

    monkeypatch.setattr(module, "_MOST_BYTES", 2**20)
    (tmp_path / "bomb").write_bytes(zlib.compress(bytes(2**22)))
    assert [leak.where for leak in search(tmp_path, NEEDLES)] == ["not searched whole"]


def test_layers_name_how_a_text_is_written():
    content = base64.b64encode(b"x" * 2_000 + gzip.compress(TEXT, mtime=0) + b"y" * 2_000)
    assert "base64, gzip" in {where for layer, where in layers(content) if TEXT in layer}


def test_the_index_against_a_plain_search():
    random = np.random.default_rng(2)
    content = bytes(random.integers(97, 100, 5_000, np.uint8))
    forms = {content[start : start + length] for start, length in random.integers(8, 30, (40, 2))} | {b"zzzzzzzz"}
    found = {form for form, *_ in ByteIndex(forms).matches(content)}
    assert found == {form for form in forms if form in content} and b"zzzzzzzz" not in found
    with pytest.raises(ValueError, match="expected 8 or more"):
        ByteIndex([b"short"])
