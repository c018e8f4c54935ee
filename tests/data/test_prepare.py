import csv
import errno
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import bombs
import cv2
import numpy as np
import pytest
import tensorflow as tf
from chexpert_folder import bytes_below, chexpert_experiment, write_chexpert
from flat_images import BAD, DEADLY, FlatImages, FlatImagesInProcesses, SlowImages

import medgan_tf
from medgan_tf.config.schema import Subset
from medgan_tf.data import build
from medgan_tf.data.description import describe
from medgan_tf.data.images import read_grey, to_stored
from medgan_tf.data.prepare import prepare, prepared_dataset
from medgan_tf.data.pseudonyms import load_pseudonyms
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import CHUNK, CHUNKS_IN_FLIGHT, UnreadableFile
from medgan_tf.data.records.encoding import ImageEncoder
from medgan_tf.errors import DataError


class Notes:
    """Progress that remembers."""

    def __init__(self):
        self.notes, self.steps = [], []

    def __call__(self, done, total=None, note=""):
        self.steps.append((done, total))

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def raw(tmp_path):
    return write_chexpert(tmp_path)


def shards(folder):
    return {name: content for name, content in bytes_below(folder).items() if name.endswith(".tfrecord")}


def test_pixels_labels_and_pseudonyms_lead_back_to_the_files(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))
    pseudonyms = load_pseudonyms(tmp_path / "private")
    (table,) = (tmp_path / "private").glob("small-????????.csv")
    back = {row["image"]: row for row in csv.DictReader(table.read_text().splitlines())}
    assert len(back) == 80
    for fold in ("train", "valid", "test"):
        arrays = dataset.read_fold(fold)
        for image, labels, image_id, patient in zip(
            arrays.images, arrays.labels, arrays.image_ids, arrays.patients, strict=True
        ):
            row = back[image_id]
            np.testing.assert_array_equal(image[:, :, 0], to_stored(read_grey(row["path"]), 16))
            assert (row["patient"], patient) == (patient, pseudonyms.patient(row["patient_id"]))
            number = (int(row["patient_id"].removeprefix("patient")) - 64501) % 3
            assert labels.tolist() == [[1, 0], [0, 1], [1, 1]][number]


def test_manifest(tmp_path, raw):
    manifest = prepare(chexpert_experiment(tmp_path)).manifest
    assert sum(manifest.images.values()) == 80 and sum(manifest.patients.values()) == 40
    assert (manifest.kind, manifest.name, manifest.source, manifest.encoding) == ("real", "small", "chexpert", "png")
    assert manifest.source_options == {"csv": "train.csv", "frontal_only": True}
    assert manifest.label_policy["uncertain"] == "positive"
    assert manifest.source_counts["rows in train.csv"] == 80
    assert manifest.rules[-1].rule.startswith("labels that never occur removed")
    assert [item.labels for item in manifest.combinations][0] in (["Edema"], ["Pneumonia"], ["Edema", "Pneumonia"])


def test_nothing_in_the_dataset_folder_identifies_anyone(tmp_path, raw):
    prepare(chexpert_experiment(tmp_path))
    # Without hashes: five of their digits may be any number.
    content = re.sub(rb"[0-9a-f]{16,}", b"", b"".join(bytes_below(tmp_path / "dataset").values()))
    for number in range(40):
        assert f"{64501 + number}".encode() not in content
    for trace in (b"patient6", b"study1", b"frontal.jpg", b"view1", str(tmp_path).encode(), tmp_path.name.encode()):
        assert trace not in content
    key = (tmp_path / "private" / "pseudonym.key").read_text().strip()
    assert key.encode() not in content and bytes.fromhex(key) not in content


def test_same_input_gives_equal_bytes_whatever_the_number_of_workers(tmp_path, raw):
    first = prepare(chexpert_experiment(tmp_path, workers=1))
    second = prepare(chexpert_experiment(tmp_path, workers=3, dataset_dir=str(tmp_path / "second")))
    assert shards(first.path) == shards(second.path)
    assert first.manifest.build_hash == second.manifest.build_hash


def test_folds_are_mixed(tmp_path, raw):
    labels = prepare(chexpert_experiment(tmp_path)).read_fold("train").labels
    changes = (labels[1:] != labels[:-1]).any(axis=1).sum()
    assert changes > len(labels) / 3


