import shutil

import cv2
import numpy as np
import pytest
import tensorflow as tf
from chexpert_folder import chexpert_experiment, write_chexpert
from edited_manifest import edited_manifest

from medgan_tf.data.prepare import prepare
from medgan_tf.data.records.check import check_written
from medgan_tf.data.records.example import Record, encode_record
from medgan_tf.data.records.image_coding import decode_image, encode_image
from medgan_tf.data.records.reader import DatasetFolder, check_framing
from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of

TRAIN = "train-00000-of-00001.tfrecord"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    write_chexpert(folder)
    prepare(chexpert_experiment(folder))
    return folder / "dataset"


@pytest.fixture
def dataset(prepared, tmp_path):
    return DatasetFolder(shutil.copytree(prepared, tmp_path / "dataset"))


def rewrite(dataset, serialized):
    """Puts other records into the train shard, with a manifest that knows its size and hash."""
    path = dataset.path / TRAIN
    with tf.io.TFRecordWriter(str(path)) as stream:
        for record in serialized:
            stream.write(record)
    with edited_manifest(dataset.path) as values:
        shard = next(shard for shard in values["shards"] if shard["file"] == TRAIN)
        shard.update(bytes=path.stat().st_size, sha256=sha256_of(path))
    return DatasetFolder(dataset.path)


def serialized_records(dataset, fold="train", **changes):
    return [
        encode_record(Record(**{**record.__dict__, **changes})) for batch in dataset.records(fold) for record in batch
    ]


def test_arrays(dataset):
    fold = dataset.read_fold("train")
    count = dataset.manifest.images["train"]
    assert fold.images.shape == (count, 16, 16, 1) and fold.images.dtype == np.uint8
    assert fold.images.max(axis=(1, 2, 3)).tolist() == [255] * count
    assert fold.labels.shape == (count, 2) and fold.labels.dtype == np.float32
    assert dataset.label_names == ("Edema", "Pneumonia") and dataset.resolution == 16
    assert len(set(fold.image_ids)) == count
    assert len(set(fold.patients)) == count // 2 == dataset.manifest.patients["train"]


def test_stream_and_arrays_agree(dataset):
    fold = dataset.read_fold("valid")
    stream = dataset.as_tf_dataset("valid")
    assert int(stream.cardinality()) == len(fold.images)
    images, labels = zip(*stream, strict=True)
    np.testing.assert_array_equal(np.stack(images), fold.images)
    np.testing.assert_array_equal(np.stack(labels), fold.labels)
    np.testing.assert_array_equal(dataset.read_labels("valid"), fold.labels)


def test_unknown_fold(dataset):
    with pytest.raises(DataError, match="expected a fold among train, valid, test. Received: 'dev'"):
        dataset.read_fold("dev")


def test_changed_byte_is_found_by_hash_and_by_checksum(dataset):
    path = dataset.path / TRAIN
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for action in (dataset.verify, lambda: dataset.read_fold("train")):
        with pytest.raises(DataError, match=f"{TRAIN} is not the file the manifest describes: expected SHA-256"):
            action()
    dataset.verify("test")
    with pytest.raises(DataError, match=f"{TRAIN} is damaged") as error:
        dataset.read_fold("train", verify=False)
    assert "\n" not in str(error.value)


def test_cut_off_and_missing_shard(dataset):
    path = dataset.path / TRAIN
    size = path.stat().st_size
    with open(path, "r+b") as stream:
        stream.truncate(size - 5)
    with pytest.raises(DataError, match=f"expected {size} bytes, found {size - 5}"):
        dataset.read_fold("train")
    for read in (lambda: dataset.read_fold("train", verify=False), lambda: dataset.as_tf_dataset("train")):
        with pytest.raises(
            DataError, match=f"expected {size} bytes, found {size - 5}; copy or prepare the dataset again"
        ):
            read()
    with pytest.raises(DataError, match=f"expected {size} bytes"):
        dataset.read_labels("train")
    with pytest.raises(DataError, match="is damaged: record .* does not end where the file does"):
        check_framing(path)
    path.unlink()
    with pytest.raises(DataError, match=f"{TRAIN} is missing; copy or prepare"):
        dataset.verify()


def test_length_that_leads_out_of_the_file_is_not_allocated(tmp_path):
    path = tmp_path / TRAIN
    path.write_bytes((2**62).to_bytes(8, "little") + b"\0" * 24)
    with pytest.raises(DataError, match="record 1 does not end where the file does"):
        check_framing(path)
    path.write_bytes(b"")
    assert check_framing(path) == 0


def test_number_of_records_differs(dataset):
    changed = rewrite(dataset, serialized_records(dataset)[1:])
    with pytest.raises(DataError, match=r"should hold \d+ records but holds \d+"):
        changed.read_fold("train")


def test_more_pixels_than_the_shards_can_hold(dataset):
    with edited_manifest(dataset.path) as values:
        values["image_shape"] = [4096, 4096, 1]
    with pytest.raises(DataError, match=r"images of shape \[4096, 4096, 1\] cannot come from"):
        DatasetFolder(dataset.path).read_fold("train")


