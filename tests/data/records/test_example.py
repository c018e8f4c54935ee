import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.data.records.example import Record, decode_published, decode_records, decode_tensors, encode_record
from medgan_tf.data.records.image_coding import encode_image
from medgan_tf.errors import DataError

LABELS = np.array([1, 0, 0, 0, 0, 0, 1, 0, 0, 1], np.uint8)
REAL = Record(b"pixels", LABELS, "00112233445566", "ffeeddccbbaa99")


def test_bytes_of_a_record_are_as_documented():
    features = tf.train.Example.FromString(encode_record(REAL)).features.feature
    assert sorted(features) == ["i", "m"]
    assert features["i"].bytes_list.value[0] == b"pixels"
    assert features["m"].bytes_list.value[0].hex() == "8240" + "00112233445566" + "ffeeddccbbaa99"


@pytest.mark.parametrize(
    "record",
    [
        REAL,
        Record(b"", np.zeros(10, np.uint8), "0" * 14, None),
        Record(b"x" * 5000, np.ones(10, np.uint8), "f" * 14, "a" * 14, copy=65535),
    ],
)
def test_round_trip(record):
    read = decode_records([encode_record(record)], 10).record(0)
    assert (read.payload, read.image_id, read.patient, read.copy) == (
        record.payload,
        record.image_id,
        record.patient,
        record.copy,
    )
    np.testing.assert_array_equal(read.labels, record.labels)


def test_what_accompanies_a_32x32_image_is_small():
    record = Record(b"p" * 700, np.ones(14, np.uint8), "0" * 14, "1" * 14)
    framing = 16
    assert len(encode_record(record)) + framing - 700 <= 61


def test_equal_records_give_equal_bytes():
    assert encode_record(REAL) == encode_record(Record(b"pixels", LABELS.copy(), "00112233445566", "ffeeddccbbaa99"))


def test_what_cannot_be_stored():
    with pytest.raises(ValueError, match="14 hexadecimal digits. Received: '0011'"):
        encode_record(Record(b"", LABELS, "0011", None))
    with pytest.raises(ValueError, match="only real images have repeats, 1 to 65535. Received: copy=65536"):
        encode_record(Record(b"", LABELS, "0" * 14, "0" * 14, copy=65536))
    with pytest.raises(ValueError, match="only real images have repeats"):
        encode_record(Record(b"", LABELS, "0" * 14, None, copy=1))


def test_records_of_others_are_refused():
    with pytest.raises(DataError, match="does not hold an image with labels as medgan-tf writes them"):
        decode_records([tf.train.Example().SerializeToString()], 10)
    with pytest.raises(DataError, match="does not fit 20 labels: 16 bytes of labels and pseudonyms"):
        decode_records([encode_record(REAL)], 20)


@pytest.mark.parametrize("encoding", ["png", "raw"])
def test_decoding_in_a_graph(encoding):
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    serialized = encode_record(Record(encode_image(image, encoding), LABELS, "0" * 14, "1" * 14))
    decode = tf.function(lambda record: decode_tensors(record, 10, (16, 16, 1), encoding))
    decoded, labels = decode(serialized)
    assert decoded.shape == (16, 16, 1) and decoded.dtype == tf.uint8
    assert labels.shape == (10,) and labels.dtype == tf.float32
    np.testing.assert_array_equal(decoded[:, :, 0], image)
    np.testing.assert_array_equal(labels, LABELS)


def test_graph_refuses_an_image_of_another_shape_before_decoding_it():
    payload = encode_image(np.zeros((32, 16), np.uint8), "png")
    serialized = encode_record(Record(payload, LABELS, "0" * 14, None))
    with pytest.raises(tf.errors.InvalidArgumentError, match="image of another shape"):
        decode_tensors(serialized, 10, (16, 16, 1), "png")


def published(shape, data):
    example = tf.train.Example()
    example.features.feature["shape"].int64_list.value.extend(shape)
    example.features.feature["data"].bytes_list.value.append(data)
    return example.SerializeToString()


def test_published_record():
    np.testing.assert_array_equal(decode_published(published([1, 2, 3], bytes(range(6)))), [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize(
    ("shape", "data"), [([1, 2, 3], b"12345"), ([3, 2, 1], b"123456"), ([2, 3], b"123456"), ([1, -2, -3], b"123456")]
)
def test_published_record_whose_sizes_contradict(shape, data):
    with pytest.raises(DataError, match=f"expected one grey image.*with {len(data)} bytes"):
        decode_published(published(shape, data))


def test_published_record_that_is_none():
    with pytest.raises(DataError, match="not a tf.train.Example"):
        decode_published(b"\xff\xff\xff")


def test_records_of_different_length_in_one_batch():
    records = [
        Record(b"a", LABELS, "0" * 14, None),
        Record(b"bb", LABELS[::-1], "1" * 14, "2" * 14, copy=300),
        Record(b"c", LABELS, "3" * 14, "4" * 14),
    ]
    batch = decode_records([encode_record(record) for record in records], 10)
    assert batch.payloads.tolist() == [b"a", b"bb", b"c"]
    assert batch.image_ids.tolist() == ["0" * 14, "1" * 14, "3" * 14]
    assert batch.patients.tolist() == ["", "2" * 14, "4" * 14]
    assert batch.copies.tolist() == [0, 300, 0]
    np.testing.assert_array_equal(batch.labels, [LABELS, LABELS[::-1], LABELS])


def test_covariates_are_a_third_feature_and_only_where_they_are():
    record = Record(b"pixels", LABELS, "00112233445566", "ffeeddccbbaa99", covariates=b"F\x32\x01")
    features = tf.train.Example.FromString(encode_record(record)).features.feature
    assert features["c"].bytes_list.value[0] == b"F\x32\x01"
    batch = decode_records([encode_record(record)] * 2, 10)
    np.testing.assert_array_equal(batch.covariates, [[70, 50, 1], [70, 50, 1]])
    assert batch.record(1).covariates == b"F\x32\x01"
    assert decode_records([encode_record(REAL)], 10).covariates is None
    image, labels = decode_tensors(
        encode_record(Record(b"\1\2\3\4", LABELS, "0" * 14, "0" * 14, covariates=b"M\0\0")), 10, (2, 2, 1), "raw"
    )
    assert image.numpy().ravel().tolist() == [1, 2, 3, 4] and labels.numpy().tolist() == LABELS.tolist()


def test_covariates_of_some_records_only_are_damage():
    some = encode_record(Record(b"", LABELS, "0" * 14, "0" * 14, covariates=b"M\0\0"))
    with pytest.raises(DataError, match="record 8 has 0 bytes of covariates, not 3"):
        decode_records([some, encode_record(REAL)], 10, first=7)
    with pytest.raises(ValueError, match="covariates have 3 bytes. Received: 2"):
        encode_record(Record(b"", LABELS, "0" * 14, "0" * 14, covariates=b"M\0"))
