"""A finished dataset and its source files: what changed is read again, and nothing else is touched."""

import csv
import os
import stat

import pytest
from edited_manifest import edited_manifest
from raw_pictures import COUNT, Notes, RawPictures, image_id, raw_plan, stored_pictures, write_picture, write_pictures

from medgan_tf.classification.conditions import content_sha256
from medgan_tf.data.build import build_dataset
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.refresh import files_are_gone, refresh
from medgan_tf.errors import DataError

FIRST, SECOND = "train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"
VALUES = {number: 10 * number for number in range(COUNT)}


@pytest.fixture
def files(tmp_path):
    return write_pictures(tmp_path)


def build(folder, **values):
    return build_dataset(RawPictures(), raw_plan(folder, **values), Notes())


def again(folder, **values):
    """Refreshes the dataset: the dataset, the numbers of the images that were read, and the notes."""
    source, notes = RawPictures(), Notes()
    dataset = refresh(source, raw_plan(folder, **values), DatasetFolder(folder / "dataset"), notes)
    return dataset, source.read, notes


def identities(folder):
    """Which file each name of the dataset folder stands for; a file that was written again is another one."""
    found = {path.name: path.stat() for path in (folder / "dataset").iterdir()}
    return {name: (one.st_ino, one.st_mtime_ns) for name, one in found.items()}


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_nothing_is_read_or_written_when_nothing_changed(tmp_path, files):
    build(tmp_path)
    (record,) = (tmp_path / "private").glob("*.looks.csv")
    before = identities(tmp_path), record.stat().st_mtime_ns
    dataset, read, notes = again(tmp_path)
    assert read == [] and notes.notes[-1].endswith("dataset is up to date")
    assert (identities(tmp_path), record.stat().st_mtime_ns) == before
    assert stored_pictures(dataset) == VALUES


def test_the_record_says_what_was_read(tmp_path, files):
    os.utime(files[3], ns=(1, 1_600_000_000_123_456_789))
    write_picture(tmp_path, 5, 255)
    manifest = build(tmp_path).manifest
    (record,) = (tmp_path / "private").glob("*.looks.csv")
    assert record.name == f"raw-00000000-{manifest.shards_sha256()[:8]}.looks.csv"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    found = {row["image"]: row for row in rows(record)}
    assert len(found) == COUNT
    # printf '\xff%.0s' {1..16} and '\x1e%.0s' {1..240}, through sha256sum.
    assert found[image_id(3)] == {
        "image": "00000000000003",
        "size": "256",
        "modified": "1600000000123456789",
        "digest": "ae110c4d62acbbc0f9c63101ca999151",
        "shape_hash": found[image_id(3)]["shape_hash"],
        "marks": "",
    }
    assert found[image_id(5)]["marks"] == "constant"
    assert b"modified" not in (tmp_path / "dataset" / "manifest.json").read_bytes()


def test_a_repaired_file_is_read(tmp_path, files):
    files[1].write_bytes(b"half")
    files[4].unlink()
    first = build(tmp_path)
    assert first.manifest.unreadable.image_ids == [image_id(1), image_id(4)]
    listed = tmp_path / "private" / "raw-00000000.unreadable.csv"
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    assert rows(listed) == [
        {"image": image_id(1), "path": str(files[1]), "reason": f"{files[1]}: is truncated"},
        {"image": image_id(4), "path": str(files[4]), "reason": f"{files[4]}: No such file or directory"},
    ]
    before = identities(tmp_path)
    _, read, notes = again(tmp_path)
    assert read == [1, 4] and "images that still cannot be read: 2" in notes and identities(tmp_path) == before
    write_picture(tmp_path, 1)
    dataset, read, notes = again(tmp_path)
    assert stored_pictures(dataset) == {number: value for number, value in VALUES.items() if number != 4}
    assert f"can be read now: {files[1]}" in notes and [row["image"] for row in rows(listed)] == [image_id(4)]
    write_picture(tmp_path, 4)
    dataset = again(tmp_path)[0]
    assert stored_pictures(dataset) == VALUES and dataset.manifest.unreadable.count == 0 and not listed.exists()
    assert dataset.manifest.patients == {"train": 6, "valid": 3, "test": 3}


