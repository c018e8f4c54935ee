"""Files and folders that are whole or absent."""

import os
import time

import pytest

from medgan_tf.files.atomic import atomic_path, flush_to_disk, replace_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_new_file_in_a_new_folder(tmp_path):
    with atomic_path(tmp_path / "a" / "b.txt") as partial:
        partial.write_text("new")
        assert not (tmp_path / "a" / "b.txt").exists()
        assert partial.parent == tmp_path / "a" and partial.suffix == ".txt"
    assert (tmp_path / "a" / "b.txt").read_text() == "new"
    assert names(tmp_path / "a") == ["b.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "b.txt"
    path.write_text("old")
    with pytest.raises(KeyError), atomic_path(path) as partial:
        partial.write_text("half")
        raise KeyError
    assert path.read_text() == "old"
    assert names(tmp_path) == ["b.txt"]


def test_a_disk_that_is_full_when_it_is_renamed(tmp_path, monkeypatch):
    path = tmp_path / "b.txt"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), atomic_path(path) as partial:
        partial.write_text("new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["b.txt"]


def test_processes_that_share_a_file_have_names_of_their_own(tmp_path):
    with atomic_path(tmp_path / "b.npz", shared=True) as partial:
        assert str(os.getpid()) in partial.name and partial.suffix == ".npz"
        partial.write_bytes(b"1")
    with atomic_path(tmp_path / "b.npz") as partial:
        assert str(os.getpid()) not in partial.name
        partial.write_bytes(b"2")
    assert (tmp_path / "b.npz").read_bytes() == b"2"


def test_what_a_killed_process_left_of_a_shared_file_goes_after_an_hour(tmp_path):
    path = tmp_path / "b[1].npz"
    others = {".partial-2-b[1].npz": 3500, ".partial-1-b1.npz": 3700, ".partial-1-a-b[1].npz": 3700}
    for name, seconds in {".partial-1-b[1].npz": 3700, **others}.items():
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - seconds,) * 2)
    with atomic_path(path, shared=True) as partial:
        partial.write_bytes(b"1")
    # Another process may be writing the first of the others, and the rest are of other files.
    assert names(tmp_path) == sorted([*others, "b[1].npz"])


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_takes_the_place_of_another(tmp_path, exists):
    target, partial, left = tmp_path / "model", tmp_path / ".partial-model", tmp_path / ".old-model"
    if exists:
        target.mkdir()
        (target / "old.txt").write_text("old")
    # What a process left that was killed in between.
    left.mkdir()
    partial.mkdir()
    (partial / "new.txt").write_text("new")
    replace_folder(partial, target)
    assert names(tmp_path) == ["model"]
    assert names(target) == ["new.txt"]


def test_folders_and_files_are_flushed_where_the_system_can(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_ino))
    file = tmp_path / "a"
    file.write_text("a")
    flush_to_disk(file)
    flush_to_disk(tmp_path)
    assert flushed == [file.stat().st_ino, tmp_path.stat().st_ino]
    # As on Windows, which cannot open a folder.
    monkeypatch.delattr(os, "O_DIRECTORY", raising=False)
    flush_to_disk(tmp_path)
    assert len(flushed) == 2
