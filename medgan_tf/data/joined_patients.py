"""Patients who share a picture, counted as one patient before the split, so that both are in one fold.

All images are read once for that. What was found is kept in the private folder, and holds while no source file changes.
"""

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from medgan_tf.data.folds.given import patients_or_images
from medgan_tf.data.looks.duplicates import connected, find_duplicates
from medgan_tf.data.looks.look import CONSTANT, stamp_of
from medgan_tf.data.looks.perceptual import SIDE
from medgan_tf.data.pseudonyms import write_private_rows
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import UnreadableFile
from medgan_tf.data.records.encoding import ImageEncoder
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.csv_files import csv_rows
from medgan_tf.files.regular_files import read_regular
from medgan_tf.presentation.progress import Progress

_LARGEST = 2**31
_HEADER = ("image_id", "same_picture_as")
COUNT = "patients who share a picture with another one, counted as one patient"


@dataclass(frozen=True)
class Scan:
    """How images are read before the split: workers, limits, and the private file that keeps what was found."""

    file: Path
    workers: int = 0
    limits: Limits = Limits()


def join_patients(source: Source, table: SourceTable, scan: Scan, progress: Progress) -> SourceTable:
    """The table with one patient_id for all patients who share a picture: the first of theirs in alphabetical order.

    Images without a known patient that show one picture get the first one's image_id as patient_id.

    Raises:
        ConfigError: The source gives the folds itself.
        DataError: The private file cannot be written.
    """
    if getattr(source, "fixed_folds", None) is not None:
        raise ConfigError("data.policy.duplicates: one_patient needs a source whose folds are not given; use warn")
    pairs = _shared(source, table, scan, progress)
    frame = table.frame
    ids, images = frame["patient_id"].to_numpy(dtype=object), frame["image_id"].to_numpy(dtype=object)
    # Numbered in alphabetical order, so the smallest number is the first name, whatever the order of the rows.
    names, node = np.unique(patients_or_images(ids, images).astype(str), return_inverse=True)
    row_of = {image: row for row, image in enumerate(images)}
    edges = [(node[row_of[a]], node[row_of[b]]) for a, b in pairs if a in row_of and b in row_of]
    root = connected(len(names), np.array(edges, np.int64))
    sizes = np.bincount(root, minlength=len(names))
    # Known patients come last in the alphabet of patients_or_images ("i..." < "p..."), but name the group.
    known = np.char.startswith(names, "p") if len(names) else np.zeros(0, bool)
    first_known: dict[int, int] = {}
    for number in np.flatnonzero(known).tolist():
        first_known.setdefault(int(root[number]), number)
    label = {group: names[first_known.get(group, group)][1:] for group in np.unique(root).tolist()}
    shared = sizes[root[node]] > 1
    joined = np.array([label[int(root[n])] if more else own for n, more, own in zip(node, shared, ids, strict=True)])
    count = int((sizes[root] > 1).sum())
    if not count:
        return table
    progress.note(f"{count:,} {COUNT} each: {int((sizes > 1).sum()):,} patients are left of them")
    return replace(table, frame=frame.assign(patient_id=joined.astype(object)), counts={**table.counts, COUNT: count})


def _shared(source: Source, table: SourceTable, scan: Scan, progress: Progress) -> list[tuple[str, str]]:
    """Pairs of image ids that show one picture: kept from an earlier reading, or read now."""
    images = table.frame["image_id"].tolist()
    paths = table.frame["path"].tolist()
    key = _key(source, images, paths)
    kept = _read(scan.file, key)
    if kept is not None:
        return kept
    progress.note("data.policy.duplicates is one_patient: all images are read once before the split")
    count = len(images)
    digests, hashes = np.arange(count).astype("U32"), np.zeros(count, np.uint64)
    constant, small = np.zeros(count, bool), np.zeros((count, SIDE, SIDE), np.uint8)
    answers = ImageEncoder(source, SIDE, "raw", scan.workers, scan.limits, text=False).stream(paths)
    try:
        for row, answer in enumerate(answers):
            if not isinstance(answer, UnreadableFile):
                look, pixels = answer
                digests[row], hashes[row] = look.digest, int(look.shape_hash, 16)
                constant[row] = CONSTANT in look.marks
                small[row] = np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)
            progress(row + 1, count, "images that are read before the split")
    finally:
        answers.close()
    texts = table.frame["patient_id"].to_numpy(dtype=str)
    patients = np.where(texts == "", -1, np.unique(texts, return_inverse=True)[1])
    found = find_duplicates(digests, hashes, patients, constant, lambda rows: small[rows])
    pairs = [(images[row], images[rows[0]]) for rows in found.pictures for row in rows[1:].tolist()]
    _write(scan.file, key, pairs)
    return pairs


def _key(source: Source, images: list[str], paths: list[str]) -> str:
    """Identifies the files by name, size and time, in any order."""
    digest = hashlib.sha256()
    for image, path in sorted(zip(images, paths, strict=True)):
        digest.update(f"{image}\0{path}\0{stamp_of(source.file_of(path))}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _read(file: Path, key: str) -> list[tuple[str, str]] | None:
    try:
        lines = read_regular(file, _LARGEST).decode("utf-8", "surrogateescape").splitlines(keepends=True)
        rows = list(csv_rows(lines))
    except (DataError, csv.Error):
        return None
    if len(rows) < 2 or tuple(rows[0]) != _HEADER or rows[1] != ["", key]:
        return None
    return [(row[0], row[1]) for row in rows[2:] if len(row) == 2]


def _write(file: Path, key: str, pairs: Iterable[tuple[str, str]]) -> None:
    try:
        write_private_rows(file, _HEADER, [("", key), *sorted(pairs)])
    except OSError as error:
        raise DataError(f"cannot write {file}: {error.strerror}; set data.private_dir") from error
