"""Folders of TFRecords as the paper's published code writes them, so that its users can bring their data.

One folder per fold holds ``<name>-rNN.tfrecords`` for one or more resolutions 2^NN (the largest is the full one), each
record with `shape` (int64 [C, H, W]) and `data` (raw uint8 pixels); ``<name>-rxx.labels``, a NumPy file of float32
[N, L] in the order of the records; and, optionally, one CSV with a column `Path` and the label columns in that order.
"""

import csv
import io
import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.data.records.example import decode_published
from medgan_tf.data.records.reader import check_framing
from medgan_tf.data.tables.csv_reader import table_text
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular

_RECORDS = re.compile(r"-r(\d\d)\.tfrecords$")
_FOLD_NAMES = {"train": "train", "training": "train", "valid": "valid", "val": "valid", "validation": "valid"}
_FOLD_NAMES["test"] = "test"
_HEADER_BYTES, _FOOTER_BYTES = 12, 4
_LARGEST_CSV, _LARGEST_FILE = 2**26, 2**40


@dataclass(frozen=True)
class PublishedFold:
    """One fold as published.

    Attributes:
        records: The TFRecord file of the largest resolution.
        positions: int64 [N, 2], first byte and length of every record's content.
        labels: uint8 [N, L], 0 or 1.
        label_names: The L names from the CSV, or None without one.
        paths: The N image paths from the CSV, or None without one.
    """

    records: Path
    positions: np.ndarray
    labels: np.ndarray
    label_names: tuple[str, ...] | None
    paths: tuple[str, ...] | None


def find_published_folds(root: str | Path) -> dict[str, Path]:
    """The folds below `root`: its subfolders named, or ending in, train, valid (val, validation) and test.

    Raises:
        DataError: There is no train fold, or two folders for one fold.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(
            f"no folder {root} (data.root): expected the published code's train, valid and test folders in it"
        )
    folds: dict[str, Path] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        fold = _FOLD_NAMES.get(re.split(r"[-_. ]", folder.name.lower())[-1])
        if fold is None or not any(_RECORDS.search(file.name) for file in folder.iterdir()):
            continue
        if fold in folds:
            raise DataError(f"{root}: both {folds[fold].name} and {folder.name} look like the {fold} fold; keep one")
        folds[fold] = folder
    if "train" not in folds:
        raise DataError(
            f"{root}: expected a folder named train (or ending in it, and the same for valid and test) with "
            "*-rNN.tfrecords in it, as the published code writes them"
        )
    return {fold: folds[fold] for fold in ("train", "valid", "test") if fold in folds}


def read_published_fold(folder: str | Path) -> PublishedFold:
    """Labels and record positions of one folder; no pixels.

    Raises:
        DataError: Files that are missing, damaged, or differ in their number of images.
    """
    folder = Path(folder)
    files = sorted((path for path in folder.iterdir() if _RECORDS.search(path.name)), key=_resolution_exponent)
    if not files:
        raise DataError(f"{folder}: expected a file *-rNN.tfrecords, found none")
    records = files[-1]
    labels = _read_labels(_only_file(folder, "*-rxx.labels"))
    positions = _record_positions(records)
    if len(positions) != len(labels):
        raise DataError(f"{records} holds {len(positions)} images but its labels file has {len(labels)} rows")
    csvs = sorted(folder.glob("*.csv"))
    if not csvs:
        return PublishedFold(records, positions, labels, None, None)
    names, paths = _read_csv(_only_file(folder, "*.csv"), labels)
    return PublishedFold(records, positions, labels, names, paths)


def _resolution_exponent(path: Path) -> int:
    return int(_RECORDS.search(path.name)[1])


def _only_file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise DataError(f"{folder}: expected one file {pattern}. Received: {[path.name for path in found] or 'none'}")
    return found[0]


def _read_labels(path: Path) -> np.ndarray:
    open_regular(path, _LARGEST_FILE).close()
    try:
        # Mapped, not read: a header that promises more than the file holds is refused without allocating it.
        labels = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path} is not a NumPy file of labels ({error})") from error
    if not isinstance(labels, np.ndarray) or labels.ndim != 2 or labels.dtype.kind not in "fiub" or not labels.size:
        raise DataError(
            f"{path}: expected labels float32 [N, L]. Received: {getattr(labels, 'dtype', 'an archive')} "
            f"{list(getattr(labels, 'shape', []))}"
        )
    if not np.isin(labels, (0, 1)).all():
        raise DataError(f"{path}: expected labels 0 and 1. Received: values from {labels.min()} to {labels.max()}")
    return np.asarray(labels, np.uint8)


def _record_positions(path: Path) -> np.ndarray:
    open_regular(path, _LARGEST_FILE).close()
    count = check_framing(path)
    if not count:
        raise DataError(f"{path} holds no images")
    try:
        # Reads everything once, for the checksum of every record (their contents are read by position later).
        tf.data.TFRecordDataset(str(path)).reduce(np.int64(0), lambda done, _: done + 1)
    except tf.errors.OpError as error:
        raise DataError(f"{path} is damaged: a record's checksum does not fit its content") from error
    positions = np.empty((count, 2), np.int64)
    start = 0
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
        for number in range(count):
            length = struct.unpack_from("<Q", view, start)[0]
            positions[number] = start + _HEADER_BYTES, length
            start += _HEADER_BYTES + length + _FOOTER_BYTES
    return positions


def _read_csv(path: Path, labels: np.ndarray) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Label names and image paths; the label values must be those of the labels file."""
    try:
        table = [row for row in csv.reader(io.StringIO(table_text(path, _LARGEST_CSV), newline="")) if row]
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file in UTF-8 ({error})") from error
    header, rows = tuple(dict.fromkeys(table[0])) if table else (), table[1:]
    if not rows or "Path" not in header:
        raise DataError(f"{path}: expected a column Path. Received: {', '.join(header) if rows else 'no rows'}")
    if len(rows) != len(labels):
        raise DataError(f"{path} lists {len(rows)} images but the labels file has {len(labels)} rows")
    names = header[-labels.shape[1] :]
    if len(header) <= labels.shape[1] or "Path" in names:
        raise DataError(f"{path}: expected Path and {labels.shape[1]} label columns. Received: {', '.join(header)}")
    places = {name: place for place, name in enumerate(table[0])}
    for number, row in enumerate(rows):
        cells = [row[places[name]] if places[name] < len(row) else None for name in names]
        if any(_number(cell) != label for cell, label in zip(cells, labels[number], strict=True)):
            raise DataError(f"{path}: row {number + 2} has other labels than the labels file; are both of one fold?")
    if any(len(row) <= places["Path"] for row in rows):
        raise DataError(f"{path}: a row has no Path")
    return names, tuple(row[places["Path"]] for row in rows)


def _number(text: str | None) -> float | None:
    try:
        return float(text or 0)
    except ValueError:
        return None


def read_published_image(records: mmap.mmap, position: int, length: int, resolution: int) -> np.ndarray:
    """One image, uint8 [R, R]. Raises `DataError` if it is not grey, not of that resolution, or not a record at all."""
    image = decode_published(records[position : position + length])
    if image.shape != (resolution, resolution):
        raise DataError(f"expected an image of {resolution}x{resolution} pixels. Received: {list(image.shape)}")
    return image


def published_resolution(records: Path) -> int:
    """Side of the images of a file ``<name>-rNN.tfrecords``: 2^NN."""
    return 2 ** _resolution_exponent(records)