def test_an_up_to_date_dataset_is_reused(tmp_path, raw):
    first = prepare(chexpert_experiment(tmp_path))
    before = bytes_below(first.path)
    progress = Notes()
    prepare(chexpert_experiment(tmp_path, workers=1), progress)
    assert progress.notes[-1].endswith("dataset is up to date") and not progress.steps
    assert bytes_below(first.path) == before


def test_a_prepared_dataset_needs_neither_raw_files_nor_secret(tmp_path, raw):
    first = prepare(chexpert_experiment(tmp_path))
    elsewhere = chexpert_experiment(tmp_path, root="nowhere", private_dir=str(tmp_path / "none"))
    assert prepared_dataset(elsewhere).manifest == first.manifest
    assert not (tmp_path / "none").exists()


def test_truncated_and_missing_images_are_named_counted_and_left_out(tmp_path, raw):
    images = sorted(raw.rglob("*.jpg"))
    images[0].write_bytes(images[0].read_bytes()[:-100])
    images[5].unlink()
    progress = Notes()
    dataset = prepare(chexpert_experiment(tmp_path, max_unreadable=0.05), progress)
    manifest = dataset.manifest
    assert manifest.unreadable.count == 2 and sum(manifest.images.values()) == 78
    named = [note for note in progress.notes if note.startswith("unreadable image left out")]
    assert any(str(images[0]) in note and "truncated" in note for note in named) and len(named) == 2
    (table,) = (tmp_path / "private").glob("small-????????.csv")
    paths = {row["image"]: row["path"] for row in csv.DictReader(table.read_text().splitlines())}
    assert {paths[image] for image in manifest.unreadable.image_ids} == {str(images[0]), str(images[5])}
    assert "2 images could not be read and were left out" in describe(dataset)


def test_a_repaired_file_is_read_by_the_same_command(tmp_path, raw):
    (path, *_) = sorted(raw.rglob("*.jpg"))
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    assert prepare(chexpert_experiment(tmp_path, max_unreadable=0.05)).manifest.unreadable.count == 1
    path.write_bytes(content)
    progress = Notes()
    repaired = prepare(chexpert_experiment(tmp_path, max_unreadable=0.05), progress)
    assert f"can be read now: {path}" in progress.notes
    whole = prepare(chexpert_experiment(tmp_path, dataset_dir=str(tmp_path / "whole")))
    assert shards(repaired.path) == shards(whole.path) and repaired.manifest.images == whole.manifest.images
    (table,) = (tmp_path / "private").glob("small-????????.csv")
    (image,) = (row["image"] for row in csv.DictReader(table.read_text().splitlines()) if row["path"] == str(path))
    stored = {
        name: pixels
        for fold in ("train", "valid", "test")
        for arrays in [repaired.read_fold(fold)]
        for name, pixels in zip(arrays.image_ids, arrays.images, strict=True)
    }
    np.testing.assert_array_equal(stored[image][:, :, 0], to_stored(read_grey(path), 16))


def test_archived_raw_files_are_no_reason_to_fail(tmp_path, raw):
    first = prepare(chexpert_experiment(tmp_path))
    raw.rename(tmp_path / "archive")
    progress = Notes()
    assert prepare(chexpert_experiment(tmp_path), progress).manifest == first.manifest
    assert progress.notes[-1].startswith("the raw files are not there (") and "not compared" in progress.notes[-1]
    with pytest.raises(DataError, match="no train.csv found"):
        prepare(chexpert_experiment(tmp_path), restart=True)
    # A table that is there and wrong is something else.
    (tmp_path / "archive").rename(raw)
    (raw / "train.csv").write_text("Path\n")
    with pytest.raises(DataError, match="train.csv"):
        prepare(chexpert_experiment(tmp_path))


def test_sizes_times_and_digests_of_the_raw_files_stay_private(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))
    (record,) = (tmp_path / "private").glob("small-*.looks.csv")
    content = b"".join(bytes_below(dataset.path).values())
    rows = list(csv.DictReader(record.read_text().splitlines()))
    assert len(rows) == 80 and record.stat().st_mode & 0o777 == 0o600
    for row in rows:
        assert row["modified"].encode() not in content and row["digest"].encode() not in content
        assert bytes.fromhex(row["digest"]) not in content


