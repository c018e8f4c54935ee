"""Writes a dataset folder from a table of folds, and checks the files that were written."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.earlier import Earlier, is_right
from medgan_tf.data.image_records import MOST_NAMED_FILES, ImageRecords
from medgan_tf.data.looks.compact import CompactLooks
from medgan_tf.data.looks.look import CONSTANT, Look, pixels_sha256
from medgan_tf.data.looks.spoiler_counts import Spoilers
from medgan_tf.data.preview import preview_png
from medgan_tf.data.pseudonym_numbers import NONE, as_number, pseudonym_numbers
from medgan_tf.data.pseudonyms import Pseudonyms
from medgan_tf.data.records.check import check_written, combination_counts
from medgan_tf.data.records.covariate_bytes import count_groups, covariate_groups, views_of
from medgan_tf.data.records.covariate_counts import covariate_counts
from medgan_tf.data.records.manifest import Constant, Covariates, Manifest, Unreadable
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.writer import FolderWriter, images_per_shard, plan_shards
from medgan_tf.data.spoilers import duplicates_sentence, find_spoilers
from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress


def pseudonym_columns(folds: FoldTable, pseudonyms: Pseudonyms) -> tuple[np.ndarray, np.ndarray]:
    """Image and patient pseudonyms of every row, str [N] each. Raises `DataError` if two identifiers share one."""
    columns = []
    for column, to_pseudonym in (("image_id", pseudonyms.image), ("patient_id", pseudonyms.patient)):
        codes, raw = pd.factorize(folds.frame[column].to_numpy(dtype=object))
        made = (to_pseudonym(identifier) if identifier else "" for identifier in raw)
        known = np.fromiter(made, "U14", count=len(raw))
        if len(np.unique(pseudonym_numbers(known))) != len(known):
            raise DataError(
                f"two values of {column} got the same pseudonym, by chance; remove pseudonym.key from the private "
                "folder to draw a new secret"
            )
        columns.append(known[codes])
    return columns[0], columns[1]


def build_dataset(
    source: Source, plan: BuildPlan, progress: Progress, replace: bool = False, earlier: Earlier | None = None
) -> DatasetFolder:
    """Reads, resizes, encodes and writes every image of the plan; checks what was written; then names the folder.

    Args:
        source: Reads the images.
        plan: What is written.
        progress: Shows how far the work is.
        replace: Replace an existing dataset, and forget an interrupted build.
        earlier: The dataset of the same images that is replaced; what is still right of it is taken over.

    Raises:
        DataError: Too many unreadable images, a full disk, or a folder that does not hold what was planned.
    """
    with FolderWriter(plan.path, plan.build_hash, replace or earlier is not None, goes_on=not replace) as writer:
        images = ImageRecords(source, plan, progress)
        looks = _write_shards(images, writer, earlier)
        _tell(images, looks)
        manifest = _manifest(plan, writer, images, looks)
        writer.save_manifest(manifest)
        written = DatasetFolder(writer.partial)
        progress.note("checking what was written")
        check_written(written)
        manifest = _with_spoilers(manifest, find_spoilers(source, plan, looks, written, progress))
        writer.save_manifest(manifest)
        writer.write_preview(preview_png(written))
        if plan.record is not None:
            # Before the folder gets its name: the file's own name says to which pixels it belongs.
            plan.record.write_looks(manifest.shards_sha256(), looks)
        writer.publish()
    return DatasetFolder(plan.path)


class _Inside(Mapping[str, list[str]]):
    """The images of each shard by its name, looked up when they are asked for."""

    def __init__(self, plan: BuildPlan, shards: list[tuple[str, str, np.ndarray]]):
        self._images, self._rows = plan.image_ids, {file: rows for file, _, rows in shards}

    def __getitem__(self, file: str) -> list[str]:
        return self._images[self._rows[file]].tolist()

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _write_shards(images: ImageRecords, writer: FolderWriter, earlier: Earlier | None) -> CompactLooks:
    """Writes the shards that are not there yet; returns the looks at all images that can be read."""
    plan, progress = images.plan, images.progress
    shards = planned_rows(plan)
    inside = _Inside(plan, shards)
    try:
        found = earlier.comparison if earlier else images.compare_finished(writer.finished.values())
        images.unreadable |= found.unreadable
        writer.keep(lambda entry: is_right(entry, inside, found.looks))
        if earlier is not None:
            entries = earlier.entries(inside, plan.folds.covariates is not None)
            writer.adopt(earlier.dataset.path, (one for one in entries if one.shard.file not in writer.finished))
        todo = [(file, fold, rows) for file, fold, rows in shards if file not in writer.finished]
        images.done = images.total - sum(len(rows) for _, _, rows in todo)
        if images.done and earlier is None:
            progress.note(
                f"continuing an interrupted build: {images.done:,} of {images.total:,} images are already there"
            )
        looks = CompactLooks(found.looks)
        answers = images.read(todo, earlier)
        try:
            for file, fold, rows in todo:
                new: dict[str, Look] = {}
                writer.write_shard(file, fold, images.records(rows, answers, new), new)
                looks.update(new)
        finally:
            answers.close()
    finally:
        images.list_unreadable()
    # A lost image whose shard had to be written again cannot be had any more.
    looks.remove(images.unreadable)
    return looks


def planned_rows(plan: BuildPlan) -> list[tuple[str, str, np.ndarray]]:
    """Name, fold and rows of every shard of a plan."""
    rows = {fold: np.flatnonzero((plan.folds.frame["fold"] == fold).to_numpy()) for fold in FOLDS}
    counts = {fold: len(numbers) for fold, numbers in rows.items()}
    shards = plan_shards(counts, plan.per_shard or images_per_shard(plan.resolution))
    return [(file, fold, rows[fold][start:end]) for file, fold, start, end in shards]


def _tell(images: ImageRecords, looks: CompactLooks) -> None:
    """Says and lists what was found out about the images. Here the looks at all images are at hand, before the folder
    gets its name."""
    plan, note = images.plan, images.progress.note
    if images.unreadable:
        where = f"; {plan.record.unreadable_list} lists their paths" if plan.record else ""
        note(f"{len(images.unreadable)} unreadable images left out; the manifest lists their pseudonyms{where}")
    constant = list(images.paths(looks.images(looks.marked({CONSTANT}))).items())
    for _, path in sorted(constant)[:MOST_NAMED_FILES]:
        note(f"image of one grey level: {path}")
    listed = plan.record.write_constant(constant) if plan.record else None
    if constant:
        done = "left out" if plan.drop_constant else "kept (data.policy.constant: drop leaves them out)"
        note(f"{len(constant)} images of one grey level, {done}" + (f"; {listed} lists their paths" if listed else ""))


def _manifest(plan: BuildPlan, writer: FolderWriter, images: ImageRecords, looks: CompactLooks) -> Manifest:
    unreadable, is_constant = sorted(images.unreadable), looks.marked({CONSTANT})
    constant = looks.images(is_constant)
    numbers, left_out = pseudonym_numbers(plan.image_ids), unreadable + constant * plan.drop_constant
    written = ~np.isin(numbers, np.array([as_number(image) for image in left_out], np.uint64))
    if not written.any():
        raise DataError(f"no image is left: {len(unreadable)} cannot be read, {len(constant)} have one grey level")
    labels, patients = plan.folds.labels[written], pseudonym_numbers(plan.patients)[written]
    folds = plan.folds.frame["fold"].to_numpy(dtype=object)[written]
    shards = [writer.finished[file].shard for file in sorted(writer.finished, key=_fold_order)]
    return Manifest(
        kind="real",
        label_names=list(plan.folds.label_names),
        combinations=combination_counts(labels, plan.folds.label_names, folds),
        images={fold: int((folds == fold).sum()) for fold in FOLDS},
        patients={fold: len(np.unique(patients[folds == fold])) for fold in FOLDS}
        if (patients != NONE).all()
        else None,
        image_shape=[plan.resolution, plan.resolution, 1],
        encoding=plan.encoding,
        shards=shards,
        build_hash=plan.build_hash,
        unreadable=Unreadable(count=len(unreadable), image_ids=unreadable),
        constant=Constant(count=len(constant), image_ids=constant, kept=not plan.drop_constant) if constant else None,
        pixels_sha256=pixels_sha256(looks.digests(~(is_constant & plan.drop_constant))),
        covariates=_covariate_counts(plan, written, folds),
        **plan.manifest_values,
    )


def _with_spoilers(manifest: Manifest, spoilers: Spoilers) -> Manifest:
    """The manifest with the counts, and with a remark if there is a picture in two folds."""
    remarks = list(manifest.remarks or [])
    if spoilers.duplicates.in_several_folds:
        remarks.append(f"{duplicates_sentence(spoilers)}: scores and tests of privacy are not to be trusted so far.")
    return manifest.model_copy(update={"spoilers": spoilers, "remarks": remarks or None})


def _covariate_counts(plan: BuildPlan, written: np.ndarray, folds: np.ndarray) -> Covariates | None:
    if plan.folds.covariates is None:
        return None
    covariates = plan.folds.covariates[written]
    return Covariates(
        views=views_of(plan.folds.covariates),
        counts=count_groups(covariate_groups(covariates), folds),
        keyed_hash=plan.covariates_hash,
        positives=covariate_counts(plan.folds.labels[written], plan.folds.label_names, folds, covariates),
    )


def _fold_order(file: str) -> tuple[int, str]:
    return FOLDS.index(file.split("-")[0]), file
