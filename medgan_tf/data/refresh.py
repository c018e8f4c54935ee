"""Brings a finished dataset up to date with its source files: what was repaired or replaced is read again.

Nothing but sizes and times is looked at where nothing changed. A file that is gone or broken now leaves the dataset as
it is, because raw data are archived one day; a shard that is damaged, or whose images have other pixels now, is written
again.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np

from medgan_tf.cores import usable_cores
from medgan_tf.data.build import build_dataset
from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.earlier import Earlier
from medgan_tf.data.image_records import MOST_NAMED_FILES
from medgan_tf.data.looks.comparison import Comparison, compare
from medgan_tf.data.looks.look import Look, look_at, stamp_of
from medgan_tf.data.looks.record import PrivateRecord
from medgan_tf.data.records.encoding import ImageEncoder
from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of
from medgan_tf.presentation.progress import Progress


def refresh(source: Source, plan: BuildPlan, dataset: DatasetFolder, progress: Progress) -> DatasetFolder:
    """The dataset of a plan as its source files are now.

    Args:
        source: Reads the images.
        plan: What the dataset holds; its hash is the dataset's, and it has a private record.
        dataset: The finished dataset.
        progress: Gets notes about what changed.

    Raises:
        DataError: A shard is damaged and the source files are not there; or as `build_dataset`.
    """
    manifest, record = dataset.manifest, plan.record
    paths = dict(zip(plan.image_ids.tolist(), plan.folds.frame["path"], strict=True))
    damaged = _of_wrong_size(dataset)
    recorded = looks = record.read_looks(manifest.shards_sha256())
    if damaged:
        progress.note(
            f"{len(damaged)} shards of {dataset.path} are missing or have another size than when they were written, "
            f"e.g. {damaged[0]}; they are written again"
        )
    if looks is None and damaged:
        # Nothing is known of its images, so nothing can be taken over.
        return build_dataset(source, plan, progress, replace=True)
    if looks is None:
        looks = _first_looks(source, dataset, paths, progress)
    progress.note(f"comparing {len(paths):,} source files with their record")
    encoder = ImageEncoder(source, plan.resolution, plan.encoding, plan.workers, plan.limits, plan.look_for_text)
    found = compare(source, encoder, paths, looks, set(manifest.unreadable.image_ids), progress)
    _tell(found, paths, progress)
    if damaged and found.all_missing:
        raise DataError(
            f"{dataset.path / damaged[0]} is damaged, and there are no source files to make it again; copy the dataset "
            "again"
        )
    if not (damaged or found.changed or found.mended):
        _write_record(plan, dataset, found, recorded, progress)
        progress.note(f"{dataset.path} is up to date")
        return dataset
    earlier = Earlier(dataset, _intact(dataset), found)
    built = build_dataset(source, plan, progress, earlier=earlier)
    if (before := record.looks_file(manifest.shards_sha256())) != record.looks_file(built.manifest.shards_sha256()):
        before.unlink(missing_ok=True)
    return built


def files_are_gone(source: Source, record: PrivateRecord, root: str | Path) -> bool:
    """Whether the raw files of a dataset, by its table of pseudonyms, lay below `root` and none is there any more."""
    if not Path(root).exists():
        return True
    files = {source.file_of(path) or "" for path in record.paths() if path.startswith(str(root))}
    return bool(files) and not any(map(os.path.exists, files))


def _of_wrong_size(dataset: DatasetFolder) -> list[str]:
    """Names of the shards that are missing or have another size than the manifest says."""
    files = [(shard.file, dataset.path / shard.file, shard.bytes) for shard in dataset.manifest.shards]
    return [name for name, path, size in files if not path.is_file() or path.stat().st_size != size]


def _first_looks(
    source: Source, dataset: DatasetFolder, paths: Mapping[str, str], progress: Progress
) -> dict[str, Look]:
    """Looks from the stored pixels and today's files, for a dataset without a record."""
    manifest, looks = dataset.manifest, {}
    shape = tuple(manifest.image_shape)
    stamps: dict[str, tuple[int, int]] = {}
    for shard in manifest.shards:
        for image, payload in dataset.payloads(shard.file).items():
            pixels = decode_image(payload, shape, manifest.encoding)[:, :, 0]
            file = source.file_of(paths.get(image, "")) or ""
            stamps.setdefault(file, stamp_of(file))
            looks[image] = look_at(pixels, pixels, "", stamps[file])
    later = sum(look.modified > _nanoseconds(manifest.created) for look in looks.values())
    progress.note(
        f"{dataset.path} has no record of its source files; one is made now, and changes are noticed from now on"
        + (f". {later:,} files changed after the dataset was made; --restart reads them again" if later else "")
    )
    return looks


def _nanoseconds(created: str) -> int:
    """The end of the second that a manifest names."""
    try:
        return round((datetime.fromisoformat(created).timestamp() + 1) * 1e9)
    except ValueError:
        return 2**63


def _tell(found: Comparison, paths: Mapping[str, str], progress: Progress) -> None:
    """Says what changed, and names the first files of each kind."""
    if found.all_missing:
        progress.note("the source files are not there; the dataset was not compared with them")
        return
    gone = {image: f"{paths[image]}: is not there" for image in found.missing} | found.broken
    for reason in sorted(gone.values())[:MOST_NAMED_FILES]:
        progress.note(f"was read before, and cannot be read now: {reason}")
    if gone:
        progress.note(
            f"source files missing: {len(found.missing):,}, no longer readable: {len(found.broken):,}; the dataset "
            "keeps their images as they were read before"
        )
    if found.renewed:
        progress.note(f"source files with another size or time, but the same pixels: {found.renewed:,}")
    new = found.changed | found.mended
    for image in sorted(new, key=paths.get)[:MOST_NAMED_FILES]:
        progress.note(f"{'has other pixels now' if image in found.changed else 'can be read now'}: {paths[image]}")
    if new:
        progress.note(
            f"images with other pixels now: {len(found.changed):,}, unreadable before and readable now: "
            f"{len(found.mended):,}; the shards that hold them are written again"
        )
    if found.unreadable:
        progress.note(f"images that still cannot be read: {len(found.unreadable):,}")


def _write_record(
    plan: BuildPlan, dataset: DatasetFolder, found: Comparison, before: Mapping[str, Look] | None, progress: Progress
) -> None:
    """Renews the private files where they differ; that they cannot be written is no reason to refuse the dataset."""
    record, content = plan.record, dataset.manifest.shards_sha256()
    paths = dict(zip(plan.image_ids.tolist(), plan.folds.frame["path"], strict=True))
    try:
        if found.looks != before:
            record.write_looks(content, found.looks)
        if not found.all_missing:
            record.write_unreadable((image, paths[image], reason) for image, reason in found.unreadable.items())
    except DataError as error:
        progress.note(f"{error}")


def _intact(dataset: DatasetFolder) -> frozenset[str]:
    """Names of the shards whose content is what the manifest says."""

    def is_intact(file: str, sha256: str) -> bool:
        try:
            return sha256_of(dataset.path / file) == sha256
        except OSError:
            return False

    shards = dataset.manifest.shards
    with ThreadPoolExecutor(usable_cores()) as pool:
        answers = pool.map(is_intact, (shard.file for shard in shards), (shard.sha256 for shard in shards))
        return frozenset(np.array([shard.file for shard in shards], dtype=object)[list(answers)].tolist())
