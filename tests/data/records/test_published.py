import numpy as np
import pytest
import tensorflow as tf
from chexpert_folder import bytes_below, chexpert_experiment

from medgan_tf.config.schema import Subset
from medgan_tf.data.prepare import prepare
from medgan_tf.data.records.published import find_published_folds, read_published_fold
from medgan_tf.errors import ConfigError, DataError

NAMES = ("Edema", "Pneumonia")


def write_records(path, images):
    with tf.io.TFRecordWriter(str(path)) as stream:
        for image in images:
            example = tf.train.Example()
            example.features.feature["shape"].int64_list.value.extend([1, *image.shape])
            example.features.feature["data"].bytes_list.value.append(image.tobytes())
            stream.write(example.SerializeToString())


def write_published(root, counts=(("train", 9), ("valid", 4), ("test", 5)), with_csv=True, side=32):
    """What the published code leaves behind: two resolutions, labels, and a CSV per fold."""
    random, content = np.random.default_rng(0), {}
    for fold, count in counts:
        folder = root / f"chest_{fold}"
        folder.mkdir(parents=True)
        images = random.integers(0, 256, (count, side, side), np.uint8)
        images[:, 0, 0] = 255
        labels = np.eye(2, dtype=np.float32)[np.arange(count) % 2]
        write_records(folder / f"chest_{fold}-r05.tfrecords", images)
        write_records(folder / f"chest_{fold}-r04.tfrecords", images[:, ::2, ::2])
        with open(folder / f"chest_{fold}-rxx.labels", "wb") as stream:
            np.save(stream, labels)
        if with_csv:
            patients = [f"patient{len(content)}{number // 2:04d}" for number in range(count)]
            rows = [
                f"{number},c/{fold}/{patient}/{number}.jpg,{label[0]},{label[1]}"
                for number, (patient, label) in enumerate(zip(patients, labels, strict=True))
            ]
            (folder / f"{fold}.csv").write_text("\n".join([f",Path,{','.join(NAMES)}", *rows]) + "\n")
        content[fold] = images, labels
    return content


def published_experiment(tmp_path, **data):
    return chexpert_experiment(tmp_path, source="published", root=str(tmp_path / "raw"), resolution=32, **data)


def test_folds_pixels_and_labels_stay_as_published(tmp_path):
    content = write_published(tmp_path / "raw")
    dataset = prepare(published_experiment(tmp_path))
    assert dataset.label_names == NAMES
    assert dataset.manifest.images == {"train": 9, "valid": 4, "test": 5}
    assert dataset.manifest.patients == {"train": 5, "valid": 2, "test": 3}
    assert dataset.manifest.source_counts["records in the train folder"] == 9
    for fold, (images, labels) in content.items():
        read = dataset.read_fold(fold)
        np.testing.assert_array_equal(read.images[:, :, :, 0], images)
        np.testing.assert_array_equal(read.labels, labels)
    stored = b"".join(bytes_below(dataset.path).values())
    assert b"patient" not in stored.replace(b'"patients', b"").replace(b"patients_", b"")
    assert b".jpg" not in stored


def test_without_a_csv_patients_and_names_are_unknown(tmp_path):
    write_published(tmp_path / "raw", with_csv=False)
    dataset = prepare(published_experiment(tmp_path, options={"label_names": ["A", "B"]}))
    assert dataset.label_names == ("A", "B") and dataset.manifest.patients is None
    assert set(dataset.read_fold("train").patients) == {""}
    with pytest.raises(ConfigError, match=r"data.options.label_names: expected 2 names. Received: 1"):
        prepare(published_experiment(tmp_path, dataset_dir=str(tmp_path / "b"), options={"label_names": ["A"]}))


def test_a_smaller_resolution_can_be_asked(tmp_path):
    write_published(tmp_path / "raw")
    assert prepare(published_experiment(tmp_path)).manifest.image_shape == [32, 32, 1]
    experiment = chexpert_experiment(
        tmp_path, source="published", root=str(tmp_path / "raw"), resolution=16, dataset_dir=str(tmp_path / "small")
    )
    assert prepare(experiment).manifest.image_shape == [16, 16, 1]


def test_rules_do_not_apply(tmp_path):
    write_published(tmp_path / "raw")
    for data in ({"subset": Subset(kind="classes", combinations=2)}, {"findings": ("Edema",)}):
        with pytest.raises(ConfigError, match="data.subset and data.findings do not apply to the source published"):
            prepare(published_experiment(tmp_path, **data))


