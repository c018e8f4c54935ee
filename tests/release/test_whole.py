"""A release is there whole or not at all: kills at 20 moments, a full disk, two at once, and a folder in the way."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from medgan_tf.errors import DataError, RunError
from medgan_tf.files.locks import hold
from medgan_tf.release.whole import whole_folder

SCRIPT = Path(__file__).parents[1] / "support" / "killed_release.py"
KILLS = 20


def test_a_release_that_is_killed_leaves_no_folder_or_a_whole_one(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, tmp_path, str(KILLS)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *kills, last = map(json.loads, done.stdout.splitlines())
    assert len(kills) == KILLS and all(one["killed"] for one in kills)
    assert last["changes"] > KILLS
    # Before the folder gets its name nothing is there; after that, all of it.
    left = [one["left"] for one in kills]
    assert all(one in (None, []) for one in left) and left.count(None) >= KILLS - 2
    assert last["after"] == [] and last["hidden"] == []


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), whole_folder(tmp_path / "out") as partial:
        (partial / "a").write_text("a")
        raise KeyError
    assert names(tmp_path) == []
    with pytest.raises(RunError, match="out: No space left"), whole_folder(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert names(tmp_path) == []


@pytest.mark.parametrize("what", ["file", "folder", "link to nothing"])
def test_what_is_there_is_never_touched(tmp_path, what):
    out = tmp_path / "out"
    {"file": out.touch, "folder": out.mkdir, "link to nothing": lambda: out.symlink_to("nowhere")}[what]()
    with pytest.raises(DataError, match="out is there already"), whole_folder(out):
        raise AssertionError
    assert names(tmp_path) == ["out"]


def test_a_folder_that_came_in_between_stays(tmp_path):
    with pytest.raises(DataError, match="out is there already"), whole_folder(tmp_path / "out") as partial:
        (partial / "a").write_text("ours")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "a").write_text("theirs")
    assert (tmp_path / "out" / "a").read_text() == "theirs" and names(tmp_path) == ["out"]


def test_two_at_once(tmp_path):
    lock = hold(tmp_path / ".out.lock")
    with pytest.raises(RunError, match="another process makes"), whole_folder(tmp_path / "out"):
        raise AssertionError
    lock.release()
    with whole_folder(tmp_path / "new" / "out") as partial:
        (partial / "a").write_text("a")
    assert names(tmp_path / "new") == ["out"]
