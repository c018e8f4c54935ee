"""Versions on disk: what a start finds after a kill, after an import, and in damaged files."""

import json

import pytest
from study_parts import make_study, simulate

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.answer_store import AnswerStore, Version, stored_versions
from medgan_tf.evidence.readers.study.page_folder import read_settings


@pytest.fixture
def order(tmp_path):
    return read_settings(make_study(tmp_path, readers=1).page)["orders"]["R01"]


@pytest.fixture
def lines(tmp_path, order):
    simulate(tmp_path, [0.5])
    return (tmp_path / "answers" / "R01.csv").read_text().splitlines(keepends=True)


@pytest.fixture
def begin(tmp_path):
    """A store, as after a start, on the folder `taken`."""
    return lambda: AnswerStore(tmp_path / "taken", read_settings(tmp_path / "for_readers")["key_sha256"])


def test_a_start_finds_what_was_stored(begin, order, lines, tmp_path):
    store = begin()
    for count in (2, 3, 9):
        store.put("R01", order, "".join(lines[:count]), store.present("R01", order).number, False)
    assert begin().present("R01", order) == Version(3, "".join(lines[:9]))
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:count]) for count in (2, 3, 9)]


def test_a_line_that_a_kill_cut_off_is_left_out(begin, order, lines, tmp_path, caplog):
    begin().put("R01", order, "".join(lines[:4]), 0, False)
    journal = tmp_path / "taken" / "versions" / "R01.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[:-20])
    store = begin()
    assert store.present("R01", order) == Version(1, "".join(lines[:4]))
    assert caplog.messages == ["R01.jsonl: the last line is incomplete and is left out"]
    assert store.put("R01", order, "".join(lines), 1, False).number == 2
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:4]), "".join(lines)]


def test_a_kill_between_the_two_files_loses_nothing(begin, order, lines, tmp_path):
    store, path = begin(), tmp_path / "taken" / "R01.csv"
    store.put("R01", order, "".join(lines[:4]), 0, False)
    before = path.read_bytes()
    store.put("R01", order, "".join(lines[:5]), 1, False)
    path.write_bytes(before)
    assert begin().present("R01", order) == Version(2, "".join(lines[:5]))
    assert path.read_text() == "".join(lines[:5])
    path.unlink()
    assert begin().present("R01", order).number == 2 and path.read_text() == "".join(lines[:5])


def test_answers_from_elsewhere_become_a_version(begin, order, lines, tmp_path):
    """A CSV that `import` wrote, or a server that kept no versions."""
    begin().put("R01", order, "".join(lines[:4]), 0, False)
    (tmp_path / "taken" / "R01.csv").write_text("".join(lines[:7]))
    assert begin().present("R01", order) == Version(2, "".join(lines[:7]))
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:4]), "".join(lines[:7])]


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line.replace('"kept": 0', '"kept": "all"'),
        lambda line: line.replace("real", "syn", 1),
        lambda line: line.replace('"version": 1', '"version": 2'),
        lambda line: "[" * 100_000 + "\n",
        lambda line: "[]\n",
    ],
)
def test_a_damaged_journal_is_said_and_not_written_over(begin, order, lines, tmp_path, damage):
    begin().put("R01", order, "".join(lines[:4]), 0, False)
    journal = tmp_path / "taken" / "versions" / "R01.jsonl"
    journal.write_text(damage(journal.read_text()))
    kept = journal.read_bytes()
    store = begin()
    for _ in range(2):
        with pytest.raises(DataError, match="R01.jsonl, line 1: is damaged; move the file away"):
            store.put("R01", order, "".join(lines), 1, False)
    assert journal.read_bytes() == kept
    assert (tmp_path / "taken" / "R01.csv").read_text() == "".join(lines[:4])


def test_the_history_names_images_with_two_answers(begin, order, lines, tmp_path):
    begin().put("R01", order, "".join(lines), 0, False, order[3:4])
    line = json.loads((tmp_path / "taken" / "versions" / "R01.jsonl").read_text())
    assert line["conflicts"] == [order[3]] and line["kept"] == 0 and len(line["added"]) == 21
