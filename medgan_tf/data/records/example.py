"""One image as one `tf.train.Example`: the only file that names Example keys.

At 32x32 a grey image is about 700 bytes as PNG, so what accompanies it is packed: two features with one-letter keys.

- ``i``: the image, PNG or raw bytes (row by row), as `encoding` in the manifest says. Its shape is the manifest's.
- ``m``: labels, one bit each, first label in the highest bit, padded to whole bytes; then 7 bytes of image pseudonym;
  then, for real images, 7 bytes of patient pseudonym; then, for repeats made by over-sampling, the number of the
  repeat (2 bytes, big-endian).
- ``c``, only where the source says something of them: sex, age and view, see `covariate_bytes`.

In plain TensorFlow: ``tf.io.parse_single_example(record, {"i": tf.io.FixedLenFeature([], tf.string), ...})``.
Real and synthetic images have the same format. Integrity is the shard's SHA-256 in the manifest.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from medgan_tf.data.pseudonyms import PSEUDONYM_BYTES
from medgan_tf.data.records.covariate_bytes import COVARIATE_BYTES
from medgan_tf.errors import DataError

_IMAGE_KEY = "i"
_META_KEY = "m"
_COVARIATES_KEY = "c"
_FEATURES = {key: tf.io.FixedLenFeature([], tf.string) for key in (_IMAGE_KEY, _META_KEY)}
_ALL_FEATURES = _FEATURES | {_COVARIATES_KEY: tf.io.FixedLenFeature([], tf.string, default_value=b"")}
_SHIFTS = np.arange(7, -1, -1, dtype=np.uint8)
MAX_COPIES = 2**16
# TensorFlow puts the bytes of the record into the text of its error, which then may not be one.
_NO_EXAMPLE = (tf.errors.InvalidArgumentError, UnicodeDecodeError)


@dataclass(frozen=True)
class Record:
    """One stored image.

    Attributes:
        payload: The image as PNG or raw bytes.
        labels: uint8 [L], 0 or 1.
        image_id: Image pseudonym, 14 hexadecimal digits.
        patient: Patient pseudonym, or None for synthetic images.
        copy: 0, or the number of the repeat.
        covariates: Sex, age and view, 3 bytes; none where the source says nothing of them.
    """

    payload: bytes
    labels: np.ndarray
    image_id: str
    patient: str | None
    copy: int = 0
    covariates: bytes = b""


def encode_record(record: Record) -> bytes:
    """Serialises one record; equal records give equal bytes."""
    meta = np.packbits(record.labels.astype(bool)).tobytes() + _pseudonym_bytes(record.image_id)
    if record.patient is not None:
        meta += _pseudonym_bytes(record.patient)
    if record.copy:
        if record.patient is None or not 0 < record.copy < MAX_COPIES:
            raise ValueError(f"only real images have repeats, 1 to {MAX_COPIES - 1}. Received: copy={record.copy}")
        meta += record.copy.to_bytes(2, "big")
    if len(record.covariates) not in (0, COVARIATE_BYTES):
        raise ValueError(f"covariates have {COVARIATE_BYTES} bytes. Received: {len(record.covariates)}")
    example = tf.train.Example()
    example.features.feature[_IMAGE_KEY].bytes_list.value.append(record.payload)
    example.features.feature[_META_KEY].bytes_list.value.append(meta)
    if record.covariates:
        example.features.feature[_COVARIATES_KEY].bytes_list.value.append(record.covariates)
    return example.SerializeToString(deterministic=True)


def _pseudonym_bytes(text: str) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != PSEUDONYM_BYTES:
        raise ValueError(f"a pseudonym has {2 * PSEUDONYM_BYTES} hexadecimal digits. Received: {text!r}")
    return data


@dataclass(frozen=True)
class RecordBatch:
    """Several records as arrays.

    Attributes:
        payloads: object [N], the images as PNG or raw bytes.
        labels: uint8 [N, L], 0 or 1.
        image_ids: str [N], image pseudonyms.
        patients: str [N], patient pseudonyms; "" where there is none.
        copies: int64 [N].
        covariates: uint8 [N, 3], see `covariate_bytes`; None where the records have none.
    """

    payloads: np.ndarray
    labels: np.ndarray
    image_ids: np.ndarray
    patients: np.ndarray
    copies: np.ndarray
    covariates: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.payloads)

    def record(self, row: int) -> Record:
        """One of the records."""
        patient = str(self.patients[row]) or None
        covariates = b"" if self.covariates is None else self.covariates[row].tobytes()
        image_id, copy = str(self.image_ids[row]), int(self.copies[row])
        return Record(self.payloads[row], self.labels[row], image_id, patient, copy, covariates)


def decode_records(serialized: list[bytes] | tf.Tensor, label_count: int, first: int = 0) -> RecordBatch:
    """Many records at once.

    Args:
        serialized: The records.
        label_count: Labels of each.
        first: Number of the first one in its file, for messages.

    Raises:
        DataError: One is not in the format above. The message says which.
    """
    try:
        features = tf.io.parse_example(serialized, _ALL_FEATURES)
    except _NO_EXAMPLE as error:
        number = first + _first_bad(serialized)
        raise DataError(f"record {number} does not hold an image with labels as medgan-tf writes them") from error
    metas = features[_META_KEY].numpy()
    label_bytes = -(-label_count // 8)
    image_end = label_bytes + PSEUDONYM_BYTES
    patient_end = image_end + PSEUDONYM_BYTES
    lengths = np.fromiter(map(len, metas), np.int64, len(metas))
    odd = ~np.isin(lengths, (image_end, patient_end, patient_end + 2))
    if odd.any():
        received = lengths[odd.argmax()]
        number = first + int(odd.argmax())
        raise DataError(f"record {number} does not fit {label_count} labels: {received} bytes of labels and pseudonyms")
    table = np.zeros((len(metas), patient_end + 2), np.uint8)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        table[rows, :length] = np.frombuffer(b"".join(metas[rows]), np.uint8).reshape(len(rows), length)
    return RecordBatch(
        payloads=features[_IMAGE_KEY].numpy(),
        labels=np.unpackbits(table[:, :label_bytes], axis=1, count=label_count),
        image_ids=_hexadecimal(table[:, label_bytes:image_end]),
        patients=np.where(lengths > image_end, _hexadecimal(table[:, image_end:patient_end]), ""),
        copies=table[:, patient_end:] @ np.array([256, 1]),
        covariates=_covariates(features[_COVARIATES_KEY].numpy(), first),
    )


def _covariates(texts: np.ndarray, first: int) -> np.ndarray | None:
    """uint8 [N, 3], or None if no record has any. Raises `DataError` if only some have, or another length."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    if not lengths.any():
        return None
    odd = lengths != COVARIATE_BYTES
    if odd.any():
        number = first + int(odd.argmax())
        raise DataError(f"record {number} has {lengths[odd.argmax()]} bytes of covariates, not {COVARIATE_BYTES}")
    return np.frombuffer(b"".join(texts), np.uint8).reshape(len(texts), COVARIATE_BYTES)


