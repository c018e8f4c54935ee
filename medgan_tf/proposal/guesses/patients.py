"""Which column says whose image it is. A wrong guess lets training and test share patients, so most need a look."""

import re
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.headers import read_headers
from medgan_tf.files.plain_text import visible
from medgan_tf.proposal.folder import FolderContent, kind_of
from medgan_tf.proposal.guesses.columns import filled, is_called, plain, quoted
from medgan_tf.proposal.guesses.guess import Guess
from medgan_tf.proposal.table_file import TextTable

HEADERS = 200
"""DICOM headers that are read, spread over the images."""
SHARED = "images of one patient in training and test make every score too good"
_FEW = 1.05
"""Images for each patient, up to which a column may as well number the images."""
_IN_PATH = re.compile(
    r"(?i)(?:^|[/_-])((?:patient|patienten|pat|subject|subj|sub|paciente|case|p)[-_]?\d+)(?=[/_.-]|$)"
)
_ABOUT_PATIENTS = (
    "age", "alter", "sex", "gender", "geschlecht", "birth", "geburt", "position", "orient", "size", "weight", "gewicht",
    "name", "count", "anzahl", "comment", "history", "status", "type", "group", "edad", "sexo",
)  # fmt: skip
_START = re.compile(r"^(.+?)[-_ .]+\d{1,4}$")
_NAME_START = r"([^/]+?)[-_ .]+\d{1,4}(?:\.[A-Za-z]+)?$"
"""As `_START`, for the end of a path with or without an ending."""


def find_patients(
    table: TextTable | None, files: np.ndarray, listed: np.ndarray, content: FolderContent, taken: set[str]
) -> Guess:
    """The patient of each image: from a column, the headers, the paths, or unknown.

    Args:
        table: The table; None where there is none.
        files: The image of each row, relative to the folder; "" for none.
        listed: The path of each row as the table has it.
        content: The folder.
        taken: Columns that have another meaning.
    """
    if table is not None:
        names = [name for name in table.columns if name not in taken]
        called = [name for name in names if is_called(name, "patient") or _says_patient(name)]
        if called:
            return _by_name(table, called, files)
    known = list(dict.fromkeys(name for name in files if name))
    if known and all(kind_of(name) == "DICOM" for name in known[:HEADERS]):
        guess = _from_headers(known, content)
        if guess is not None:
            return guess
    paths = list(dict.fromkeys(path for path in listed if path))
    guess = _from_words(paths)
    if guess is None and table is not None:
        guess = _by_cells(table, names, files)
    return guess or _from_starts(paths) or _unknown()


def _says_patient(name: str) -> bool:
    """Names with "patient" and a word for a number, but for what tables say of patients beside that."""
    word = plain(name)
    names_patient = any(part in word for part in ("patient", "paciente", "proband", "subject"))
    return names_patient and not any(part in word for part in _ABOUT_PATIENTS)


def _by_name(table: TextTable, called: list[str], files: np.ndarray) -> Guess:
    column = max(called, key=lambda name: (is_called(name, "patient"), _filled_share(table.frame[name])))
    images, patients = _counts(table.frame[column], files)
    why = f"column {quoted(column)} by its name: {patients:,} patients in {images:,} images"
    confirm = []
    if images <= _FEW * patients:
        confirm.append(f"nearly every image has a patient of its own; if the column numbers images, {SHARED}")
    if _filled_share(table.frame[column]) < 1:
        confirm.append("the column has blank cells, which prepare refuses; fill them in")
    others = [name for name in called if name != column]
    if others:
        confirm.append(f"{', '.join(quoted(name) for name in others)} could be meant as well")
    instead = tuple(f"patient_column: {visible(name)}" for name in others[:2])
    return Guess({"patient_column": column}, (column,), why, "; ".join(confirm), instead)


