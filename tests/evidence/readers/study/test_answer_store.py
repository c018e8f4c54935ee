"""Versions on disk: what a start finds after a kill, after an import, and in damaged files."""

import errno
import os

import pytest
from study_parts import make_study, simulate

from medgan_tf.errors import ConfigError
from medgan_tf.evidence.readers.answers import answer_files
from medgan_tf.evidence.readers.study import journal
from medgan_tf.evidence.readers.study.answer_store import (
    AnswerStore,
    DamagedAnswersError,
    ShorterAnswersError,
    StaleAnswersError,
    StorageError,
    stored_versions,
)
from medgan_tf.evidence.readers.study.given_answers import GivenStudy
from medgan_tf.evidence.readers.study.journal import Version
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
    """A store, as after a start, on the folder `taken`; the one before is gone, as after a kill."""
    stores = []

    def start():
        for store in stores:
            store.close()
        settings = read_settings(tmp_path / "for_readers")
        stores.append(AnswerStore(tmp_path / "taken", GivenStudy(settings["study"], settings["key_sha256"])))
        return stores[-1]

    yield start
    for store in stores:
        store.close()


def test_a_start_finds_what_was_stored(begin, order, lines, tmp_path):
    store = begin()
    for count in (2, 3, 9):
        store.put("R01", order, "".join(lines[:count]), store.present("R01", order).tag)
    assert begin().present("R01", order) == Version(3, "".join(lines[:9]))
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:count]) for count in (2, 3, 9)]


def test_a_folder_belongs_to_one_server(begin, order, tmp_path):
    begin()
    with pytest.raises(ConfigError, match="another server keeps answers in .*taken; end it, or name another folder"):
        AnswerStore(tmp_path / "taken", GivenStudy("study", "0" * 64))


def test_a_line_that_a_kill_cut_off_is_left_out(begin, order, lines, tmp_path, caplog):
    begin().put("R01", order, "".join(lines[:4]), "v0")
    history = tmp_path / "taken" / "versions" / "R01.jsonl"
    whole = history.read_bytes()
    history.write_bytes(whole + whole[:-20])
    store = begin()
    first = store.present("R01", order)
    assert first == Version(1, "".join(lines[:4]))
    assert caplog.messages == ["R01.jsonl: the last line is incomplete and is left out"]
    assert store.put("R01", order, "".join(lines), first.tag).number == 2
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:4]), "".join(lines)]


def test_a_kill_between_the_two_files_loses_nothing(begin, order, lines, tmp_path):
    store, path = begin(), tmp_path / "taken" / "R01.csv"
    first = store.put("R01", order, "".join(lines[:4]), "v0")
    before = path.read_bytes()
    store.put("R01", order, "".join(lines[:5]), first.tag)
    path.write_bytes(before)
    assert begin().present("R01", order) == Version(2, "".join(lines[:5]))
    assert path.read_text() == "".join(lines[:5])
    path.unlink()
    assert begin().present("R01", order).number == 2 and path.read_text() == "".join(lines[:5])


def test_what_a_kill_left_half_written_is_not_scored(begin, order, lines, tmp_path):
    begin().put("R01", order, "".join(lines), "v0")
    for name in (".partial-R01.csv", ".partial-123-R01.csv"):
        (tmp_path / "taken" / name).write_text("".join(lines[:3]))
    assert [path.name for path in answer_files([tmp_path / "taken"])] == ["R01.csv"]


def test_answers_from_elsewhere_become_a_version(begin, order, lines, tmp_path):
    """A CSV that `import` wrote, or a server that kept no versions; also while the server runs."""
    store = begin()
    store.put("R01", order, "".join(lines[:4]), "v0")
    (tmp_path / "taken" / "R01.csv").write_text("".join(lines[:7]))
    assert store.present("R01", order) == Version(2, "".join(lines[:7]))
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:4]), "".join(lines[:7])]
    (tmp_path / "taken" / "R01.csv").write_text("".join(lines[:8]))
    with pytest.raises(StaleAnswersError) as stale:
        store.put("R01", order, "".join(lines[:5]), store._versions["R01"].tag)
    assert stale.value.present == begin().present("R01", order) == Version(3, "".join(lines[:8]))


def test_a_csv_that_was_damaged_is_set_aside_and_comes_back_from_the_history(begin, order, lines, tmp_path, caplog):
    begin().put("R01", order, "".join(lines[:4]), "v0")
    path = tmp_path / "taken" / "R01.csv"
    for number, damaged in enumerate((b"", b"\xff\xfe", "".join(lines[:3]).replace("R01", "R02").encode()), start=1):
        path.write_bytes(damaged)
        assert begin().present("R01", order) == Version(1, "".join(lines[:4]))
        assert path.read_text() == "".join(lines[:4])
        assert (tmp_path / "taken" / "versions" / f"R01.unreadable-{number}").read_bytes() == damaged
        assert caplog.messages.pop().endswith(f"R01.unreadable-{number}, and the stored ones are back")


