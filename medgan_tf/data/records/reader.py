"""Reading dataset folders, real and synthetic alike, as arrays or as a `tf.data` stream."""

import mmap
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from medgan_tf.cores import usable_cores
from medgan_tf.data.records.covariate_bytes import COVARIATE_BYTES, unpack_covariates
from medgan_tf.data.records.example import Record, RecordBatch, decode_records, decode_tensors
from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.manifest import FOLDS, Manifest, Shard
from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of

_BATCH = 1024
_FRAME_BYTES = 16
# DEFLATE (RFC 1951) cannot make more than 1,032 bytes out of one.
_LARGEST_EXPANSION = 1100


@dataclass(frozen=True)
class FoldArrays:
    """One fold in memory.

    Attributes:
        images: uint8 [N, R, R, 1], 0 to 255.
        labels: float32 [N, L], 0 or 1.
        image_ids: str [N], image pseudonyms.
        patients: str [N], patient pseudonyms; "" where there is none (synthetic images).
    """

    images: np.ndarray
    labels: np.ndarray
    image_ids: np.ndarray
    patients: np.ndarray


class DatasetFolder:
    """A prepared dataset.

    Args:
        path: The folder with `manifest.json`. Raises `DataError` if there is none or it is malformed.

    Example:
        >>> fold = DatasetFolder("datasets/quickstart").read_fold("train")
        >>> fold.images.shape, fold.labels.shape
        ((4000, 32, 32, 1), (4000, 10))
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.manifest = Manifest.load(path)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The L label names, in the order of the label vectors."""
        return tuple(self.manifest.label_names)

    @property
    def resolution(self) -> int:
        """Side of the images, pixels."""
        return self.manifest.image_shape[0]

    def shards(self, fold: str | None = None) -> list[Shard]:
        """The shards of a fold, or of all. Raises `DataError` for an unknown fold."""
        if fold is not None and fold not in FOLDS:
            raise DataError(f"expected a fold among {', '.join(FOLDS)}. Received: {fold!r}")
        return [shard for shard in self.manifest.shards if fold in (None, shard.fold)]

    def verify(self, fold: str | None = None) -> None:
        """Compares every shard with its SHA-256 in the manifest. Raises `DataError` naming the first that differs."""
        shards = self.shards(fold)
        for shard in shards:
            self._check_size(shard)
        with ThreadPoolExecutor(usable_cores()) as pool:
            digests = pool.map(sha256_of, (self.path / shard.file for shard in shards))
            for shard, digest in zip(shards, digests, strict=True):
                if digest != shard.sha256:
                    raise DataError(
                        f"{self.path / shard.file} is not the file the manifest describes: expected SHA-256 "
                        f"{shard.sha256[:12]}..., found {digest[:12]}...; copy the dataset again or prepare it with "
                        "--restart"
                    )

    def _check_size(self, shard: Shard) -> None:
        path = self.path / shard.file
        if not path.is_file():
            raise DataError(f"{path} is missing; copy or prepare the dataset again")
        size = path.stat().st_size
        if size != shard.bytes:
            raise DataError(
                f"{path} is not the file the manifest describes: expected {shard.bytes} bytes, found {size}; copy or "
                "prepare the dataset again"
            )

    def read_fold(self, fold: str, verify: bool = True) -> FoldArrays:
        """One fold as arrays, in the stored order.

        Args:
            fold: train, valid or test.
            verify: Check the SHA-256 of its shards first.

        Raises:
            DataError: A shard is missing, damaged or contradicts the manifest, or the fold does not fit into memory.
        """
        if verify:
            self.verify(fold)
        manifest, shards = self.manifest, self.shards(fold)
        shape, count = tuple(manifest.image_shape), manifest.images[fold]
        pixels, stored = count * int(np.prod(shape)), sum(shard.bytes for shard in shards)
        if pixels > stored * _LARGEST_EXPANSION:
            raise DataError(
                f"{self.path}: {count} images of shape {list(shape)} cannot come from {stored} bytes of shards"
            )
        try:
            images = np.empty((count, *shape), np.uint8)
        except MemoryError as error:
            raise DataError(f"{self.path}: the {fold} fold needs {pixels / 2**30:.1f} GiB of memory") from error
        batches, start = [], 0

        def decode(row: int, number: int, payload: bytes) -> None:
            try:
                images[row] = decode_image(payload, shape, manifest.encoding)
            except DataError as error:
                raise DataError(f"record {number}: {error}") from error

        with ThreadPoolExecutor(usable_cores()) as pool:
            for shard in shards:
                before = start
                for batch in self.shard_batches(shard):
                    rows = range(start, start + len(batch))
                    numbers = range(start - before, start - before + len(batch))
                    self._collect(shard, pool.map(decode, rows, numbers, batch.payloads))
                    start += len(batch)
                    batches.append(replace(batch, payloads=np.empty(0, object)))
        labels = _joined([batch.labels for batch in batches], (0, len(manifest.label_names)))
        self._check_combinations(fold, labels)
        return FoldArrays(
            images=images,
            labels=labels.astype(np.float32),
            image_ids=_joined([batch.image_ids for batch in batches], (0,)).astype("U14"),
            patients=_joined([batch.patients for batch in batches], (0,)).astype("U14"),
        )

    def _check_combinations(self, fold: str, labels: np.ndarray) -> None:
        """Raises `DataError` unless the labels are those that the manifest counts, so that names and vectors agree."""
        vectors, counts = np.unique(labels.astype(np.uint8), axis=0, return_counts=True)
        found = {tuple(vector): count for vector, count in zip(vectors.tolist(), counts.tolist(), strict=True)}
        stated = {tuple(item.vector): getattr(item, fold) for item in self.manifest.combinations if getattr(item, fold)}
        if found != stated:
            raise DataError(
                f"{self.path}: the labels of the {fold} fold are not those its manifest counts; copy or prepare the "
                "dataset again"
            )

    def _collect(self, shard: Shard, results: Iterator[None]) -> None:
        try:
            for _ in results:
                pass
        except DataError as error:
            raise DataError(f"{self.path / shard.file}, {error}; copy or prepare the dataset again") from error

    def read_labels(self, fold: str) -> np.ndarray:
        """The labels of a fold, float32 [N, L], in the stored order, without decoding its images.

        Raises:
            DataError: A shard is missing, damaged or contradicts the manifest.
        """
        labels = _joined([batch.labels for batch in self.batches(fold)], (0, len(self.manifest.label_names)))
        self._check_combinations(fold, labels)
        return labels.astype(np.float32)

    def read_covariates(self, fold: str) -> pd.DataFrame | None:
        """Sex, age and view of a fold's images in the stored order; None for a dataset without them.

        Returns:
            Columns `sex` (F, M, O or ""), `age` (int16: whole years, 90 for above 89, -1 unknown) and `view` (str).

        Raises:
            DataError: A shard is missing or damaged, or its covariates contradict the manifest.
        """
        stored = self.manifest.covariates
        if stored is None:
            return None
        parts = [batch.covariates for batch in self.batches(fold)]
        if any(part is None for part in parts):
            raise DataError(f"{self.path}: records of the {fold} fold lack sex, age and view; prepare it again")
        packed = np.concatenate([np.zeros((0, COVARIATE_BYTES), np.uint8), *parts])
        try:
            return unpack_covariates(packed, stored.views)
        except DataError as error:
            raise DataError(f"{self.path}, {fold} fold: {error}") from error

    def batches(self, fold: str) -> Iterator[RecordBatch]:
        """The records of a fold as arrays, images still encoded. Raises `DataError` naming a bad shard."""
        for shard in self.shards(fold):
            yield from self.shard_batches(shard)

    def payloads(self, file: str) -> dict[str, bytes]:
        """The encoded images of one shard, by image pseudonym. Raises `DataError` when it is damaged."""
        (shard,) = (shard for shard in self.manifest.shards if shard.file == file)
        batches = self.shard_batches(shard)
        return {image: payload for one in batches for image, payload in zip(one.image_ids, one.payloads, strict=True)}

    def records(self, fold: str) -> Iterator[list[Record]]:
        """As `batches`, as lists of single records."""
        for batch in self.batches(fold):
            yield [batch.record(row) for row in range(len(batch))]

    def shard_batches(self, shard: Shard) -> Iterator[RecordBatch]:
        """As `batches`, of one shard."""
        path, first = self.path / shard.file, 0
        self._check_size(shard)
        check_framing(path, shard.images)
        try:
            for serialized in tf.data.TFRecordDataset(str(path)).batch(_BATCH):
                batch = decode_records(serialized, len(self.manifest.label_names), first)
                first += len(batch)
                yield batch
        except tf.errors.OpError as error:
            reason = _one_line(error.message)
            raise DataError(f"{path} is damaged: {reason}; copy or prepare the dataset again") from error
        except DataError as error:
            raise DataError(f"{path}, {error}; copy or prepare the dataset again") from error

    def as_tf_dataset(self, fold: str, deterministic: bool = True) -> tf.data.Dataset:
        """A stream of (uint8 [R, R, 1], float32 [L]) for sets that do not fit into memory; one pass, not shuffled.

        Args:
            fold: train, valid or test.
            deterministic: Whether the order is the same in every pass; False reads faster.
        """
        manifest, shards = self.manifest, self.shards(fold)
        for shard in shards:
            self._check_size(shard)
        shape, label_count, encoding = tuple(manifest.image_shape), len(manifest.label_names), manifest.encoding
        files = tf.data.Dataset.from_tensor_slices([str(self.path / shard.file) for shard in shards])
        records = files.interleave(
            tf.data.TFRecordDataset,
            cycle_length=min(4, max(1, len(shards))),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=deterministic,
        )
        images = records.map(
            lambda record: decode_tensors(record, label_count, shape, encoding),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=deterministic,
        )
        return images.apply(tf.data.experimental.assert_cardinality(manifest.images[fold]))


def check_framing(path: str | Path, images: int | None = None) -> int:
    """Walks through the lengths of a TFRecord file, so that nothing is allocated that the file does not hold.

    Args:
        path: The file.
        images: Expected number of records.

    Returns:
        The number of records.

    Raises:
        DataError: A length leads out of the file, or the number differs.
    """
    path = Path(path)
    size, position, count = path.stat().st_size, 0, 0
    with open(path, "rb") as stream:
        view = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        while position + _FRAME_BYTES <= size:
            position += struct.unpack_from("<Q", view, position)[0] + _FRAME_BYTES
            count += 1
        if size:
            view.close()
    if position != size:
        raise DataError(f"{path} is damaged: record {count} does not end where the file does; copy or prepare it again")
    if images is not None and count != images:
        raise DataError(f"{path} should hold {images} records but holds {count}; copy or prepare it again")
    return count


def _joined(parts: list[np.ndarray], empty: tuple[int, ...]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(empty)


def _one_line(message: str) -> str:
    return message.split("\n")[0].split(" [Op:")[0].strip()