def _by_cells(table: TextTable, names: list[str], files: np.ndarray) -> Guess | None:
    """A column that is not called so, whose cells repeat as those of patients do."""
    best: tuple[float, str] | None = None
    for name in names:
        if any(is_called(name, kind) for kind in ("path", "label", "sex", "age", "view", "fold")):
            continue
        cells = table.frame[name]
        images, patients = _counts(cells, files)
        if (
            _filled_share(cells) == 1
            and patients >= 10
            and 1.1 * patients < images < 20 * patients
            and _numbered(cells)
        ):
            best = max(best or (0.0, ""), (patients / images, name))
    if best is None:
        return None
    images, patients = _counts(table.frame[best[1]], files)
    why = f"column {quoted(best[1])}: its {patients:,} values repeat over {images:,} images"
    confirm = f"its name does not say that it is the patient; if it is not, {SHARED}"
    return Guess({"patient_column": best[1]}, (best[1],), why, confirm, ("patients: none",))


def _numbered(cells: pd.Series) -> bool:
    """Whether the cells look like identifiers: whole numbers, or words with digits; no measurements, dates or words."""
    sample = cells.head(500)
    named = sample.str.fullmatch(r"(?=.*\d)[A-Za-z0-9_/-]{1,64}")
    dates_or_few = sample.str.fullmatch(r"\d{4}-\d\d-\d\d|(?:19|20)\d{6}|\d{1,2}")
    return bool(named.all() and not dates_or_few.all())


def _counts(cells: pd.Series, files: np.ndarray) -> tuple[int, int]:
    """Images that are there, and different patients of these; of all rows where no image is known."""
    known = files != ""
    images, patients = (files[known], cells[known]) if known.any() else (np.arange(len(cells)), cells)
    return len(set(images)), int(patients.nunique())


def _filled_share(cells: pd.Series) -> float:
    return len(filled(cells)) / max(1, len(cells))


def _from_headers(files: list[str], content: FolderContent) -> Guess | None:
    step = max(1, len(files) // HEADERS)
    paths = [str(content.root / name) for name in files[::step][:HEADERS]]
    patients = read_headers(paths, paths, None, 1, str(content.root))["patient_id"]
    named = patients[patients != ""]
    if len(named) < len(paths):
        return None
    why = f"PatientID in the DICOM header of all {len(paths):,} files that were looked at"
    few = len(paths) <= _FEW * named.nunique()
    confirm = (
        f"each of these files had a patient of its own; if the headers were made anonymous image by image, {SHARED}"
    )
    return Guess({"patient_from": "dicom"}, (), why, confirm if few else "", ("patients: none",) if few else ())


def _from_words(files: list[str]) -> Guess | None:
    """Patients from words such as patient00042 in the paths."""
    matches = [_IN_PATH.search(name) for name in files]
    if not files or not all(matches):
        return None
    words = {match[1] for match in matches}
    why = f"a word with a number in the path of each image: {len(words):,} in {len(files):,} images"
    confirm = f"the paths only look like it; if it is not so, {SHARED}"
    return Guess({"patient_pattern": _IN_PATH.pattern}, (), why, confirm, ("patients: none",))


def _from_starts(files: list[str]) -> Guess | None:
    """Patients from what the names of several files begin with."""
    starts = [_START.fullmatch(PurePosixPath(name).stem) for name in files]
    words = {match[1] for match in starts if match}
    if not all(starts) or len(words) < 10 or len(files) < _FEW * len(words):
        return None
    why = f"the file names begin alike: {len(words):,} beginnings in {len(files):,} images"
    confirm = f"the names only look like it; if it is not so, {SHARED}"
    return Guess({"patient_pattern": _NAME_START}, (), why, confirm, ("patients: none",))


def _unknown() -> Guess:
    return Guess(
        {"patients": "none"},
        (),
        "nothing here says which images are of the same patient, so every image is split by itself",
        f"{SHARED}; add a column with the patient, and set patient_column to its name, if you can",
        ("patient_column: patient",),
    )