def test_a_damaged_csv_without_history_is_said_and_not_written_over(begin, order, lines, tmp_path):
    begin()
    (tmp_path / "taken" / "R01.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(DamagedAnswersError, match="R01.csv cannot be read as answers; move it away"):
        begin().put("R01", order, "".join(lines), "v0")
    assert (tmp_path / "taken" / "R01.csv").read_bytes() == b"\xff\xfe"


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
    begin().put("R01", order, "".join(lines[:4]), "v0")
    history = tmp_path / "taken" / "versions" / "R01.jsonl"
    history.write_text(damage(history.read_text()))
    kept = history.read_bytes()
    store = begin()
    for _ in range(2):
        with pytest.raises(DamagedAnswersError, match="R01.jsonl, line 1: is damaged; move the file away"):
            store.put("R01", order, "".join(lines), "v0")
    assert history.read_bytes() == kept
    assert (tmp_path / "taken" / "R01.csv").read_text() == "".join(lines[:4])


def test_stored_answers_are_taken_back_only_by_name(begin, order, lines, tmp_path):
    store = begin()
    tag = store.put("R01", order, "".join(lines[:5]), "v0").tag
    for corrected in ((), order[2:3], order[:3]):
        with pytest.raises(ShorterAnswersError, match=r"would lose [123] stored ones \("):
            store.put("R01", order, "".join(lines[:2]), tag, corrected)
    assert (tmp_path / "taken" / "R01.csv").read_text() == "".join(lines[:5])
    store.put("R01", order, "".join(lines[:4]), tag, order[3:4])
    assert stored_versions(tmp_path / "taken", "R01") == ["".join(lines[:5]), "".join(lines[:4])]


def test_another_answer_is_taken_only_as_a_correction(begin, order, lines):
    store = begin()
    tag = store.put("R01", order, "".join(lines[:3]), "v0").tag
    other = {"real": "synthetic", "synthetic": "real"}[lines[2].split(",")[5]]
    cells = [*lines[2].split(",")[:5], other, *lines[2].split(",")[6:9], "\n"]
    for changes, corrected in (("", order[1:2]), ("0", order[1:2]), ("1", ()), ("1", order[:1])):
        text = "".join(lines[:2]) + ",".join([*cells[:-1], f"{changes}\n"])
        with pytest.raises(ShorterAnswersError, match=rf"would lose 1 stored ones \({order[1]}\)"):
            store.put("R01", order, text, tag, corrected)
    text = "".join(lines[:2]) + ",".join([*cells[:-1], "1\n"])
    assert store.put("R01", order, text, tag, order[1:2]) == Version(2, text)


@pytest.mark.parametrize("where", ["journal", "csv", "name"])
@pytest.mark.parametrize("cut", [True, False])
def test_a_full_disk_at_any_moment_leaves_what_was(begin, order, lines, tmp_path, monkeypatch, where, cut):
    """Also where the journal cannot even be cut back: then the next request finds the new version there, whole."""
    store = begin()
    tag = store.put("R01", order, "".join(lines[:4]), "v0").tag
    calls = {"fsync": 0}

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fsync(_):
        calls["fsync"] += 1
        if calls["fsync"] == {"journal": 1, "csv": 2}.get(where):
            full()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        if where == "name":
            patch.setattr(os, "replace", full)
        if not cut:
            patch.setattr(os, "truncate", full)
        with pytest.raises(StorageError, match="the 4 lines that are stored are untouched: No space left on device"):
            store.put("R01", order, "".join(lines[:5]), tag)
    assert (tmp_path / "taken" / "R01.csv").read_text() == "".join(lines[:4])
    assert not list((tmp_path / "taken").glob(".partial*"))
    present = store.present("R01", order)
    assert present == (Version(1, "".join(lines[:4])) if cut else Version(2, "".join(lines[:5])))
    assert store.put("R01", order, "".join(lines[:6]), present.tag).text == "".join(lines[:6])
    assert begin().present("R01", order).text == "".join(lines[:6])


def test_a_history_without_end_is_refused(begin, order, lines, monkeypatch):
    """Whoever has a token must not fill the disk with ever new corrections."""
    store = begin()
    tag = store.put("R01", order, "".join(lines[:4]), "v0").tag
    monkeypatch.setattr(journal, "LARGEST_JOURNAL", 1500)
    with pytest.raises(StorageError, match="the 4 lines that are stored are untouched: the history has") as refused:
        store.put("R01", order, "".join(lines), tag)
    assert not refused.value.full and store.present("R01", order).text == "".join(lines[:4])


def test_the_history_of_a_paper_sized_reading_is_small(tmp_path):
    """100 answers, one by one: 1 line each, not 100 copies of the file."""
    settings = read_settings(make_study(tmp_path / "large", images=100, readers=1).page)
    simulate(tmp_path / "large", [0.5])
    lines = (tmp_path / "large" / "answers" / "R01.csv").read_text().splitlines(keepends=True)
    store = AnswerStore(tmp_path / "taken", GivenStudy(settings["study"], settings["key_sha256"]))
    version = Version()
    for count in range(2, 102):
        version = store.put("R01", settings["orders"]["R01"], "".join(lines[:count]), version.tag)
    store.close()
    assert len(stored_versions(tmp_path / "taken", "R01")) == 100
    assert (tmp_path / "taken" / "versions" / "R01.jsonl").stat().st_size < 50_000
