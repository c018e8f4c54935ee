"""The patient of each row: from a column, from the path, from the headers of DICOM files, or unknown."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from medgan_tf.data.dicom.headers import read_headers
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.tables.joining import key_text
from medgan_tf.data.tables.listing import first_match, refuse_blank, row_of
from medgan_tf.errors import DataError

LONGEST_PATH = 1024
"""Characters of a path in which a pattern is looked for: some patterns take very long on long texts."""


def patient_columns(options: Options) -> list[str]:
    """The column of the patient, if there is one."""
    other = options.patient_pattern or options.patient_from or options.patients == "none"
    return [] if other else [options.patient_column]


def listed_patients(rows: pd.DataFrame, paths: pd.Series, options: Options, csv: Path) -> pd.Series:
    """The patient of each row, as far as the table says it: "" where headers have it, or nobody.

    Raises:
        DataError: A blank cell, or a path without the pattern.
    """
    if options.patients == "none" or options.patient_from:
        return pd.Series("", rows.index, dtype=object)
    if options.patient_pattern is None:
        refuse_blank(rows[options.patient_column], csv)
        return rows[options.patient_column].map(key_text)
    cells = paths.rename(options.path_template or options.path_column)
    long = (cells.str.len() > LONGEST_PATH).to_numpy()
    if long.any():
        raise DataError(
            f"{csv}: {row_of(cells, int(long.argmax()))}: has a path of more than {LONGEST_PATH:,} characters"
        )
    found = first_match(cells, options.patient_pattern, csv, "a path with data.options.patient_pattern in it")
    blank = (found.str.strip() == "").to_numpy()
    if blank.any():
        raise DataError(
            f"{csv}: {row_of(cells, int(blank.argmax()))}: the group of data.options.patient_pattern is blank there"
        )
    return found.str.strip()


def header_patients(
    names: Sequence[str], files: Sequence[str], options: Options, root: str | None, save: bool, csv: Path
) -> list[str]:
    """PatientID of each file, "" where its header cannot be read or has none.

    Args:
        names: What identifies each file in the cache.
        files: The files; some may be named several times.
        options: `header_cache` and `header_workers`.
        root: Folder that the files must lie in; None reads them wherever they are.
        save: Complete the cache.
        csv: The table, for messages.

    Raises:
        DataError: No file names a patient.
    """
    once = dict(zip(names, files, strict=True))
    headers = read_headers(list(once), list(once.values()), options.header_cache, options.header_workers, root, save)
    patients = dict(zip(once, headers["patient_id"], strict=True))
    if not any(patients.values()):
        raise DataError(
            f"{csv}: no file has a PatientID in a DICOM header (data.options.patient_from), e.g. {files[0]}; if "
            "nothing tells the patient, set data.options.patients to none"
        )
    return [patients[name] for name in names]
