import errno
import json
import os

import pytest
import tensorflow as tf

from medgan_tf.data.looks.look import Look
from medgan_tf.data.records.writer import (
    FolderWriter,
    finish_publishing,
    images_per_shard,
    plan_shards,
    remove_dataset,
)
from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of

FILES = ["train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"]


def records(*payloads):
    return [(f"id{number}", payload) for number, payload in enumerate(payloads)]


def test_shard_sizes():
    assert images_per_shard(32) == 4096
    assert images_per_shard(256) == 1024
    assert images_per_shard(4096) == 64


def test_plan_is_even_and_complete():
    assert plan_shards({"train": 7, "valid": 0, "test": 2}, 3) == [
        ("train-00000-of-00003.tfrecord", "train", 0, 2),
        ("train-00001-of-00003.tfrecord", "train", 2, 4),
        ("train-00002-of-00003.tfrecord", "train", 4, 7),
        ("test-00000-of-00001.tfrecord", "test", 0, 2),
    ]


def test_shard_content_and_hash(tmp_path):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        entry = writer.write_shard(FILES[0], "train", records(b"a", None, b"bc"))
    path = tmp_path / "set.partial" / FILES[0]
    assert [record.numpy() for record in tf.data.TFRecordDataset(str(path))] == [b"a", b"bc"]
    assert (entry.shard.images, entry.shard.bytes, entry.unreadable) == (2, 16 + 1 + 16 + 2, ("id1",))
    assert entry.shard.sha256 == sha256_of(path)
    assert not (tmp_path / "set").exists()


def test_finished_shards_are_kept_for_the_same_build_only(tmp_path):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        first = writer.write_shard(FILES[0], "train", records(b"a", None))
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert writer.finished == {FILES[0]: first}
    with FolderWriter(tmp_path / "set", "hash", replace=True) as writer:
        assert writer.finished == {}
    with FolderWriter(tmp_path / "set", "hash") as writer:
        writer.write_shard(FILES[0], "train", records(b"a"))
    with FolderWriter(tmp_path / "set", "other") as writer:
        assert writer.finished == {}
        assert not (writer.partial / FILES[0]).exists()


def test_a_changed_or_half_noted_shard_is_written_again(tmp_path):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        for file in FILES:
            writer.write_shard(file, "train", records(b"a"))
    journal = tmp_path / "set.partial" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert list(writer.finished) == [FILES[0]]
    (tmp_path / "set.partial" / FILES[0]).write_bytes(b"x" * 17)
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert writer.finished == {}
    assert json.loads(journal.read_text()) == {"build_hash": "hash"}


LOOKS = {"id0": Look(5, 6, "0" * 32, marks=("constant",)), "id1": Look(7, 8, "f" * 32)}


def test_the_journal_keeps_looks(tmp_path):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        writer.write_shard(FILES[0], "train", records(b"a", b"b"), LOOKS)
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert writer.finished[FILES[0]].looks == LOOKS


@pytest.mark.parametrize("looks", ["none", {"id0": "zz"}, {"id0": 5}, {"id0": "00"}])
def test_a_shard_with_damaged_looks_is_written_again(tmp_path, looks):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        writer.write_shard(FILES[0], "train", records(b"a"), {"id0": LOOKS["id0"]})
    journal = tmp_path / "set.partial" / "journal.jsonl"
    first, entry = journal.read_text().splitlines()
    journal.write_text(f"{first}\n{json.dumps(json.loads(entry) | {'looks': looks})}\n")
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert writer.finished == {} and not (writer.partial / FILES[0]).exists()


def test_shards_that_are_not_right_any_more_are_forgotten(tmp_path):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        for file in FILES:
            writer.write_shard(file, "train", records(b"a"))
        writer.keep(lambda entry: entry.shard.file == FILES[1])
        assert list(writer.finished) == [FILES[1]] and not (writer.partial / FILES[0]).exists()
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert list(writer.finished) == [FILES[1]]


@pytest.mark.parametrize("links", [True, False])
def test_shards_of_another_folder_are_taken_over(tmp_path, monkeypatch, links):
    with FolderWriter(tmp_path / "first", "hash") as writer:
        entry = writer.write_shard(FILES[0], "train", records(b"a"), {"id0": LOOKS["id0"]})
    source = tmp_path / "first.partial" / FILES[0]
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EXDEV, "Invalid link")))
    with FolderWriter(tmp_path / "set", "hash") as writer:
        writer.adopt(source.parent, [entry])
        assert os.path.samefile(writer.partial / FILES[0], source) == links
    with FolderWriter(tmp_path / "set", "hash") as writer:
        assert writer.finished == {FILES[0]: entry}
        # A new shard of that name does not change the other folder's.
        before = source.read_bytes()
        writer.write_shard(FILES[0], "train", records(b"other"))
    assert source.read_bytes() == before