def test_finding_the_folds(tmp_path):
    with pytest.raises(DataError, match="no folder .*raw"):
        find_published_folds(tmp_path / "raw")
    (tmp_path / "raw" / "train").mkdir(parents=True)
    with pytest.raises(DataError, match="expected a folder named train .* with \\*-rNN.tfrecords"):
        find_published_folds(tmp_path / "raw")
    write_published(tmp_path / "raw", [("train", 2), ("val", 2)])
    assert {fold: path.name for fold, path in find_published_folds(tmp_path / "raw").items()} == {
        "train": "chest_train",
        "valid": "chest_val",
    }
    write_published(tmp_path / "raw" / "x", [("train", 2)])
    (tmp_path / "raw" / "x" / "chest_train").rename(tmp_path / "raw" / "copy-train")
    with pytest.raises(DataError, match="both chest_train and copy-train look like the train fold"):
        find_published_folds(tmp_path / "raw")


@pytest.fixture
def folder(tmp_path):
    write_published(tmp_path, [("train", 4)])
    return tmp_path / "chest_train"


def refused(folder):
    with pytest.raises(DataError) as error:
        read_published_fold(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def save_labels(folder, labels):
    with open(folder / "chest_train-rxx.labels", "wb") as stream:
        np.save(stream, labels, allow_pickle=True)


def test_largest_resolution_is_taken(folder):
    fold = read_published_fold(folder)
    assert fold.records.name == "chest_train-r05.tfrecords"
    assert fold.positions.shape == (4, 2) and fold.positions[0, 0] == 12


def test_labels_that_are_none(folder):
    save_labels(folder, np.zeros((3, 2), np.float32))
    assert "holds 4 images but its labels file has 3 rows" in refused(folder)
    save_labels(folder, np.zeros(4, np.float32))
    assert "expected labels float32 [N, L]. Received: float32 [4]" in refused(folder)
    save_labels(folder, np.full((4, 2), 0.5, np.float32))
    assert "expected labels 0 and 1. Received: values from 0.5 to 0.5" in refused(folder)
    save_labels(folder, np.array([{"a": 1}], object))
    assert "is not a NumPy file of labels" in refused(folder)
    (folder / "chest_train-rxx.labels").write_bytes(b"no numpy")
    assert "is not a NumPy file of labels" in refused(folder)
    (folder / "chest_train-rxx.labels").unlink()
    assert "expected one file *-rxx.labels. Received: none" in refused(folder)


def test_labels_that_promise_more_than_the_file_holds(folder):
    header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 2), np.float32))
    with open(folder / "chest_train-rxx.labels", "wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {**header, "shape": (10**12, 2)})
        stream.write(b"\0" * 64)
    assert "is not a NumPy file of labels" in refused(folder)


def test_damaged_records(folder):
    path = folder / "chest_train-r05.tfrecords"
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    assert "is damaged: a record's checksum does not fit its content" in refused(folder)
    path.write_bytes(content[:-7])
    assert "is damaged: record 4 does not end where the file does" in refused(folder)
    path.write_bytes(b"")
    assert "holds no images" in refused(folder)


def test_csv_that_does_not_fit(folder):
    path = folder / "train.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]))
    assert "lists 3 images but the labels file has 4 rows" in refused(folder)
    path.write_text("\n".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert "row 2 has other labels than the labels file" in refused(folder)
    path.write_text("\n".join(lines).replace("Path", "File"))
    assert "expected a column Path. Received: , File, Edema, Pneumonia" in refused(folder)
    path.write_text("Path,Edema\n" + "a,1\n" * 4)
    assert "expected Path and 2 label columns. Received: Path, Edema" in refused(folder)
    (folder / "second.csv").write_text("")
    assert "expected one file *.csv. Received: ['second.csv', 'train.csv']" in refused(folder)


def test_image_whose_size_differs_is_unreadable(tmp_path):
    write_published(tmp_path / "raw")
    write_records(tmp_path / "raw" / "chest_test" / "chest_test-r05.tfrecords", np.zeros((5, 16, 16), np.uint8))
    with pytest.raises(DataError, match=r"expected an image of 32x32 pixels. Received: \[16, 16\]"):
        prepare(published_experiment(tmp_path))


def test_folders_with_other_labels(tmp_path):
    write_published(tmp_path / "raw")
    path = tmp_path / "raw" / "chest_test" / "test.csv"
    path.write_text(path.read_text().replace("Edema", "Oedema"))
    with pytest.raises(DataError, match="chest_test has other labels than .*chest_train"):
        prepare(published_experiment(tmp_path))


def test_one_image_in_two_folders(tmp_path):
    write_published(tmp_path / "raw")
    path = tmp_path / "raw" / "chest_test" / "test.csv"
    train = (tmp_path / "raw" / "chest_train" / "train.csv").read_text().splitlines()
    path.write_text("\n".join([train[0], *train[1:6]]) + "\n")
    with pytest.raises(DataError, match="image c/train/.* is there twice"):
        prepare(published_experiment(tmp_path))
