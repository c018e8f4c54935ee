"""The rows of the label table with all columns that are needed: further tables joined, other rows left out."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medgan_tf.data.sources.table.settings import Join, Options
from medgan_tf.data.tables.cells import shown, shown_names
from medgan_tf.data.tables.joining import join, key_text
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError

READING_HINT = "; see data.options.separator and data.options.encoding"
PATIENT_HINT = (
    "; say where the patient is: a column (data.options.patient_column), a part of the path (patient_pattern), the "
    "headers of DICOM files (patient_from: dicom), or nowhere (patients: none)"
)
_DICOM_AGE = re.compile(r"0*(\d{1,3})([YMWD])", re.IGNORECASE)
_PER_YEAR = {"Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}
_SHOWN = 20


def read_rows(folder: Path, options: Options, wanted: list[str], counts: dict[str, int]) -> pd.DataFrame:
    """The wanted columns as text. The index says where each row stands in the label table, from 0.

    Args:
        folder: Folder of the table.
        options: `join`, `where`, and how to read the table.
        wanted: Names of columns, from the table itself or from a joined one.
        counts: Gets the numbers of rows that were read and left out.

    Raises:
        DataError: A column that no table has, or as `read_csv` and `join`.
    """
    csv = folder / options.csv
    wanted = list(dict.fromkeys([*wanted, *options.where]))
    hints = {options.patient_column: PATIENT_HINT}
    if options.join:
        rows = _joined(folder, options, wanted, counts)
        missing = [name for name in wanted if name not in rows]
        if missing:
            tables = ", ".join([options.csv, *(one.csv for one in options.join)])
            hint = hints.get(missing[0], "")
            raise DataError(f"{csv}: no column {missing[0]!r} in {tables}; found: {shown_names(rows.columns)}{hint}")
        rows = rows[wanted]
    else:
        rows = read_csv(csv, wanted, READING_HINT, options.separator, options.encoding, hints=hints)
        counts[f"rows in {csv.name}"] = len(rows)
    for column, condition in options.where.items():
        rows = _kept(rows, column, condition, csv, counts)
    return rows


def _joined(folder: Path, options: Options, wanted: list[str], counts: dict[str, int]) -> pd.DataFrame:
    csv = folder / options.csv
    keys = [name for one in options.join for name in one.key]
    # Which table has a column is only known when it is read.
    rows = read_csv(
        csv, list(options.join[0].key), READING_HINT, options.separator, options.encoding, optional=[*wanted, *keys]
    )
    counts[f"rows in {csv.name}"] = len(rows)
    for one in options.join:
        rows = _with_table(rows, one, folder, options, [*wanted, *keys], counts)
    return rows


def _with_table(
    rows: pd.DataFrame, one: Join, folder: Path, options: Options, wanted: list[str], counts: dict[str, int]
) -> pd.DataFrame:
    csv, other = folder / options.csv, folder / one.csv
    absent = [name for name in one.key if name not in rows]
    if absent:
        raise DataError(f"{csv}: no column {absent[0]!r} to join {one.csv} by (data.options.join)")
    required = [*one.key.values(), *(one.columns or ())]
    optional = [] if one.columns is not None else wanted
    found = read_csv(other, required, READING_HINT, options.separator, options.encoding, optional=optional)
    rows, matched = join(rows, found, one.key, csv, other)
    name = Path(one.csv).name
    if one.unmatched == "keep":
        counts[f"rows without a row in {name}"] = int((~matched).sum())
        return rows
    counts[f"rows without a row in {name} left out"] = int((~matched).sum())
    return rows[matched]


def _kept(
    rows: pd.DataFrame, column: str, condition: dict[str, Any], csv: Path, counts: dict[str, int]
) -> pd.DataFrame:
    """The rows that meet one condition of `where`."""
    cells = rows[column]
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    keys = [key_text(str(text)) for text in texts]
    keep = np.array([_meets(key, condition) for key in keys], bool)
    for name in ("in", "not"):
        _refuse_other_case(keys, condition.get(name, []), column, csv)
    if "min" in condition or "max" in condition:
        numbers = np.array([_number(key) is not None for key in keys], bool)
        if not numbers.all():
            counts[f"rows left out, {column} is no number"] = int((~numbers[codes]).sum())
        counts[f"rows left out by {column}"] = int((numbers & ~keep)[codes].sum())
    else:
        counts[f"rows left out by {column}"] = int((~keep[codes]).sum())
    if not keep.any():
        found = shown_names([shown(key) for key in keys[:_SHOWN]])
        raise DataError(f"{csv}: data.options.where leaves no row: column {column!r} holds e.g. {found}")
    return rows[keep[codes]]


def _meets(key: str, condition: dict[str, Any]) -> bool:
    if "in" in condition and key not in map(key_text, condition["in"]):
        return False
    if "not" in condition and key in map(key_text, condition["not"]):
        return False
    if "min" in condition or "max" in condition:
        number = _number(key)
        return number is not None and condition.get("min", -np.inf) <= number <= condition.get("max", np.inf)
    return True


def _number(text: str) -> float | None:
    """A number, or an age in years as DICOM writes it: 057Y, 018M."""
    age = _DICOM_AGE.fullmatch(text)
    if age:
        return int(age[1]) / _PER_YEAR[age[2].upper()]
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _refuse_other_case(keys: list[str], wanted: list[str], column: str, csv: Path) -> None:
    listed = {key_text(one) for one in wanted}
    folded = {one.casefold(): one for one in listed}
    for key in keys:
        if key not in listed and key.casefold() in folded:
            raise DataError(
                f"{csv}: column {column!r} holds {shown(key)}, data.options.where has {shown(folded[key.casefold()])}; "
                "list both or mend the table"
            )