def test_a_replaced_file_is_read_and_only_its_shard_is_written(tmp_path, files):
    first, before = build(tmp_path), identities(tmp_path)
    write_picture(tmp_path, 4, 77)
    dataset, read, notes = again(tmp_path)
    assert stored_pictures(dataset) == VALUES | {4: 77}
    # Once for its digest, once for the shard; the others of the shard are taken from it.
    assert read == [4, 4]
    after = identities(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {SECOND, "manifest.json", "preview.png"}
    assert f"has other pixels now: {files[4]}" in notes
    assert [path.name for path in tmp_path.iterdir()].count("dataset") == 1 and not list(tmp_path.glob("dataset.*"))
    # What later stages compare is another content now.
    assert content_sha256(dataset.manifest) != content_sha256(first.manifest)
    assert dataset.manifest.pixels_sha256 != first.manifest.pixels_sha256
    assert dataset.manifest.build_hash == first.manifest.build_hash
    assert len(list((tmp_path / "private").glob("*.looks.csv"))) == 1
    assert again(tmp_path)[1] == []


def test_the_same_files_give_the_same_dataset_whatever_came_before(tmp_path, files):
    build(tmp_path)
    write_picture(tmp_path, 8, 3)
    repaired = again(tmp_path)[0].manifest
    whole = build(tmp_path, path=tmp_path / "whole").manifest
    assert repaired.model_dump(exclude={"created"}) == whole.model_dump(exclude={"created"})


def test_another_time_alone_renews_the_record_and_nothing_else(tmp_path, files):
    build(tmp_path)
    before = identities(tmp_path)
    os.utime(files[7], ns=(5, 5))
    _, read, notes = again(tmp_path)
    assert read == [7] and "source files with another size or time, but the same pixels: 1" in notes
    assert identities(tmp_path) == before
    assert again(tmp_path)[1] == []


def test_what_is_gone_or_broken_stays_in_the_dataset(tmp_path, files):
    build(tmp_path)
    before = identities(tmp_path)
    files[0].unlink()
    files[6].write_bytes(b"")
    _, read, notes = again(tmp_path)
    assert read == [6] and identities(tmp_path) == before
    assert "source files missing: 1, no longer readable: 1; the dataset keeps" in notes
    assert f"cannot be read now: {files[0]}: is not there" in notes and notes.notes[-1].endswith("is up to date")
    # Also when another image of its shard changes.
    write_picture(tmp_path, 1, 99)
    assert stored_pictures(again(tmp_path)[0]) == VALUES | {1: 99}
    # And it is read again when it comes back.
    write_picture(tmp_path, 0, 44)
    assert stored_pictures(again(tmp_path)[0]) == VALUES | {0: 44, 1: 99}


def test_all_files_gone(tmp_path, files):
    build(tmp_path)
    before = identities(tmp_path)
    for path in files:
        path.unlink()
    dataset, read, notes = again(tmp_path)
    assert read == [] and identities(tmp_path) == before and stored_pictures(dataset) == VALUES
    assert "the source files are not there; the dataset was not compared with them" in notes
    (tmp_path / "dataset" / FIRST).unlink()
    with pytest.raises(DataError, match=f"{FIRST} is damaged, and there are no source files to make it again; copy"):
        again(tmp_path)
    assert (tmp_path / "dataset" / SECOND).exists()


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"short"), os.unlink])
def test_a_shard_of_another_size_is_written_again(tmp_path, files, damage):
    first, before = build(tmp_path), identities(tmp_path)
    damage(tmp_path / "dataset" / FIRST)
    dataset, read, notes = again(tmp_path)
    assert f"e.g. {FIRST}; they are written again" in notes and read == [0, 1, 2]
    assert dataset.manifest.shards == first.manifest.shards
    dataset.verify()
    after = identities(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {FIRST, "manifest.json", "preview.png"}


def test_a_damaged_shard_whose_files_are_partly_gone(tmp_path, files):
    build(tmp_path)
    files[1].unlink()
    (tmp_path / "dataset" / FIRST).unlink()
    dataset, _, _ = again(tmp_path)
    assert dataset.manifest.unreadable.image_ids == [image_id(1)]
    assert stored_pictures(dataset) == {number: value for number, value in VALUES.items() if number != 1}
    write_picture(tmp_path, 1)
    assert stored_pictures(again(tmp_path)[0]) == VALUES


def test_a_damaged_shard_of_the_right_size_is_not_taken_over(tmp_path, files):
    first = build(tmp_path)
    content = (tmp_path / "dataset" / SECOND).read_bytes()
    (tmp_path / "dataset" / SECOND).write_bytes(b"x" + content[1:])
    write_picture(tmp_path, 0, 9)
    dataset, read, _ = again(tmp_path)
    dataset.verify()
    assert read == [0, 0, 3, 4, 5] and stored_pictures(dataset) == VALUES | {0: 9}
    assert [shard.sha256 for shard in dataset.manifest.shards][1:] == [shard.sha256 for shard in first.manifest.shards][
        1:
    ]


@pytest.mark.parametrize("damage", [os.unlink, lambda path: path.write_text("image,size\n1,2\n")])
def test_without_a_record_one_is_made(tmp_path, files, damage):
    files[2].write_bytes(b"")
    build(tmp_path)
    before = identities(tmp_path)
    (record,) = (tmp_path / "private").glob("*.looks.csv")
    known = record.read_text()
    damage(record)
    os.utime(files[5], (4_000_000_000, 4_000_000_000))
    _, read, notes = again(tmp_path)
    assert read == [2] and identities(tmp_path) == before
    assert "has no record of its source files; one is made now" in notes
    assert "1 files changed after the dataset was made; --restart reads them again" in notes
    now = {row["image"]: row["digest"] for row in rows(record)}
    assert now == {row["image"]: row["digest"] for row in csv.DictReader(known.splitlines())}
    write_picture(tmp_path, 9, 1)
    write_picture(tmp_path, 2)
    dataset, _, notes = again(tmp_path)
    assert stored_pictures(dataset) == VALUES | {9: 1} and "has no record" not in notes


def test_records_of_another_form_are_all_written_again_without_reading_the_files(tmp_path, files):
    build(tmp_path)
    with edited_manifest(tmp_path / "dataset") as values:
        values["medgan_tf_version"] = "0.0.1"
    before = identities(tmp_path)
    write_picture(tmp_path, 11, 8)
    dataset, read, _ = again(tmp_path)
    assert stored_pictures(dataset) == VALUES | {11: 8} and read == [11, 11]
    after = identities(tmp_path)
    assert all(after[name] != before[name] for name in after)


def test_the_private_folder_may_be_read_only(tmp_path, files, monkeypatch):
    build(tmp_path)
    os.utime(files[0], ns=(1, 1))

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("medgan_tf.data.looks.record.write_private_rows", refuse)
    dataset, _, notes = again(tmp_path)
    assert "cannot write the private record" in notes and notes.notes[-1].endswith("is up to date")
    assert Manifest.load(tmp_path / "dataset") == dataset.manifest


def test_files_are_gone_only_if_they_lay_where_the_data_should_be(tmp_path, files):
    source, record = RawPictures(), raw_plan(tmp_path).record
    root = tmp_path / "raw"
    assert not files_are_gone(source, record, root)
    record.write_way_back([("image", "id", str(path), "patient", "raw id") for path in files])
    assert not files_are_gone(source, record, root)
    for path in files:
        path.unlink()
    assert files_are_gone(source, record, root) and files_are_gone(source, record, tmp_path / "nowhere")
    assert not files_are_gone(source, record, tmp_path / "private")
