import numpy as np
import pytest

from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.data.prepare import prepare
from medgan_tf.data.sources.medmnist import source as medmnist
from medgan_tf.data.sources.medmnist.names import LABEL_NAMES
from medgan_tf.data.sources.medmnist.settings import Options
from medgan_tf.data.sources.medmnist.source import MedmnistSource
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.registry import SOURCES

COUNTS = {"train": 5, "val": 2, "test": 3}


def write(path, labels, side=28, colour=False, **changed):
    """A file of MedMNIST's form; `labels` of the 10 images, train, val, test."""
    random = np.random.default_rng(0)
    arrays, start = {}, 0
    for fold, count in COUNTS.items():
        shape = (count, side, side, 3) if colour else (count, side, side)
        arrays[f"{fold}_images"] = random.integers(0, 256, shape).astype(np.uint8)
        arrays[f"{fold}_images"][:, 0, 0] = 255
        arrays[f"{fold}_labels"] = np.array(labels[start : start + count], np.uint8)
        start += count
    arrays |= changed
    np.savez_compressed(path, **{name: array for name, array in arrays.items() if array is not None})
    return arrays


def read(path, **options):
    return MedmnistSource(str(path), Options(**options)).read_table()


def test_registered():
    assert SOURCES.get("medmnist") is MedmnistSource


def test_a_single_label_becomes_one_finding_for_each_class(tmp_path):
    write(tmp_path / "pneumoniamnist_64.npz", [[1], [0], [1], [1], [0], [1], [0], [0], [0], [1]], side=64)
    table = read(tmp_path)
    assert table.findings == ("normal", "pneumonia") and table.no_finding == "normal"
    assert table.frame["pneumonia"].tolist() == [1, 0, 1, 1, 0, 1, 0, 0, 0, 1]
    assert table.frame["normal"].tolist() == [0, 1, 0, 0, 1, 0, 1, 1, 1, 0]
    assert table.folds.tolist() == ["train"] * 5 + ["valid"] * 2 + ["test"] * 3
    assert not table.patients_known and set(table.frame["patient_id"]) == {""}
    assert table.frame["image_id"].tolist()[4:6] == ["train/4", "valid/0"]
    assert list(table.counts.values()) == [5, 2, 3]
    path = table.frame["path"][6]
    assert MedmnistSource(str(tmp_path), Options()).file_of(path) == f"{tmp_path}/pneumoniamnist_64.npz"


def test_several_labels(tmp_path):
    labels = np.zeros((10, 14), int)
    labels[0, [1, 13]] = labels[7, 0] = 1
    write(tmp_path / "chestmnist.npz", labels)
    table = read(tmp_path / "chestmnist.npz")
    assert table.findings == LABEL_NAMES["chestmnist"] and table.no_finding is None
    states = table.frame[list(table.findings)].to_numpy()
    assert states.dtype == np.int8 and states.tolist() == labels.tolist()
    positive = table.frame.loc[0, ["cardiomegaly", "hernia", "atelectasis"]].tolist()
    assert positive == [LabelState.POSITIVE, LabelState.POSITIVE, LabelState.NEGATIVE]


def test_other_data_have_numbered_classes(tmp_path):
    write(tmp_path / "mine.npz", [[2], [0], [1], [1], [0], [1], [0], [0], [0], [1]])
    assert read(tmp_path, file="mine.npz").findings == ("class_0", "class_1", "class_2")
    assert read(tmp_path, flag="octmnist").findings == LABEL_NAMES["octmnist"]
    with pytest.raises(DataError, match="expected labels from 0 to 1. Received: 0 to 2"):
        read(tmp_path, flag="breastmnist")
    with pytest.raises(ConfigError, match="data.options.flag: unknown 'mnist'; known: pathmnist, chestmnist"):
        read(tmp_path, flag="mnist")


@pytest.mark.parametrize("in_memory", [2**30, 0])
def test_pixels(tmp_path, monkeypatch, in_memory):
    monkeypatch.setattr(medmnist, "IN_MEMORY", in_memory)
    monkeypatch.setattr(medmnist, "_BLOCK_BYTES", 2 * 28 * 28)
    arrays = write(tmp_path / "chestmnist.npz", np.zeros((10, 14), int))
    source = MedmnistSource(str(tmp_path), Options())
    frame = source.read_table().frame
    for fold, start, count in (("train", 0, 5), ("val", 5, 2), ("test", 7, 3)):
        for number in range(count):
            image = source.read_image(frame["path"][start + number])
            assert image.dtype == np.uint8 and image.tolist() == arrays[f"{fold}_images"][number].tolist()


