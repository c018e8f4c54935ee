"""A synthetic dataset: a table of labels, and a generator's pictures for them."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.images import to_uint8
from medgan_tf.data.preview import preview_png
from medgan_tf.data.records.check import check_written, combination_counts
from medgan_tf.data.records.covariate_bytes import count_groups, covariate_groups, pack_covariates, views_of
from medgan_tf.data.records.covariate_counts import covariate_counts
from medgan_tf.data.records.example import Record, encode_record
from medgan_tf.data.records.image_coding import encode_image
from medgan_tf.data.records.manifest import FOLDS, Covariates, Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.synthesis import Rejection, Synthesis
from medgan_tf.data.records.writer import FolderWriter, images_per_shard, plan_shards
from medgan_tf.errors import DataError
from medgan_tf.files.result_files import json_text
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.synthesis.labels import LabelTable
from medgan_tf.synthesis.load import Generator
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png
from medgan_tf.synthesis.marks.readme import readme_text


def generate_dataset(
    generator: Generator,
    table: LabelTable,
    path: str | Path,
    config: GenerateConfig,
    *,
    seed: int,
    name: str,
    run: str,
    rejection: Rejection | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> DatasetFolder:
    """Writes a synthetic dataset folder, atomically; an interrupted one is continued.

    Args:
        generator: The trained generator.
        table: The labels, by fold.
        path: The dataset folder.
        config: Batch and encoding.
        seed: Seed of the noise. Image i of a fold depends on the seed, the fold and i, but not on the batch.
        name: Name of the dataset in its manifest.
        run: Name of the run in its manifest.
        rejection: What its manifest says of images that were rejected; the others are in `table.images`.
        replace: Whether an existing dataset that differs is replaced once the new one is complete.
        progress: Shows how far the work is.

    Returns:
        The dataset folder. An existing one is returned unchanged if it is the one that would be made.

    Raises:
        DataError: The generator knows other labels or conditions, another dataset is in the way, or the disk is full.
    """
    if table.names != generator.label_names:
        raise DataError(
            f"{generator.path} was trained with the labels {', '.join(generator.label_names)}; "
            f"the dataset has {', '.join(table.names)}"
        )
    if table.conditions != generator.conditions:
        raise DataError(
            f"{generator.path} was trained with the conditions {', '.join(generator.conditions.names) or '(none)'}; "
            f"the table of labels has {', '.join(table.conditions.names) or '(none)'}"
        )
    progress, path = progress or Silent(), Path(path)
    sha256, privacy = generator.sha256(), _privacy(generator, table)
    content = _content_hash(sha256, seed, table, config.encoding, privacy)
    if (path / "manifest.json").exists():
        existing = DatasetFolder(path)
        # Version 0.1 knew a generator by its files.
        known = (content, _content_hash(generator.file_sha256(), seed, table, config.encoding, privacy))
        if existing.manifest.build_hash in known and existing.label_names == table.names:
            progress.note(f"{path} is up to date")
            return existing
    images = {fold: len(table.folds.get(fold, ())) for fold in FOLDS}
    shards = plan_shards(images, images_per_shard(generator.resolution))
    total, done = sum(images.values()), 0
    with FolderWriter(path, content, replace) as writer:
        for file, fold, start, end in shards:
            if file not in writer.finished:
                records = _records(generator, table, fold, range(start, end), config, seed, sha256)
                writer.write_shard(file, fold, _counted(records, progress, done, total))
            done += end - start
        about = {"run": run, "generator_sha256": sha256, "seed": seed, "labels": table.origin, "rejection": rejection}
        origin = Synthesis(**about, **privacy)
        writer.save_manifest(_manifest(name, table, generator.resolution, config.encoding, writer, origin))
        written = DatasetFolder(writer.partial)
        check_written(written)
        _add_for_people(writer, written, Marks(sha256, config.licence))
        writer.publish()
    return DatasetFolder(path)


def _add_for_people(writer: FolderWriter, written: DatasetFolder, marks: Marks) -> None:
    """Preview and README, both of which say that the images are synthetic."""
    writer.write_preview(marked_png(preview_png(written), marks))
    writer.write_readme(readme_text("tfrecord", marks, written.manifest.images, written.label_names))


def _manifest(
    name: str, table: LabelTable, resolution: int, encoding: str, writer: FolderWriter, origin: Synthesis
) -> Manifest:
    images = {fold: len(table.folds.get(fold, ())) for fold in FOLDS}
    labels = np.concatenate([table.folds[fold] for fold in FOLDS if images[fold]])
    folds = np.repeat(np.array(FOLDS, dtype=object), [images[fold] for fold in FOLDS])
    shards = plan_shards(images, images_per_shard(resolution))
    return Manifest(
        kind="synthetic",
        name=name,
        label_names=list(table.names),
        combinations=combination_counts(labels.astype(np.uint8), table.names, folds),
        images=images,
        image_shape=[resolution, resolution, 1],
        encoding=encoding,
        shards=[writer.finished[file].shard for file, *_ in shards],
        build_hash=writer.build_hash,
        covariates=_covariates(table, labels, folds),
        synthesis=origin,
    )


def _privacy(generator: Generator, table: LabelTable) -> dict[str, Any]:
    """What a manifest says of the generator's guarantee; nothing for a generator without one."""
    if generator.guarantee is None:
        return {}
    return {"guarantee": generator.guarantee.as_json(), "covers_labels": table.from_card}