def _first_bad(serialized: list[bytes] | tf.Tensor) -> int:
    """Position of the first record that cannot be parsed."""
    for position, record in enumerate(serialized):
        try:
            tf.io.parse_single_example(record, _FEATURES)
        except _NO_EXAMPLE:
            return position
    return 0


def _hexadecimal(columns: np.ndarray) -> np.ndarray:
    """Bytes uint8 [N, B] to strings [N] of 2 B digits."""
    digits = 2 * columns.shape[1]
    return np.frombuffer(columns.tobytes().hex().encode(), f"S{digits}").astype(f"U{digits}")


def decode_tensors(
    serialized: tf.Tensor, label_count: int, image_shape: tuple[int, int, int], encoding: str
) -> tuple[tf.Tensor, tf.Tensor]:
    """One serialised record inside a `tf.data` graph.

    Returns:
        uint8 image [R, R, 1] and float32 labels [L]. A record of another form or shape stops the graph with an
        `InvalidArgumentError`, or with a `UnicodeDecodeError` where TensorFlow quotes bytes of it.
    """
    features = tf.io.parse_single_example(serialized, _FEATURES)
    payload, meta = features[_IMAGE_KEY], features[_META_KEY]
    if encoding == "png":
        # Checked before decoding, which allocates what the header says (PNG 1.2, 11.2.2 IHDR: width, height).
        size = np.array([image_shape[1], image_shape[0]], ">u4").tobytes()
        check = tf.debugging.Assert(tf.equal(tf.strings.substr(payload, 16, 8), size), ["image of another shape"])
        with tf.control_dependencies([check]):
            image = tf.io.decode_png(payload, channels=image_shape[2])
    else:
        image = tf.io.decode_raw(payload, tf.uint8)
    image = tf.reshape(image, image_shape)
    start = -(-label_count // 8) + PSEUDONYM_BYTES
    lengths = tf.constant([start, start + PSEUDONYM_BYTES, start + PSEUDONYM_BYTES + 2])
    fits = tf.debugging.Assert(tf.reduce_any(tf.equal(tf.strings.length(meta), lengths)), ["other labels"])
    with tf.control_dependencies([fits]):
        meta = tf.identity(meta)
    label_bytes = tf.io.decode_raw(tf.strings.substr(meta, 0, -(-label_count // 8)), tf.uint8)
    bits = tf.bitwise.bitwise_and(tf.bitwise.right_shift(label_bytes[:, None], _SHIFTS), np.uint8(1))
    labels = tf.cast(tf.reshape(bits, [-1])[:label_count], tf.float32)
    return image, tf.ensure_shape(labels, [label_count])


def decode_published(serialized: bytes) -> np.ndarray:
    """A record of the published code: `shape` (int64 [1, H, W]) and `data` (uint8 pixels).

    Returns:
        uint8 image [H, W]. Raises `DataError` when the sizes contradict each other.
    """
    try:
        feature = tf.train.Example.FromString(serialized).features.feature
    except DecodeError as error:
        raise DataError("a record is not a tf.train.Example") from error
    shape = list(feature["shape"].int64_list.value)
    data = b"".join(feature["data"].bytes_list.value)
    if len(shape) != 3 or shape[0] != 1 or min(shape) < 1 or shape[1] * shape[2] != len(data):
        raise DataError(f"expected one grey image, shape [1, H, W]. Received: shape={shape} with {len(data)} bytes")
    return np.frombuffer(data, np.uint8).reshape(shape[1:])