def test_colour_becomes_luminance(tmp_path):
    """ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B."""
    arrays = write(tmp_path / "bloodmnist.npz", [[0]] * 10, colour=True)
    source = MedmnistSource(str(tmp_path), Options())
    image = source.read_image(source.read_table().frame["path"][9])
    expected = arrays["test_images"][2] @ np.array([0.299, 0.587, 0.114])
    assert image.shape == (28, 28) and np.abs(image - expected).max() <= 0.51


VOLUMES = np.random.default_rng(0).integers(0, 9, (2, 28, 28, 28)).astype(np.uint8)


@pytest.mark.parametrize("changed, words", [
    ({"val_images": None}, "is no MedMNIST file: it has no array val_images; found: train_images"),
    ({"val_images": np.zeros((3, 28, 28), np.uint8)}, "3 images and 2 labels in the fold valid"),
    ({"val_images": np.zeros((2, 28, 28), np.float32)}, "expected uint8 images .* Received: float32"),
    ({"val_images": VOLUMES}, "volumes of MedMNIST3D"),
    ({"val_labels": np.zeros(2, np.uint8)}, r"expected integers \[N, 1\] or \[N, L\]. Received: uint8 \[2\]"),
    ({"val_labels": np.array([[0], [2]], np.uint8)}, "expected labels from 0 to 1. Received: 0 to 2"),
])  # fmt: skip
def test_files_of_another_form(tmp_path, changed, words):
    write(tmp_path / "pneumoniamnist.npz", [[0]] * 10, **changed)
    with pytest.raises(DataError, match=words):
        read(tmp_path)


def test_where_the_file_is(tmp_path):
    with pytest.raises(DataError, match="no .npz file in .* obtained, without registration, from https://medmnist.com"):
        read(tmp_path)
    for name in ("chestmnist.npz", "chestmnist_64.npz"):
        write(tmp_path / name, np.zeros((10, 14), int))
    with pytest.raises(DataError, match=r"has 2 .npz files \(chestmnist.npz, chestmnist_64.npz\); choose one with"):
        read(tmp_path)
    with pytest.raises(DataError, match="no file .*chestmnist_128.npz .data.options.file."):
        read(tmp_path, file="chestmnist_128.npz")


def test_a_full_disk_is_named_before_it_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(medmnist, "IN_MEMORY", 0)
    monkeypatch.setattr(medmnist.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 5 * 28 * 28 - 1}))
    write(tmp_path / "chestmnist.npz", np.zeros((10, 14), int))
    source = MedmnistSource(str(tmp_path), Options())
    path = source.read_table().frame["path"][0]
    with pytest.raises(DataError, match="where less is free; name another folder .* TMPDIR"):
        source.read_image(path)


def test_prepared_in_its_own_folds_without_patients(tmp_path):
    arrays = write(tmp_path / "pneumoniamnist.npz", [[1], [0], [1], [1], [0], [1], [0], [0], [0], [1]], side=16)
    data = DataConfig(
        source="medmnist",
        root=str(tmp_path / "pneumoniamnist.npz"),
        dataset_dir=str(tmp_path / "dataset"),
        private_dir=str(tmp_path / "private"),
        resolution=16,
        min_count=0,
    )
    dataset = prepare(Experiment(name="small", data=data))
    assert dataset.manifest.images == {"train": 5, "valid": 2, "test": 3} and dataset.manifest.patients is None
    assert dataset.label_names == ("normal", "pneumonia")
    for fold, theirs in (("train", "train"), ("valid", "val"), ("test", "test")):
        stored = dataset.read_fold(fold)
        found = {image.tobytes(): int(label[1]) for image, label in zip(stored.images, stored.labels, strict=True)}
        given = zip(arrays[f"{theirs}_images"], arrays[f"{theirs}_labels"], strict=True)
        # Every image has a white pixel, so it is stored as it is.
        assert found == {image.tobytes(): int(label[0]) for image, label in given}
        assert set(stored.patients) == {""}
    assert prepare(Experiment(name="small", data=data)).manifest.build_hash == dataset.manifest.build_hash
