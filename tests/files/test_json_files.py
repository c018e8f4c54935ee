"""JSON of anybody: what is read, and what is refused in one line without much time or memory."""

import ast
import json
import math
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import json_lines, parse_json, read_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**20) + 1, 10**20 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda values: st.lists(values) | st.dictionaries(TEXT, values),
    max_leaves=20,
)  # fmt: skip
REFUSED = {
    "[" * 100_000: "more than 64 levels of brackets",
    '{"a":' * 100_000: "more than 64 levels of brackets",
    '["' + "x" * 10 + "]" * 70 + '",' + "[" * 65: "more than 64 levels of brackets",
    '{"a": 1, "b": {"c": 1, "c": 2}}': "the key 'c' comes twice",
    '{"a": ' + "1" * 400 + "}": "an integer of 400 digits; expected at most 20",
    '{"a": -' + "1" * 5000 + "}": "an integer of 5000 digits; expected at most 20",
    '{"a": NaN}': "NaN, which is not JSON",
    '{"a": -Infinity}': "-Infinity, which is not JSON",
    '{"a": 1e999}': "the number 1e999 is too large",
    '{"a": "\\ud800"}': "a text holds half of a character",
    '{"a": "' + '\\"' * 200_000: "not JSON (Unterminated string",
    "": "not JSON (Expecting value",
    "[1, 2]": "expected a JSON object, found a list",
    "null": "expected a JSON object, found null",
}


@given(JSON)
def test_what_json_writes_is_read_back(value):
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_refused_in_one_line_with_the_file_and_what_to_do(tmp_path, text):
    path = tmp_path / "result.json"
    path.write_text(text)
    started = time.monotonic()
    with pytest.raises(DataError) as caught:
        read_json(path, advice="measure again")
    assert time.monotonic() - started < 2
    words = str(caught.value)
    assert words.startswith(f"{path} cannot be read: {REFUSED[text]}") and words.endswith("; measure again")
    assert "\n" not in words and len(words) < 300 + len(str(path))


def test_brackets_in_texts_and_side_by_side_do_not_count():
    values = {"a": ["[" * 1000, '"]{' * 1000], "b": [[] for _ in range(1000)]}
    assert parse_json(json.dumps(values)) == values
    assert parse_json("[" * 64 + "]" * 64) == eval("[" * 64 + "]" * 64)
    with pytest.raises(ValueError, match="levels"):
        parse_json("[" * 65 + "]" * 65)


def test_not_a_number_where_a_training_may_have_written_it():
    value = parse_json('{"loss": NaN, "rate": -Infinity}', finite=False)
    assert math.isnan(value["loss"]) and value["rate"] == -math.inf


def test_only_regular_files_of_their_size_are_read(tmp_path):
    (tmp_path / "bytes.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(DataError, match=r"not UTF-8 text \(byte 7\)"):
        read_json(tmp_path / "bytes.json")
    with pytest.raises(DataError, match="larger than 9 bytes"):
        read_json(tmp_path / "bytes.json", largest=9)
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(DataError, match="expected a file, found a pipe or a device"):
        read_json(tmp_path / "pipe.json")
    with pytest.raises(DataError, match="expected a file, found a folder"):
        read_json(tmp_path)
    with pytest.raises(DataError, match="No such file"):
        read_json(tmp_path / "missing.json")
    with pytest.raises(DataError, match="embedded null"):
        read_json(tmp_path / "a\0b")


def test_a_sparse_file_of_a_terabyte_takes_no_memory(tmp_path):
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DataError, match="larger than 1 MiB, so it is not what it should be"):
        read_json(tmp_path / "large.json", largest=2**20)


def test_bad_lines_are_left_out_and_told(tmp_path, caplog):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": \xff}\n[3]\n{"a": NaN}\n' + b"[" * 10_000 + b'\n{"a": "x\xe2\x80\xa8"}\n{"a": 5')
    found = list(json_lines(path))
    assert [line["a"] for line in found[::2]] == [1, "x\u2028"] and math.isnan(found[1]["a"])
    lines = [record.getMessage() for record in caplog.records]
    assert [line.removeprefix(f"{path}, line ")[0] for line in lines] == ["2", "3", "5", "7"]
    assert lines[2].endswith("more than 64 levels of brackets")
    caplog.clear()
    bad = []
    assert len(list(json_lines(path, bad=bad))) == 3 and bad == [2, 3, 5, 7] and not caplog.records


def test_nobody_else_reads_json_and_nobody_reads_pickles():
    """json.loads has no limits; pickle runs what it reads."""
    root, found = Path(medgan_tf.__file__).parent, []
    for path in [*root.rglob("*.py"), *(root.parent / "tools").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                found += [
                    (path.name, name) for name in names & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}
                ]
            text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if text in ("json.load", "json.loads", "json.JSONDecoder", "np.load") or "allow_pickle=True" in text:
                found.append((path.relative_to(root.parent).as_posix(), text))
    assert sorted(set(found)) == [
        # What processes of our own send each other; names of files may hold half characters.
        ("medgan_tf/data/dicom/headers.py", "json.loads"),
        ("medgan_tf/data/reading/orders.py", "json.loads"),
        ("medgan_tf/data/reading/process.py", "json.loads"),
        ("medgan_tf/data/records/published.py", "np.load"),
        ("medgan_tf/files/json_files.py", "json.loads"),
        ("medgan_tf/phantom/real_ct.py", "np.load"),
        # Runs in a released folder, without this package; with a limit on bytes, and too many brackets are refused.
        ("medgan_tf/release/strict_json.py", "json.loads"),
    ]
