"""Patients from the headers of many DICOM files: on all cores, with a private cache, and progress in the log."""

import csv
import io
import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.image import read_header
from medgan_tf.data.dicom.modality import has_wrong_intercept
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import csv_lines, csv_rows
from medgan_tf.files.regular_files import open_regular

LOG = logging.getLogger(__name__)
KEYWORDS = ["PatientID", "BitsStored", "PixelRepresentation", "RescaleIntercept"]
COLUMNS = ("image_id", "patient_id", "wrong_intercept")
CHUNK = 64
LARGEST_CACHE = 2**30
LONGEST_PATIENT = 1024
"""The standard allows 64 characters (LO); some programs write more."""
SECONDS_BETWEEN_NOTES = 10.0
IMAGES_BETWEEN_SAVES = 100_000

Header = tuple[str, bool]


def read_headers(
    image_ids: Sequence[str],
    paths: Sequence[str],
    cache: str | None,
    workers: int = 0,
    root: str | None = None,
    save: bool = True,
) -> pd.DataFrame:
    """Patient and kind of intercept of every image.

    Args:
        image_ids: N ids.
        paths: N files.
        cache: CSV file with what earlier runs found; created or completed. It holds raw patient ids and is readable by
            its owner only. None reads all headers.
        workers: Processes; 0 means one per CPU core.
        root: Folder that the files must lie in; None reads them wherever they are.
        save: Keep what was read in the cache file; False leaves the file as it is.

    Returns:
        Columns `patient_id` ("" where the header cannot be read or names no patient) and `wrong_intercept` (bool), N
        rows.

    Raises:
        DataError: A cache file that is no such file or cannot be written.
    """
    known = _load(Path(cache).expanduser()) if cache else {}
    writes = save and bool(cache)
    pending = [number for number, image_id in enumerate(image_ids) if image_id not in known]
    saved = len(known)
    headers = _read_all(HeaderTask(root), [paths[number] for number in pending], workers)
    for number, header in zip(pending, headers, strict=True):
        known[image_ids[number]] = header
        if writes and len(known) - saved >= IMAGES_BETWEEN_SAVES:
            _save(Path(cache).expanduser(), known)
            saved = len(known)
    if writes and pending:
        _save(Path(cache).expanduser(), known)
    found = [known[image_id] for image_id in image_ids]
    return pd.DataFrame(
        {"patient_id": [patient for patient, _ in found], "wrong_intercept": np.array([wrong for _, wrong in found])}
    ).astype({"patient_id": str, "wrong_intercept": bool})


def _read_all(task: "HeaderTask", paths: list[str], workers: int) -> Iterator[Header]:
    start = noted = time.monotonic()
    answers = read_files(task, paths, workers or os.cpu_count() or 1, chunk=CHUNK)
    for done, answer in enumerate(answers, 1):
        yield ("", False) if isinstance(answer, UnreadableFile) else tuple(json.loads(answer))
        now = time.monotonic()
        if now - noted > SECONDS_BETWEEN_NOTES:
            noted = now
            minutes = (now - start) / done * (len(paths) - done) / 60
            LOG.info("DICOM headers: %d of %d, about %.0f min left", done, len(paths), minutes)


@dataclass(frozen=True)
class HeaderTask:
    """Patient and kind of intercept in the header of a file below `root`, as JSON."""

    root: str | None = None

    def __call__(self, path: str) -> bytes:
        if self.root is not None:
            refuse_outside(path, self.root)
        header = read_header(path, KEYWORDS)
        patient = str(header.get("PatientID") or "").strip()
        if len(patient) > LONGEST_PATIENT:
            raise DataError(f"{path}: its PatientID has {len(patient)} characters; is the file damaged?")
        return json.dumps((patient, has_wrong_intercept(header))).encode()


def _load(path: Path) -> dict[str, Header]:
    if not path.exists():
        return {}
    try:
        with open_regular(path, LARGEST_CACHE) as binary, io.TextIOWrapper(binary, "utf-8", newline="") as file:
            rows = csv_rows(file)
            if tuple(next(rows, ())) != COLUMNS:
                raise ValueError
            return {image_id: (patient, {"0": False, "1": True}[wrong]) for image_id, patient, wrong in rows}
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} (data.options.header_cache) is no header cache; remove it or name another") from error


def _save(path: Path, known: dict[str, Header]) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", newline="", encoding="utf-8") as file:
            # Files that could not be read are tried again next time.
            rows = ((image_id, patient, int(wrong)) for image_id, (patient, wrong) in known.items() if patient)
            file.writelines(csv_lines([COLUMNS]))
            file.writelines(csv_lines(rows))
        os.replace(part, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error} (data.options.header_cache)") from error