def test_image_of_another_shape(dataset):
    changed = rewrite(dataset, serialized_records(dataset, payload=encode_image(np.zeros((16, 17), np.uint8), "png")))
    with pytest.raises(DataError, match=f"{TRAIN}, record 0: expected a PNG image of 16x16 pixels. Received: 17x16"):
        changed.read_fold("train")


def damaged_record(kind, record):
    """A record of the kind that is named, in place of `record`."""
    example = tf.train.Example.FromString(record)
    image, meta = (example.features.feature[key].bytes_list.value for key in ("i", "m"))
    if kind == "random bytes":
        return np.random.default_rng(1).bytes(len(record))
    if kind == "empty":
        return b""
    if kind == "numbers":
        example.features.feature["i"].int64_list.value.append(7)
    elif kind == "two images":
        image.append(image[0])
    elif kind == "no labels":
        del example.features.feature["m"]
    elif kind == "short labels":
        meta[0] = meta[0][:-1]
    elif kind == "damaged pixels":
        image[0] = image[0][:24] + bytes(len(image[0]) - 24)
    elif kind == "cut pixels":
        image[0] = image[0][:40]
    else:
        image[0] = b""
    return example.SerializeToString()


KINDS = ["random bytes", "empty", "numbers", "two images", "no labels", "short labels", "damaged pixels", "cut pixels",
         "no pixels"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_record_with_the_right_hash_is_named(dataset, kind, capfd):
    """Every reader names the shard and the record, in one line."""
    records = serialized_records(dataset)
    changed = rewrite(dataset, [*records[:3], damaged_record(kind, records[3]), *records[4:]])
    changed.verify()
    readers = [lambda: changed.read_fold("train")]
    if "pixels" not in kind:
        readers += [lambda: changed.read_labels("train"), lambda: list(changed.records("train"))]
    for read in readers:
        with pytest.raises(DataError, match=rf"{TRAIN}, record 3\b.*copy or prepare the dataset again") as caught:
            read()
        assert "\n" not in str(caught.value)
    with pytest.raises((tf.errors.OpError, UnicodeDecodeError)):
        list(changed.as_tf_dataset("train"))


def test_wrong_bits_of_labels_are_noticed_by_every_reader(dataset):
    records = [Record(**record.__dict__) for batch in dataset.records("train") for record in batch]
    changed = rewrite(dataset, [encode_record(Record(**{**one.__dict__, "labels": 1 - one.labels})) for one in records])
    for read in (changed.read_fold, changed.read_labels):
        with pytest.raises(DataError, match="the labels of the train fold are not those its manifest counts"):
            read("train")


def test_foreign_records(dataset):
    changed = rewrite(dataset, [tf.train.Example().SerializeToString()] * dataset.manifest.images["train"])
    with pytest.raises(DataError, match=f"{TRAIN}, record 0 does not hold an image with labels"):
        changed.read_fold("train")


def test_check_finds_a_patient_in_two_folds(dataset):
    stranger = next(dataset.records("test"))[0].patient
    changed = rewrite(dataset, serialized_records(dataset, patient=stranger))
    with pytest.raises(DataError, match=f"patient {stranger} is in both the train and the test fold"):
        check_written(changed)


def test_check_finds_an_image_written_twice(dataset):
    records = serialized_records(dataset)
    with pytest.raises(DataError, match="was written twice"):
        check_written(rewrite(dataset, [records[0], *records[:-1]]))


def test_check_finds_other_labels_and_patients(dataset):
    other_labels = serialized_records(dataset, labels=np.array([1, 0], np.uint8))
    other_patients = serialized_records(dataset, patient="0" * 14)
    with pytest.raises(DataError, match="labels that were written are not those of the plan"):
        check_written(rewrite(dataset, other_labels))
    with pytest.raises(DataError, match="patients were written, the plan has"):
        check_written(rewrite(dataset, other_patients))


def test_codec():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 1), np.uint8)
    for encoding in ("png", "raw"):
        np.testing.assert_array_equal(decode_image(encode_image(image, encoding), (32, 32, 1), encoding), image)
    with pytest.raises(DataError, match=r"1024 bytes, not the 256 of its shape \[16, 16, 1\]"):
        decode_image(image.tobytes(), (16, 16, 1), "raw")
    with pytest.raises(DataError, match="Received: 0x0 or no PNG"):
        decode_image(b"", (32, 32, 1), "png")
    with pytest.raises(DataError, match="a stored PNG image: is truncated"):
        decode_image(encode_image(image, "png")[:60], (32, 32, 1), "png")
    with pytest.raises(TypeError, match="images must be uint8"):
        encode_image(image.astype(np.float32), "png")


def test_png_is_as_small_as_opencv_makes_it():
    random = np.random.default_rng(0)
    image = cv2.GaussianBlur(random.integers(0, 256, (64, 64), np.uint8), (9, 9), 0)
    assert len(encode_image(image, "png")) <= len(cv2.imencode(".png", image)[1])


def test_labels_that_the_manifest_does_not_count_are_refused(dataset):
    with edited_manifest(dataset.path) as manifest:
        manifest["combinations"][0]["train"] += 1
        manifest["combinations"][1]["train"] -= 1
    with pytest.raises(DataError, match="labels of the train fold are not those its manifest counts"):
        DatasetFolder(dataset.path).read_fold("train")