def test_pipes_and_bombs_are_named_and_left_out_too(tmp_path, raw):
    first, second, third = sorted(raw.rglob("*.jpg"))[:3]
    first.unlink()
    os.mkfifo(first)
    second.write_bytes(bombs.scans())
    third.write_bytes(bombs.deflated_tiff())
    progress = Notes()
    dataset = prepare(chexpert_experiment(tmp_path, max_unreadable=0.05), progress)
    assert dataset.manifest.unreadable.count == 3 and sum(dataset.manifest.images.values()) == 77
    named = "\n".join(note for note in progress.notes if note.startswith("unreadable image left out"))
    assert f"{first}: cannot be read: it is a named pipe" in named
    assert f"{second}: has 200" in named and f"{third}: claims 32000 x 32000 pixels" in named


def test_the_limits_of_the_settings_are_those_of_the_readers(tmp_path, raw, monkeypatch):
    plans = []
    monkeypatch.setattr("medgan_tf.data.prepare.build_dataset", lambda source, plan, *rest, **more: plans.append(plan))
    prepare(chexpert_experiment(tmp_path, reader_memory=0.5, seconds_per_file=7.0))
    assert plans[0].limits == Limits(seconds=7.0, memory=2**29)
    (slow, good) = ImageEncoder(SlowImages(), 16, "raw", 1, Limits(seconds=0.3)).stream(["slow", "7"])
    assert slow == UnreadableFile("slow: took longer than 0.3 s (data.seconds_per_file) to read; is the file damaged?")
    assert len(good[1]) == 256


def test_too_many_unreadable_images(tmp_path, raw):
    for image in sorted(raw.rglob("*.jpg"))[:3]:
        image.write_bytes(b"")
    with pytest.raises(DataError, match=r"too many unreadable images: 1 of 80 so far, at most 1.00% .*the last one: /"):
        prepare(chexpert_experiment(tmp_path))
    assert not (tmp_path / "dataset").exists()
    assert prepare(chexpert_experiment(tmp_path, max_unreadable=0.04)).manifest.unreadable.count == 3


def test_oversampled_images_are_numbered_repeats(tmp_path, raw):
    subset = Subset(kind="samples", train_per_combination=40, oversample=True)
    dataset = prepare(chexpert_experiment(tmp_path, subset=subset))
    assert dataset.manifest.images["train"] == 120
    copies = [record.copy for records in dataset.records("train") for record in records]
    fold = dataset.read_fold("train")
    assert max(copies) >= 1 and copies.count(0) == len(set(fold.image_ids))
    assert len({(image, copy) for image, copy in zip(fold.image_ids, copies, strict=True)}) == 120


def test_a_patient_in_two_folds_stops_the_build(tmp_path, raw, monkeypatch):
    original = build.pseudonym_columns

    def confused(folds, pseudonyms):
        images, patients = original(folds, pseudonyms)
        return images, np.full_like(patients, patients[0])

    monkeypatch.setattr("medgan_tf.data.prepare.pseudonym_columns", confused)
    with pytest.raises(DataError, match="patient [0-9a-f]{14} is in both the train and the valid fold"):
        prepare(chexpert_experiment(tmp_path))
    assert not (tmp_path / "dataset").exists()


def test_interrupted_build_goes_on_and_gives_equal_bytes(tmp_path, raw, monkeypatch):
    monkeypatch.setattr(build, "images_per_shard", lambda resolution: 10)
    whole = prepare(chexpert_experiment(tmp_path, dataset_dir=str(tmp_path / "whole")))
    assert len(whole.manifest.shards) > 6
    write, written = tf.io.TFRecordWriter.write, []

    def full(self, record):
        if len(written) == 35:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(record)
        write(self, record)

    with monkeypatch.context() as patch:
        patch.setattr(tf.io.TFRecordWriter, "write", full)
        with pytest.raises(DataError, match="disk full while writing"):
            prepare(chexpert_experiment(tmp_path))
    assert not (tmp_path / "dataset").exists()
    kept = shards(tmp_path / "dataset.partial")
    assert len(kept) == 3
    progress = Notes()
    resumed = prepare(chexpert_experiment(tmp_path), progress)
    assert any("continuing an interrupted build" in note for note in progress.notes)
    assert progress.steps[0][0] == sum(s.images for s in resumed.manifest.shards if s.file in kept) + 1
    assert shards(resumed.path) == shards(whole.path)
    changing = {"created"}
    assert resumed.manifest.model_dump(exclude=changing) == whole.manifest.model_dump(exclude=changing)