def _covariates(table: LabelTable, labels: np.ndarray, folds: np.ndarray) -> Covariates | None:
    """What the manifest says of the covariates of all images; None for a generator without conditions."""
    if not table.conditions.columns:
        return None
    about = _all_covariates(table)
    return Covariates(
        views=views_of(about),
        counts=count_groups(covariate_groups(about), folds),
        positives=covariate_counts(labels, table.names, folds, about),
    )


def _all_covariates(table: LabelTable) -> pd.DataFrame:
    """The covariates of all images, in the order of folds."""
    return pd.concat([table.covariates[fold] for fold in FOLDS if fold in table.covariates], ignore_index=True)


def _packed(table: LabelTable, fold: str, rows: slice) -> list[bytes]:
    """The bytes that records keep of the covariates of some images; empty for a generator without conditions."""
    if not table.conditions.columns:
        return [b""] * len(table.folds[fold][rows])
    about = table.covariates[fold].iloc[rows]
    return [row.tobytes() for row in pack_covariates(about, views_of(_all_covariates(table)))]


def _content_hash(generator_sha256: str, seed: int, table: LabelTable, encoding: str, privacy: dict[str, Any]) -> str:
    digest = hashlib.sha256(f"{generator_sha256} {seed} {encoding}".encode())
    if privacy:
        digest.update(json_text(privacy).encode())
    for fold in FOLDS:
        labels = table.folds.get(fold, np.zeros((0, len(table.names)), np.float32))
        digest.update(fold.encode() + np.packbits(labels.astype(bool), axis=1).tobytes())
        if fold in table.attempts:
            digest.update(b" attempts " + table.attempts[fold].astype("<i8").tobytes())
        if fold in table.covariates:
            digest.update(f" covariates {table.conditions.names} ".encode())
            digest.update(b"".join(_packed(table, fold, slice(None))))
    if table.conditions.columns:
        digest.update(f" views {views_of(_all_covariates(table))}".encode())
    return digest.hexdigest()


def _records(generator, table, fold, rows: range, config, seed, sha256) -> Iterator[tuple[str, bytes]]:
    for start in range(rows.start, rows.stop, config.batch):
        end = min(start + config.batch, rows.stop)
        labels = table.folds[fold][start:end]
        if fold in table.images:
            pixels = table.images[fold][start:end]
        else:
            attempts = table.attempts.get(fold)
            attempts = None if attempts is None else attempts[start:end]
            noise = latents(seed, fold, range(start, end), generator.latent_size, attempts)
            pixels = to_uint8(generator.generate(noise, table.vectors(fold, slice(start, end))))
        about = _packed(table, fold, slice(start, end))
        for row, image, label, covariates in zip(range(start, end), pixels, labels, about, strict=True):
            image_id = hashlib.sha256(f"{sha256} {seed} {fold} {row}".encode()).hexdigest()[:14]
            payload = encode_image(image, config.encoding)
            record = Record(payload, label.astype(np.uint8), image_id, patient=None, covariates=covariates)
            yield image_id, encode_record(record)


def latents(
    seed: int, fold: str, rows: Sequence[int] | np.ndarray, size: int, attempts: np.ndarray | None = None
) -> np.ndarray:
    """Noise of some images of a fold, float32 [N, size]; a function of each image's number and attempt.

    Args:
        seed: Seed of the noise.
        fold: The fold.
        rows: Numbers of the images.
        size: Z, length of the noise.
        attempts: int [N], which draw of the noise; None: the first.
    """
    attempts = np.zeros(len(rows), np.int64) if attempts is None else attempts
    noise = np.empty((len(rows), size), np.float32)
    for place, (row, attempt) in enumerate(zip(rows, attempts, strict=True)):
        again = f" again {attempt}" if attempt else ""
        stream = zlib.crc32(f"latents {fold}{again}".encode())
        bits = np.random.Philox(key=[(seed << 32) + stream, int(row)])
        noise[place] = np.random.Generator(bits).standard_normal(size, np.float32)
    return noise


def _counted(records: Iterator, progress: Progress, done: int, total: int) -> Iterator:
    for record in records:
        yield record
        done += 1
        progress(done, total)