def test_a_folder_that_was_complete_when_the_process_died_gets_its_name(tmp_path):
    partial = tmp_path / "set.partial"
    partial.mkdir()
    (partial / FILES[0]).write_bytes(b"x")
    finish_publishing(tmp_path / "set")
    assert not (tmp_path / "set").exists()
    (partial / "manifest.json").write_text("{}")
    (partial / "journal.jsonl").write_text("")
    finish_publishing(tmp_path / "set")
    assert not (tmp_path / "set").exists()
    (partial / "journal.jsonl").unlink()
    finish_publishing(tmp_path / "set")
    assert sorted(os.listdir(tmp_path / "set")) == ["manifest.json", FILES[0]] and not partial.exists()
    partial.mkdir()
    (partial / "manifest.json").write_text("other")
    finish_publishing(tmp_path / "set")
    assert (tmp_path / "set" / "manifest.json").read_text() == "{}" and partial.exists()


def test_an_interrupted_replacement_goes_on_if_asked(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "manifest.json").write_text("{}")
    with FolderWriter(tmp_path / "set", "hash", replace=True) as writer:
        writer.write_shard(FILES[0], "train", records(b"a"))
    with FolderWriter(tmp_path / "set", "hash", replace=True, goes_on=True) as writer:
        assert list(writer.finished) == [FILES[0]]
    with FolderWriter(tmp_path / "set", "hash", replace=True) as writer:
        assert writer.finished == {}


def test_two_builds_at_once(tmp_path):
    with FolderWriter(tmp_path / "set", "hash"):
        with pytest.raises(DataError, match="another process is building"):
            FolderWriter(tmp_path / "set", "hash").__enter__()
    with FolderWriter(tmp_path / "set", "hash"):
        pass


def test_a_folder_that_is_no_dataset_is_never_touched(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.txt").write_text("years of work")
    for replace in (False, True):
        with pytest.raises(DataError, match="exists and is not a dataset; choose another folder"):
            FolderWriter(tmp_path / "set", "hash", replace).__enter__()
    assert (tmp_path / "set" / "thesis.txt").read_text() == "years of work"


def test_an_existing_dataset_is_replaced_only_on_request(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "manifest.json").write_text("{}")
    (tmp_path / "set" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="already holds a dataset; replace it with --restart"):
        FolderWriter(tmp_path / "set", "hash").__enter__()
    with FolderWriter(tmp_path / "set", "hash", replace=True) as writer:
        writer.write_shard(FILES[0], "train", records(b"a"))
        assert (tmp_path / "set" / "manifest.json").exists()
        writer.publish()
    assert [file.name for file in (tmp_path / "set").iterdir()] == [FILES[0]]
    assert [file.name for folder in tmp_path.glob("set.old-*") for file in folder.iterdir()] == ["notes.txt"]
    assert not (tmp_path / "set.partial").exists()


def test_remove_dataset_leaves_other_files(tmp_path):
    for name in ("manifest.json", "preview.png", FILES[0]):
        (tmp_path / name).write_text("")
    remove_dataset(tmp_path)
    assert not tmp_path.exists()


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), tf.errors.ResourceExhaustedError(None, None, "full")]
)
def test_disk_full(tmp_path, monkeypatch, error):
    def write(self, record):
        raise error

    with FolderWriter(tmp_path / "set", "hash") as writer:
        writer.write_shard(FILES[0], "train", records(b"a"))
        with monkeypatch.context() as patch:
            patch.setattr(tf.io.TFRecordWriter, "write", write)
            with pytest.raises(DataError, match="disk full while writing .*set.partial; free some space and give"):
                writer.write_shard(FILES[1], "train", records(b"a"))
    assert not (tmp_path / "set").exists()
    assert sorted(os.listdir(tmp_path / "set.partial")) == ["journal.jsonl", "lock", FILES[0]]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_really_full_disk(tmp_path):
    with FolderWriter(tmp_path / "set", "hash") as writer:
        (writer.partial / f".{FILES[0]}").symlink_to("/dev/full")
        with pytest.raises(DataError, match="disk full while writing"):
            writer.write_shard(FILES[0], "train", records(b"a" * 100_000))
    assert sorted(os.listdir(tmp_path / "set.partial")) == ["journal.jsonl", "lock"]


def test_other_errors_of_the_disk(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write .*file.*: Not a directory"):
        FolderWriter(tmp_path / "file" / "set", "hash").__enter__()
