"""Files that are missing, damaged, or read twice."""

import pytest

from medgan_tf.files.lenient_reader import LenientReader


@pytest.fixture
def reader(tmp_path):
    return LenientReader(tmp_path)


def test_a_missing_file_is_no_problem(reader, tmp_path):
    assert (reader.json(tmp_path / "no.json"), reader.yaml(tmp_path / "no.yaml"), reader.lines(tmp_path / "no")) == (
        None,
        None,
        [],
    )
    assert reader.problems == []


@pytest.mark.parametrize("text", ["{", "[1]", "null", "\udcff", "[" * 100_000])
def test_a_damaged_file_is_named_once(reader, tmp_path, text):
    path = tmp_path / "run" / "a.json"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert (reader.json(path), reader.json(path)) == (None, None)
    assert reader.problems == ["run/a.json cannot be read; make it again"]


def test_a_file_of_another_folder_is_named_without_its_place(tmp_path):
    (tmp_path / "gap").mkdir()
    (tmp_path / "gap" / "gap.json").write_text("{")
    reader = LenientReader(tmp_path / "run")
    assert reader.json(tmp_path / "gap" / "gap.json") is None
    assert reader.problems == ["gap/gap.json cannot be read; make it again"]


def test_lines_that_are_no_objects_are_left_out(reader, tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"a": 1}\n[2]\n{"a": 3}\n{"a"')
    assert reader.lines(tmp_path / "metrics.jsonl") == [{"a": 1}, {"a": 3}]


@pytest.mark.parametrize("text", ["", "- 1", "{", "\udcff", "a: 1\na: 2", "a: &x 1", "[" * 10_000])
def test_damaged_settings_cost_no_training(reader, tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert reader.yaml(path) is None
    assert reader.problems == ["config.yaml cannot be read; restore it from a backup"]


def test_settings_are_read_as_they_are_written(reader, tmp_path):
    (tmp_path / "config.yaml").write_text("label: 1:30\nday: 2020-01-01\nhex: 0x1F\nrate: 1e-4\nroot: $${A}/${B}\n")
    assert reader.yaml(tmp_path / "config.yaml") == {
        "label": "1:30", "day": "2020-01-01", "hex": "0x1F", "rate": 1e-4, "root": "${A}/${B}",
    }  # fmt: skip
