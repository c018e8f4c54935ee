"""Images of a dataset in the making: those of one grey level, those that cannot be read, and a build that goes on."""

import csv

import numpy as np
import pytest
from raw_pictures import COUNT, Notes, RawPictures, image_id, raw_plan, stored_pictures, write_picture, write_pictures

from medgan_tf.data.build import build_dataset
from medgan_tf.data.description import describe
from medgan_tf.errors import DataError

VALUES = {number: 10 * number for number in range(COUNT)}


@pytest.fixture
def files(tmp_path):
    return write_pictures(tmp_path)


def build(folder, **values):
    source, notes = RawPictures(), Notes()
    return build_dataset(source, raw_plan(folder, **values), notes), source.read, notes


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_images_of_one_grey_level_are_counted_and_named(tmp_path, files):
    files[2].write_bytes(bytes(256))
    write_picture(tmp_path, 7, 255)
    dataset, _, notes = build(tmp_path)
    constant = dataset.manifest.constant
    assert (constant.count, constant.image_ids, constant.kept) == (2, [image_id(2), image_id(7)], True)
    assert f"image of one grey level: {files[2]}" in notes and f"image of one grey level: {files[7]}" in notes
    assert "2 images of one grey level, kept (data.policy.constant: drop leaves them out)" in notes
    listed = tmp_path / "private" / "raw-00000000.constant.csv"
    assert rows(listed) == [{"image": image_id(n), "path": str(files[n])} for n in (2, 7)]
    assert "2 images have one grey level only, and were kept" in describe(dataset)
    assert sum(dataset.manifest.images.values()) == COUNT
    assert dataset.read_fold("train").images[2].max() == 0


def test_images_of_one_grey_level_can_be_left_out(tmp_path, files):
    files[2].write_bytes(bytes(256))
    dataset, _, notes = build(tmp_path, drop_constant=True)
    assert stored_pictures(dataset) == {number: value for number, value in VALUES.items() if number != 2}
    assert dataset.manifest.constant.kept is False and dataset.manifest.unreadable.count == 0
    assert dataset.manifest.images == {"train": 5, "valid": 3, "test": 3}
    assert "1 images of one grey level, left out" in notes
    assert "1 images have one grey level only, and were left out" in describe(dataset)


def test_an_ordinary_dataset_says_nothing_of_them(tmp_path, files):
    dataset, _, notes = build(tmp_path)
    assert dataset.manifest.constant is None and '"constant"' not in dataset.manifest.to_json()
    assert not any("grey level" in note for note in notes.notes) and not list((tmp_path / "private").glob("*constant*"))


def test_at_most_ten_are_named(tmp_path, files):
    for path in files:
        path.write_bytes(bytes(256))
    _, _, notes = build(tmp_path)
    assert sum(note.startswith("image of one grey level") for note in notes.notes) == 10
    assert len(rows(tmp_path / "private" / "raw-00000000.constant.csv")) == COUNT


def test_no_image_is_left(tmp_path, files):
    for path in files[:5]:
        path.write_bytes(b"")
    for path in files[5:]:
        path.write_bytes(bytes(256))
    with pytest.raises(DataError, match="no image is left: 5 cannot be read, 7 have one grey level"):
        build(tmp_path, drop_constant=True)


def test_all_unreadable_images_are_listed_when_the_build_stops(tmp_path, files):
    for path in files[:8]:
        path.write_bytes(b"short")
    with pytest.raises(DataError, match="too many unreadable images: 7 of 12 .*raw-00000000.unreadable.csv lists all"):
        build(tmp_path)
    found = rows(tmp_path / "private" / "raw-00000000.unreadable.csv")
    assert [row["path"] for row in found] == [str(path) for path in files[:7]]
    assert found[0]["reason"] == f"{files[0]}: is truncated"


def test_a_build_that_stopped_goes_on_with_the_repaired_files(tmp_path, files):
    for path in files[:8]:
        path.write_bytes(b"short")
    with pytest.raises(DataError, match="too many"):
        build(tmp_path)
    write_pictures(tmp_path)
    dataset, read, notes = build(tmp_path)
    assert stored_pictures(dataset) == VALUES and dataset.manifest.unreadable.count == 0
    assert not (tmp_path / "private" / "raw-00000000.unreadable.csv").exists()


class StopsAfter(Notes):
    """Progress that ends the build after some images, as an interruption would."""

    def __init__(self, last):
        super().__init__()
        self.last = last

    def __call__(self, done, total=None, note=""):
        if done == self.last:
            raise KeyboardInterrupt


def test_an_interrupted_build_reads_again_what_changed_meanwhile(tmp_path, files):
    files[1].write_bytes(b"")
    with pytest.raises(KeyboardInterrupt):
        build_dataset(RawPictures(), raw_plan(tmp_path), StopsAfter(7))
    assert sorted(path.name[:11] for path in (tmp_path / "dataset.partial").glob("*.tfrecord")) == [
        "train-00000",
        "train-00001",
    ]
    write_picture(tmp_path, 4, 1)
    dataset, read, notes = build(tmp_path)
    assert stored_pictures(dataset) == {n: 1 if n == 4 else value for n, value in VALUES.items() if n != 1}
    # Image 1 is tried again, image 4 compared; its shard, and those that are missing, are read.
    assert read == [1, 4, 3, 4, 5, *range(6, 12)]
    assert "continuing an interrupted build: 3 of 12 images are already there" in notes
    assert rows(tmp_path / "private" / "raw-00000000.unreadable.csv")[0]["path"] == str(files[1])
    (record,) = (tmp_path / "private").glob("*.looks.csv")
    assert {row["image"] for row in rows(record)} == {image_id(n) for n in range(COUNT) if n != 1}


def test_repeats_of_an_image_are_one_image(tmp_path, files):
    plan = raw_plan(tmp_path)
    frame = plan.folds.frame.copy()
    frame.loc[5, ["path", "image_id", "patient_id", "copy"]] = [*frame.loc[0, ["path", "image_id", "patient_id"]], 1]
    names = np.array([image_id(0 if number == 5 else number) for number in range(COUNT)])
    folds = type(plan.folds)(frame, plan.folds.labels, plan.folds.label_names, ())
    files[0].write_bytes(bytes(256))
    dataset, _, notes = build(tmp_path, folds=folds, image_ids=names, patients=names)
    assert dataset.manifest.constant.count == 1 and "1 images of one grey level" in notes
    assert dataset.manifest.images["train"] == 6
