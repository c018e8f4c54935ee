"""Images from elsewhere to a synthetic dataset folder like that of our own generators."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from medgan_tf.data.preview import preview_png
from medgan_tf.data.records.check import check_written, combination_counts
from medgan_tf.data.records.covariate_bytes import count_groups, covariate_groups, pack_covariates, views_of
from medgan_tf.data.records.covariate_counts import covariate_counts
from medgan_tf.data.records.example import Record, encode_record
from medgan_tf.data.records.manifest import FOLDS, Covariates, Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.synthesis import ExternalOrigin, Synthesis
from medgan_tf.data.records.writer import FolderWriter, images_per_shard, plan_shards
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.synthesis.external.arrangement import Arrangement, arranged
from medgan_tf.synthesis.external.listing import Listing
from medgan_tf.synthesis.external.places import one_set
from medgan_tf.synthesis.external.settings import ExternalConfig
from medgan_tf.synthesis.external.spool import Spool


@dataclass(frozen=True)
class Import:
    """What is imported, and for whom.

    Attributes:
        config: The section `external`.
        real: The prepared dataset of real images: its labels, side and ratio of folds are the measure.
        seed: The seed of the run.
        name, run: Names of dataset and run in the manifest.
        encoding: Form of the images in the TFRecords.
        notes: Sentences on what the generator was trained on.
    """

    config: ExternalConfig
    real: DatasetFolder
    seed: int
    name: str
    run: str
    encoding: str = "png"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What the checks of an import found.

    Attributes:
        accepted: Names of checks that found the images wrong, and that the user accepted.
        checks: All findings, as JSON values.
    """

    accepted: tuple[str, ...] = ()
    checks: tuple[dict, ...] = ()


Judge = Callable[[Spool, Arrangement], Judged]
"""Looks at images that were read and arranged. Raises `DataError` for a set that must not be imported."""


def import_images(
    what: Import, listing: Listing, path: Path, judge: Judge, replace: bool = False, progress: Progress | None = None
) -> DatasetFolder:
    """Writes the synthetic dataset folder of a listing, atomically.

    Args:
        what: The experiment's part.
        listing: The images.
        path: The dataset folder.
        judge: The checks.
        replace: Whether an existing dataset that differs is replaced once the new one is complete.
        progress: Shows how many images are read.

    Returns:
        The dataset folder. An existing one is returned unchanged if it is the one that would be made.

    Raises:
        DataError: An image or a label does not fit the real dataset, a check finds the images wrong, another dataset
            is in the way, or the disk is full.
    """
    progress, path = progress or Silent(), Path(path)
    with Spool(path.parent, what.real.resolution, what.encoding) as spool:
        spool.fill(listing, progress)
        found = arranged(
            listing, [one.sha256 for one in spool.images], what.real.label_names, what.real.manifest.images
        )
        origin = _origin(what, found, judge(spool, found))
        build_hash = _build_hash(what, found, origin)
        if (path / "manifest.json").exists():
            existing = DatasetFolder(path)
            if existing.manifest.build_hash == build_hash:
                progress.note(f"{path} is up to date")
                return existing
        _write(what, spool, found, origin, build_hash, path, replace)
    return DatasetFolder(path)


def _origin(what: Import, found: Arrangement, judged: Judged) -> ExternalOrigin:
    config = what.config
    by_ids = config.trained_on_ids is not None
    return ExternalOrigin(
        name=config.name,
        owner=config.owner,
        version=config.version,
        content_sha256=found.content_sha256,
        trained_on="ids" if by_ids else config.trained_on,
        one_set=one_set(config),
        drawn_folds=found.split,
        gpu_hours=config.gpu_hours,
        parameters=config.parameters,
        accepted=list(judged.accepted),
        checks=list(judged.checks),
        notes=list(what.notes),
    )


def _build_hash(what: Import, found: Arrangement, origin: ExternalOrigin) -> str:
    """Identifies the whole folder, its order and provenance too."""
    order = [found.ids[number] for numbers in found.order.values() for number in numbers]
    parts = [found.content_sha256, what.name, what.run, str(what.seed), what.encoding, origin.model_dump_json(), *order]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _write(
    what: Import,
    spool: Spool,
    found: Arrangement,
    origin: ExternalOrigin,
    build_hash: str,
    path: Path,
    replace: bool,
) -> None:
    images = {fold: len(found.order.get(fold, ())) for fold in FOLDS}
    packed = _packed(found)
    # The spool is gone after an interruption: there is nothing to go on with.
    with FolderWriter(path, build_hash, replace, goes_on=False) as writer:
        for file, fold, start, end in plan_shards(images, images_per_shard(spool.side)):
            writer.write_shard(file, fold, _records(spool, found, packed, found.order[fold][start:end]))
        shards = [entry.shard for entry in writer.finished.values()]
        manifest = Manifest(
            kind="synthetic",
            name=what.name,
            label_names=list(what.real.label_names),
            combinations=combination_counts(*_ordered(found, what.real.label_names)),
            images=images,
            image_shape=[spool.side, spool.side, 1],
            encoding=what.encoding,
            shards=shards,
            build_hash=build_hash,
            covariates=_covariates(found, what.real.label_names),
            synthesis=Synthesis(run=what.run, seed=what.seed, labels=_known_origin(found, what.real), external=origin),
        )
        writer.save_manifest(manifest)
        written = DatasetFolder(writer.partial)
        check_written(written)
        writer.write_preview(preview_png(written))
        writer.publish()


def _known_origin(found: Arrangement, real: DatasetFolder) -> Literal["as_real"] | None:
    """`as_real` where the labels are, row by row, those of the real images: that is seen, and not taken from anybody's
    word. None where it is not so, as nobody knows how labels from elsewhere came about."""
    for fold, numbers in found.order.items():
        if not np.array_equal(found.labels[numbers], real.read_labels(fold)):
            return None
    return "as_real"


def _packed(found: Arrangement) -> list[bytes] | None:
    if found.covariates is None:
        return None
    return [one.tobytes() for one in pack_covariates(found.covariates, views_of(found.covariates))]


def _records(
    spool: Spool, found: Arrangement, packed: list[bytes] | None, numbers: np.ndarray
) -> Iterator[tuple[str, bytes]]:
    for number in numbers.tolist():
        covariates = b"" if packed is None else packed[number]
        record = Record(spool.payload(number), found.labels[number], found.ids[number], None, covariates=covariates)
        yield found.ids[number], encode_record(record)


def _ordered(found: Arrangement, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Labels, names and folds of the images in the order of the dataset."""
    numbers = np.concatenate([*found.order.values()])
    folds = np.repeat(np.array(list(found.order), dtype=object), [len(one) for one in found.order.values()])
    return found.labels[numbers], tuple(names), folds


def _covariates(found: Arrangement, names: Sequence[str]) -> Covariates | None:
    if found.covariates is None:
        return None
    labels, _, folds = _ordered(found, names)
    ordered = found.covariates.iloc[np.concatenate([*found.order.values()])].reset_index(drop=True)
    return Covariates(
        views=views_of(ordered),
        counts=count_groups(covariate_groups(ordered), folds),
        positives=covariate_counts(labels, names, folds, ordered),
    )
