"""Writes a dataset folder from a table of folds, and checks the files that were written."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from medgan_tf.data.preview import preview_png
from medgan_tf.data.pseudonyms import Pseudonyms
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import UnreadableFile
from medgan_tf.data.records.covariate_bytes import count_groups, covariate_groups, pack_covariates, views_of
from medgan_tf.data.records.encoding import ImageEncoder
from medgan_tf.data.records.example import Record, encode_record
from medgan_tf.data.records.manifest import Combination, Covariates, Manifest, Unreadable
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.writer import FolderWriter, images_per_shard, plan_shards
from medgan_tf.data.tables.combinations import FOLDS, find_combinations
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress

_MOST_NAMED_FILES = 10


@dataclass(frozen=True)
class BuildPlan:
    """The dataset folder that is to be written.

    Attributes:
        path: The dataset folder.
        folds: Images, labels and folds; rows of one fold in the order in which they are stored.
        image_ids, patients: Pseudonyms, rows as in `folds.frame`; "" for an unknown patient.
        build_hash: Identifies the content.
        resolution, encoding: Side in pixels, and encoding, of the stored images.
        max_unreadable: Largest share of images that may be unreadable.
        manifest_values: Fields of the manifest besides counts and shards.
        workers: Decoding workers, 0 for one per core.
        limits: What reading one image may cost.
        covariates_hash: Identifies sex, age and view of all images.
        per_shard: Images in one shard; None means `images_per_shard(resolution)`.
    """

    path: Path
    folds: FoldTable
    image_ids: np.ndarray
    patients: np.ndarray
    build_hash: str
    resolution: int
    encoding: str
    max_unreadable: float
    manifest_values: dict = field(default_factory=dict)
    workers: int = 0
    limits: Limits = Limits()
    covariates_hash: str = ""
    per_shard: int | None = None


def pseudonym_columns(folds: FoldTable, pseudonyms: Pseudonyms) -> tuple[np.ndarray, np.ndarray]:
    """Image and patient pseudonyms of every row, str [N] each. Raises `DataError` if two identifiers share one."""
    columns = []
    for column, to_pseudonym in (("image_id", pseudonyms.image), ("patient_id", pseudonyms.patient)):
        raw = folds.frame[column].to_numpy(dtype=object)
        known = {identifier: to_pseudonym(identifier) if identifier else "" for identifier in dict.fromkeys(raw)}
        if len(set(known.values())) != len(known):
            raise DataError(
                f"two values of {column} got the same pseudonym, by chance; remove pseudonym.key from the private "
                "folder to draw a new secret"
            )
        columns.append(np.array([known[identifier] for identifier in raw], dtype="U14"))
    return columns[0], columns[1]


def build_dataset(source: Source, plan: BuildPlan, progress: Progress, replace: bool = False) -> DatasetFolder:
    """Reads, resizes, encodes and writes every image of the plan; checks what was written; then names the folder.

    Raises:
        DataError: Too many unreadable images, a full disk, or a folder that does not hold what was planned.
    """
    with FolderWriter(plan.path, plan.build_hash, replace) as writer:
        unreadable = _write_shards(source, plan, writer, progress)
        if unreadable:
            progress.note(f"{len(unreadable)} unreadable images left out; the manifest lists their pseudonyms")
        manifest = _manifest(plan, writer, unreadable)
        writer.save_manifest(manifest)
        written = DatasetFolder(writer.partial)
        progress.note("checking what was written")
        check_written(written)
        writer.write_preview(preview_png(written))
        writer.publish()
    return DatasetFolder(plan.path)


def _write_shards(source: Source, plan: BuildPlan, writer: FolderWriter, progress: Progress) -> set[str]:
    """Writes the shards that are not there yet; returns the pseudonyms of unreadable images."""
    rows = {fold: np.flatnonzero((plan.folds.frame["fold"] == fold).to_numpy()) for fold in FOLDS}
    shards = plan_shards(
        {fold: len(numbers) for fold, numbers in rows.items()}, plan.per_shard or images_per_shard(plan.resolution)
    )
    unreadable = {image_id for entry in writer.finished.values() for image_id in entry.unreadable}
    pending = [shard for shard in shards if shard[0] not in writer.finished]
    todo = [(file, fold, rows[fold][start:end]) for file, fold, start, end in pending]
    total = len(plan.folds.frame)
    done = total - sum(len(numbers) for _, _, numbers in todo)
    if done:
        progress.note(f"continuing an interrupted build: {done:,} of {total:,} images are already there")
    paths = plan.folds.frame["path"].to_numpy(dtype=object)
    encoder = ImageEncoder(source, plan.resolution, plan.encoding, plan.workers, plan.limits)
    encoded = encoder.stream(paths[row] for _, _, numbers in todo for row in numbers)
    counter = _Counter(plan, progress, unreadable, done)
    try:
        for file, fold, numbers in todo:
            writer.write_shard(file, fold, counter.records(numbers, encoded))
    finally:
        encoded.close()
    return unreadable


class _Counter:
    """Makes records of encoded images, counts them, and stops the build when too many are unreadable."""

    def __init__(self, plan: BuildPlan, progress: Progress, unreadable: set[str], done: int):
        self._plan = plan
        self._progress = progress
        self._unreadable = unreadable
        self._done = done
        self._labels = plan.folds.labels
        self._copies = plan.folds.frame["copy"].to_numpy()
        self._covariates = covariate_column(plan.folds)
        self._distinct = len(np.unique(plan.image_ids))

    def records(self, rows: np.ndarray, encoded: Iterator) -> Iterator[tuple[str, bytes | None]]:
        total = len(self._copies)
        columns = (self._plan.image_ids, self._plan.patients, self._copies, self._covariates)
        values = zip(*(column[rows].tolist() for column in columns), self._labels[rows], strict=True)
        for image_id, patient, copy, covariates, labels in values:
            payload = next(encoded)
            if isinstance(payload, UnreadableFile):
                self._note(image_id, payload)
                yield image_id, None
            else:
                yield image_id, encode_record(Record(payload, labels, image_id, patient or None, copy, covariates))
            self._done += 1
            self._progress(self._done, total)

    def _note(self, image_id: str, image: UnreadableFile) -> None:
        if image_id in self._unreadable:
            return
        self._unreadable.add(image_id)
        count = len(self._unreadable)
        if count <= _MOST_NAMED_FILES:
            self._progress.note(f"unreadable image left out: {image.reason}")
        if count > self._plan.max_unreadable * self._distinct:
            raise DataError(
                f"too many unreadable images: {count} of {self._distinct} so far, at most "
                f"{self._plan.max_unreadable:.2%} are allowed (data.max_unreadable); the last one: {image.reason}"
            )


def _manifest(plan: BuildPlan, writer: FolderWriter, unreadable: set[str]) -> Manifest:
    written = ~np.isin(plan.image_ids, sorted(unreadable))
    frame, labels, patients = plan.folds.frame[written], plan.folds.labels[written], plan.patients[written]
    folds = frame["fold"].to_numpy(dtype=object)
    shards = [writer.finished[file].shard for file in sorted(writer.finished, key=_fold_order)]
    return Manifest(
        kind="real",
        label_names=list(plan.folds.label_names),
        combinations=combination_counts(labels, plan.folds.label_names, folds),
        images={fold: int((folds == fold).sum()) for fold in FOLDS},
        patients={fold: len(set(patients[folds == fold])) for fold in FOLDS} if (patients != "").all() else None,
        image_shape=[plan.resolution, plan.resolution, 1],
        encoding=plan.encoding,
        shards=shards,
        build_hash=plan.build_hash,
        unreadable=Unreadable(count=len(unreadable), image_ids=sorted(unreadable)),
        covariates=_covariate_counts(plan, written, folds),
        **plan.manifest_values,
    )


def covariate_column(folds: FoldTable) -> np.ndarray:
    """The bytes that records keep of sex, age and view, object [N]; empty where nothing is known."""
    if folds.covariates is None:
        return np.full(len(folds.frame), b"", dtype=object)
    packed = pack_covariates(folds.covariates, views_of(folds.covariates))
    return np.array([*map(bytes, packed), None], dtype=object)[:-1]


def _covariate_counts(plan: BuildPlan, written: np.ndarray, folds: np.ndarray) -> Covariates | None:
    if plan.folds.covariates is None:
        return None
    counts = count_groups(covariate_groups(plan.folds.covariates[written]), folds)
    return Covariates(views=views_of(plan.folds.covariates), counts=counts, keyed_hash=plan.covariates_hash)


def _fold_order(file: str) -> tuple[int, str]:
    return FOLDS.index(file.split("-")[0]), file


def combination_counts(labels: np.ndarray, label_names: tuple[str, ...], folds: np.ndarray) -> list[Combination]:
    """The manifest's table of label combinations, most frequent first.

    Args:
        labels: [N, L] of 0 and 1.
        label_names: The L names.
        folds: Fold of each image [N].
    """
    found = find_combinations(labels, label_names)
    counts = {fold: np.bincount(found.index[folds == fold], minlength=len(found.names)) for fold in FOLDS}
    return [
        Combination(
            labels=[name for name, value in zip(label_names, vector, strict=True) if value],
            vector=vector.tolist(),
            **{fold: int(counts[fold][number]) for fold in FOLDS},
        )
        for number, vector in enumerate(found.labels)
    ]


def check_written(dataset: DatasetFolder) -> None:
    """Reads every record back: counts and combinations as the manifest says, no image twice, no patient in two folds.

    Raises:
        DataError: The first contradiction.
    """
    manifest = dataset.manifest
    # Without their images, so that memory does not grow with them.
    batches = [(fold, replace(batch, payloads=())) for fold in FOLDS for batch in dataset.batches(fold)]
    folds = np.concatenate([np.full(len(batch.labels), fold, dtype=object) for fold, batch in batches])
    labels, images, patients, copies = (
        np.concatenate([getattr(batch, name) for _, batch in batches])
        for name in ("labels", "image_ids", "patients", "copies")
    )
    order = np.lexsort((copies, images))
    twice = (images[order][1:] == images[order][:-1]) & (copies[order][1:] == copies[order][:-1])
    if twice.any():
        raise DataError(f"{dataset.path}: image {images[order][twice.argmax()]} was written twice")
    _check_one_fold(dataset, "image", images, folds)
    known = patients != ""
    _check_one_fold(dataset, "patient", patients[known], folds[known])
    if combination_counts(labels, dataset.label_names, folds) != manifest.combinations:
        raise DataError(f"{dataset.path}: the labels that were written are not those of the plan")
    counts = {fold: len(np.unique(patients[known & (folds == fold)])) for fold in FOLDS}
    if manifest.patients is not None and counts != manifest.patients:
        raise DataError(f"{dataset.path}: {counts} patients were written, the plan has {manifest.patients}")


def _check_one_fold(dataset: DatasetFolder, kind: str, pseudonyms: np.ndarray, folds: np.ndarray) -> None:
    names, index = np.unique(pseudonyms, return_inverse=True)
    homes = np.empty(len(names), dtype=object)
    homes[index[::-1]] = folds[::-1]
    strangers = np.flatnonzero(homes[index] != folds)
    if strangers.size:
        row = strangers[0]
        first, second = homes[index[row]], folds[row]
        raise DataError(f"{dataset.path}: {kind} {pseudonyms[row]} is in both the {first} and the {second} fold")
