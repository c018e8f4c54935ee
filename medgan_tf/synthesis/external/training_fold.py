"""The training fold of a dataset, image by image, and the hash that names it as what a generator was trained on."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.data.records.covariate_bytes import unpack_covariates
from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.covariates import AGE, SEX, UNKNOWN_AGE, VIEW
from medgan_tf.errors import DataError
from medgan_tf.files.result_files import json_text

COVARIATES = (SEX, AGE, VIEW)
_HASH_VERSION = 1


@dataclass(frozen=True)
class TrainingImage:
    """One image of the training fold.

    Attributes:
        image_id: Its pseudonym.
        copy: 0, or the number of the repeat.
        pixels: uint8 [R, R].
        labels: uint8 [L], 0 or 1.
        patient: Pseudonym of the patient.
        sex: F, M, O, or None where it is not known.
        age: Whole years, 90 for all above 89; None where it is not known.
        view: None where it is not known.
    """

    image_id: str
    copy: int
    pixels: np.ndarray
    labels: np.ndarray
    patient: str
    sex: str | None = None
    age: int | None = None
    view: str | None = None

    @property
    def name(self) -> str:
        """The name of its file, without an ending: the pseudonym, and the number of the repeat."""
        return f"{self.image_id}-{self.copy}" if self.copy else self.image_id


class TrainingHash:
    """SHA-256 over label names, and over pseudonym, labels and pixels of every image, in whatever order they come.

    It does not depend on the encoding of a dataset, on its shards or on the form of an export. Covariates are not in
    it: the same images stay the same training set when their source learns the age of a patient.

    Args:
        label_names: The L names, in the order of the label vectors.
    """

    def __init__(self, label_names: Sequence[str]):
        self._names = list(label_names)
        self._lines: list[str] = []

    def add(self, image: TrainingImage) -> None:
        """Adds one image; repeats count."""
        pixels = hashlib.sha256(np.ascontiguousarray(image.pixels).tobytes()).hexdigest()
        self._lines.append(f"{image.image_id} {''.join(map(str, image.labels.tolist()))} {pixels}\n")

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        digest = hashlib.sha256(json_text([_HASH_VERSION, "training fold", self._names]).encode())
        for line in sorted(self._lines):
            digest.update(line.encode())
        return digest.hexdigest()


def training_sha256(dataset: DatasetFolder) -> str:
    """The hash of a dataset's training fold, see `TrainingHash`; reads its images.

    Raises:
        DataError: A shard is missing or damaged.
    """
    found = TrainingHash(dataset.label_names)
    for image in training_images(dataset):
        found.add(image)
    return found.hexdigest()


def training_images(dataset: DatasetFolder) -> Iterator[TrainingImage]:
    """The images of the training fold in the stored order, repeats of over-sampling among them.

    Raises:
        DataError: A shard is missing, or an image in it is damaged.
    """
    manifest = dataset.manifest
    shape = tuple(manifest.image_shape)
    views = manifest.covariates.views if manifest.covariates else []
    for batch in dataset.batches("train"):
        known = None if batch.covariates is None else unpack_covariates(batch.covariates, views)
        for row in range(len(batch)):
            record = batch.record(row)
            try:
                pixels = decode_image(record.payload, shape, manifest.encoding)[..., 0]
            except DataError as error:
                raise DataError(f"{dataset.path}, image {record.image_id}: {error}; prepare it again") from error
            yield TrainingImage(
                record.image_id, record.copy, pixels, record.labels, record.patient or "", *_covariates(known, row)
            )


def _covariates(known, row: int) -> tuple[str | None, int | None, str | None]:
    if known is None:
        return None, None, None
    age = int(known[AGE].iat[row])
    return known[SEX].iat[row] or None, None if age == UNKNOWN_AGE else age, known[VIEW].iat[row] or None
