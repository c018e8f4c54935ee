"""Files of arrays: the bytes of a file written by hand, and headers that lie."""

import json

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.files.safetensors import parse_safetensors, read_safetensors, safetensors_bytes


def file(header, values=b"", length=None):
    """A file as the format's documentation draws it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + values


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


ONE = np.array([1, 2], "<f4").tobytes()


def test_a_file_written_by_hand(tmp_path):
    values = ONE + np.array([[3], [-1]], "<i2").tobytes() + b"\x01"
    header = {"b": entry([2, 1], 8, 12, "I16"), "a": entry([2], 0, 8), "flag": entry([], 12, 13, "BOOL"),
              "__metadata__": {"format": "x"}}  # fmt: skip
    path = tmp_path / "w.safetensors"
    path.write_bytes(file(json.dumps(header).encode() + b"   ", values))
    arrays, metadata = read_safetensors(path)
    assert metadata == {"format": "x"} and set(arrays) == {"a", "b", "flag"}
    np.testing.assert_array_equal(arrays["a"], np.array([1, 2], np.float32))
    np.testing.assert_array_equal(arrays["b"], np.array([[3], [-1]], np.int16))
    assert arrays["flag"].shape == () and arrays["flag"] and not arrays["a"].flags.writeable


def test_what_is_written_can_be_read_and_is_always_the_same():
    arrays = {"z": np.arange(3.0), "empty": np.zeros((0, 2), np.float32), "a/b": np.float32([[1, -0.0, np.nan]]),
              "big": np.arange(2, dtype=">f4")}  # fmt: skip
    content = safetensors_bytes(arrays, {"note": "é"})
    assert content == safetensors_bytes(dict(reversed(arrays.items())), {"note": "é"})
    assert int.from_bytes(content[:8], "little") % 8 == 0
    found, metadata = parse_safetensors(content)
    assert metadata == {"note": "é"} and found["a/b"].tobytes() == arrays["a/b"].tobytes()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
    with pytest.raises(ValueError, match="another type"):
        safetensors_bytes({"a": np.array(["text"])})


LIES = {
    "empty": (b"", "has 0 bytes"),
    "a header longer than the file": (file({}, length=2**20), "and the file has"),
    "a header of exabytes": (b"\xff" * 8 + b"{}", "more than the 4,194,304"),
    "no JSON": (file(b"{nonsense}"), "cannot be read"),
    "blanks before it": (file(b' {"a":1}'), "no JSON object"),
    "a list": (file(b"[]"), "no JSON object"),
    "a bomb of brackets": (file(b'{"a":' + b"[" * 10**5 + b"]" * 10**5 + b"}"), "levels of brackets"),
    "a name twice": (file(b'{"a":{},"a":{}}'), "comes twice"),
    "a name with a line end": (file({"a\nb": entry([2], 0, 8)}, ONE), "no plain name"),
    "a long name": (file({"a" * 201: entry([2], 0, 8)}, ONE), "no plain name"),
    "another key": (file({"a": {**entry([2], 0, 8), "path": "/etc"}}, ONE), "is not described by"),
    "no entry": (file({"a": 3}), "is not described by"),
    "an unknown type": (file({"a": entry([2], 0, 8, "object")}, ONE), "has the type 'object'"),
    "a type that is no text": (file({"a": entry([2], 0, 8, ["F32"])}, ONE), "has the type"),
    "a negative side": (file({"a": entry([-2], 0, 8)}, ONE), "no shape"),
    "a side that is true": (file({"a": entry([True, 2], 0, 8)}, ONE), "no shape"),
    "a side of 2.0": (file({"a": entry([2.0], 0, 8)}, ONE), "no shape"),
    "many sides": (file({"a": entry([1] * 9, 0, 4)}, ONE[:4]), "no shape"),
    "a huge shape": (file({"a": entry([2**62, 2**62, 2**62], 0, 8)}, ONE), "needs 3"),
    "a shape that overflows to the right size": (file({"a": entry([2**63, 2, 2], 0, 8)}, ONE), "bytes, and has 8"),
    "more digits than a number has": (file(b'{"a":{"shape":[' + b"9" * 10**5 + b"]}}"), "digits"),
    "values from the back": (file({"a": entry([2], 8, 0)}, ONE), "begin and end"),
    "three ends": (file({"a": {**entry([2], 0, 8), "data_offsets": [0, 4, 8]}}, ONE), "begin and end"),
    "beyond the file": (file({"a": entry([4], 0, 16)}, ONE), "tells of 16 bytes"),
    "a gap": (file({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, ONE + b"gap!"), "begins at byte 8"),
    "a gap before": (file({"a": entry([1], 4, 8)}, ONE), "begins at byte 4"),
    "an overlap": (file({"a": entry([2], 0, 8), "b": entry([1], 4, 8)}, ONE), "begins at byte 4"),
    "the same values twice": (file({"a": entry([2], 0, 8), "b": entry([2], 0, 8)}, ONE), "begins at byte 0"),
    "more than it tells of": (file({"a": entry([1], 0, 4)}, ONE), "tells of 4 bytes"),
    "metadata with a number": (file({"__metadata__": {"a": 1}}), "metadata"),
    "metadata without names": (file({"__metadata__": "x"}), "metadata"),
    "very many": (file({str(number): entry([0], 0, 0) for number in range(10_001)}), "10,001 arrays"),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies_are_refused_in_one_line(lie, tmp_path):
    content, reason = LIES[lie]
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason) as caught:
        read_safetensors(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


def test_a_larger_file_is_not_read(tmp_path):
    (tmp_path / "w").write_bytes(file({"a": entry([2], 0, 8)}, ONE))
    with pytest.raises(DataError, match="more than the 40"):
        read_safetensors(tmp_path / "w", largest=40)