SLOW_BUILD = """
    import sys, time
    sys.path.insert(0, sys.argv[2])
    from pathlib import Path
    from chexpert_folder import chexpert_experiment
    from medgan_tf.data import build
    from medgan_tf.data.prepare import prepare
    class Slow:
        def __call__(self, done, total, note=""):
            time.sleep(0.02)
        def note(self, text):
            pass
    build.images_per_shard = lambda resolution: 5
    prepare(chexpert_experiment(Path(sys.argv[1])), Slow())
"""


def test_killed_build_goes_on_and_gives_equal_bytes(tmp_path, raw, monkeypatch):
    monkeypatch.setattr(build, "images_per_shard", lambda resolution: 5)
    whole = prepare(chexpert_experiment(tmp_path, dataset_dir=str(tmp_path / "whole")))
    arguments = [
        sys.executable,
        "-c",
        textwrap.dedent(SLOW_BUILD),
        str(tmp_path),
        str(Path(__file__).parents[1] / "support"),
    ]
    path = os.pathsep.join([str(Path(medgan_tf.__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("dataset.partial/train-*"))) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "dataset").exists()
    assert shards(prepare(chexpert_experiment(tmp_path)).path) == shards(whole.path)


def test_memory_is_bounded_by_the_number_of_workers():
    source = FlatImages()
    stream = ImageEncoder(source, 16, "raw", workers=2).stream(map(str, range(10_000)))
    threads = cv2.getNumThreads()
    for number in range(1000):
        next(stream)
        assert source.read <= number + 1 + 2 * CHUNKS_IN_FLIGHT * CHUNK
    stream.close()
    assert source.read < 1500
    assert cv2.getNumThreads() == threads


def test_encoder_keeps_the_order_and_notes_what_it_cannot_read():
    paths = [str(number) for number in range(100)]
    paths[37] = BAD
    encoded = list(ImageEncoder(FlatImages(), 16, "raw", workers=3).stream(paths))
    assert encoded[37] == UnreadableFile("bad: is truncated")
    assert [item[1] for number, item in enumerate(encoded) if number != 37] == [b"\xff" * 256] * 99
    assert list(ImageEncoder(FlatImages(), 16, "raw").stream([])) == []


def test_worker_processes():
    paths = [str(number) for number in range(20, 60)]
    threads = list(ImageEncoder(FlatImages(), 16, "png", workers=2).stream(paths))
    source = FlatImagesInProcesses()
    assert list(ImageEncoder(source, 16, "png", workers=2).stream(paths)) == threads
    assert source.read == 0
    (died,) = ImageEncoder(source, 16, "png", workers=2).stream([DEADLY])
    assert died == UnreadableFile("deadly: the process that read it died (SIGKILL); is it damaged?")


def test_size_is_at_most_a_tenth_above_png_files(tmp_path):
    write_chexpert(tmp_path, patients=60, height=390, width=320)
    dataset = prepare(chexpert_experiment(tmp_path, resolution=32))
    png = sum(
        len(cv2.imencode(".png", image)[1])
        for fold in ("train", "valid", "test")
        for image in dataset.read_fold(fold).images
    )
    assert sum(len(content) for content in shards(dataset.path).values()) <= 1.1 * png


def test_preview_shows_every_combination(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))
    page = cv2.imread(str(dataset.path / "preview.png"), cv2.IMREAD_GRAYSCALE)
    assert page.shape[0] == 18 + 3 * 34
    for row in range(3):
        assert page[18 + 34 * row : 18 + 34 * row + 16, 250:266].max() == 255


def test_describe(tmp_path, raw):
    text = describe(prepare(chexpert_experiment(tmp_path)))
    assert text.splitlines()[0] == f"small: 80 real images, 16x16, in {tmp_path / 'dataset'}"
    assert "Edema + Pneumonia" in text and "patients split into train, valid and test" in text
    (total,) = [line.split() for line in text.splitlines() if line.startswith("all images")]
    assert sum(map(int, total[2:])) == 80
