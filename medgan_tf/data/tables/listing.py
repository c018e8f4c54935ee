"""Reading the CSV files that list images: columns by name, label states, duplicates, and where the images lie."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from medgan_tf.data.tables.cells import nearest_name, shown, shown_names
from medgan_tf.data.tables.csv_format import (
    encoding_of,
    named_separator,
    other_separator,
    seems_utf_16,
    separator_name,
)
from medgan_tf.data.tables.csv_reader import LONGEST_LINE, table_bytes
from medgan_tf.data.tables.missing import explain_missing
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError

BLANK_WORDS = ("", "nan", "<na>", "none", "null", "n/a", "#n/a")
NUMERIC_STATES = {1.0: LabelState.POSITIVE, 0.0: LabelState.NEGATIVE, -1.0: LabelState.UNCERTAIN}


def find_folder(root: str, holds: str, names: Sequence[str], obtained: str) -> Path:
    """The folder with the file `holds`: `root` itself or its child of one of the `names`.

    Args:
        root: Folder the user gave.
        holds: File that must be in it, e.g. "train.csv".
        names: The dataset folder's own names, tried as children of `root`.
        obtained: How to obtain the dataset, for the message.

    Raises:
        DataError: Neither has the file; the message says which folders were looked in.
    """
    candidates = [Path(root), *(Path(root) / name for name in names)]
    for folder in candidates:
        if (folder / holds).is_file():
            return folder
    looked = " and ".join(str(folder) for folder in candidates)
    raise DataError(f"no {holds} found; looked in {looked} (data.root). {obtained}")


def read_csv(
    path: Path,
    columns: Sequence[str],
    hint: str = "",
    separator: str = ",",
    encoding: str = "utf-8",
    optional: Sequence[str] = (),
    hints: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """The named columns of a CSV file as text, blanks as "", rows as in the file.

    Blanks around column names and a byte order mark are ignored, and the mark of UTF-16 is heeded where UTF-8 is
    expected. A first line ``sep=;`` names the separator; rows are then counted without it, as Excel shows them. A row
    with fewer cells than the header has blanks in the rest, as spreadsheets leave them out.

    Args:
        path: The file.
        columns: Names of the wanted columns.
        hint: End of the message when a column is missing or the text cannot be read; names the options, if any, for
            separator and encoding.
        separator: The character between two cells.
        encoding: Encoding of the text.
        optional: Names of columns that are read, too, if they are there.
        hints: End of the message about a missing column, by column, instead of `hint`.

    Raises:
        DataError: The file is missing, is no CSV in that encoding, has no rows, lacks a column (names it and those
            found) or has a wanted one twice, or a row has more cells than the header.
    """
    data = table_bytes(path, separator, encoding)
    encoding = encoding_of(data, encoding)
    separator, data = named_separator(data, encoding) or (separator, data)
    how = {"sep": separator, "encoding": encoding, "dtype": str, "keep_default_na": False, "index_col": False}
    try:
        # Two rows, so that pandas compares the first row with the header: later it would take it for the wider one.
        start = pd.read_csv(io.BytesIO(data), nrows=2, header=None, compression=None, **how)
        found = [str(name).strip() for name in start.iloc[0]]
        if not set(columns) & set(found):
            hint = _separator_hint(data, encoding, columns or optional, separator, hint)
        wanted = dict.fromkeys([*columns, *(name for name in optional if name in found)])
        places = {name: _column(found, name, path, hints.get(name, hint)) for name in wanted}
        # All columns: with `usecols`, pandas drops surplus cells, and with them a label that was shifted, in silence.
        frame = pd.read_csv(io.BytesIO(data), names=range(len(found)), header=0, compression=None, **how)
    except MemoryError as error:
        raise DataError(f"{path}: needs more memory than there is; is it the table of images?") from error
    except (UnicodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        surplus = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if surplus:
            raise DataError(
                f"{path}: line {surplus[2]} has {surplus[3]} cells, the header {surplus[1]}; put a cell that holds "
                f'{separator!r} in quotes ("...")'
            ) from error
        reason = f"{str(error).strip():.300}{_encoding_hint(data)}{hint}"
        raise DataError(f"{path}: is not a CSV file in {encoding.removesuffix('-sig').upper()}: {reason}") from error
    if frame.empty:
        raise DataError(f"{path}: has a header but no rows")
    for name, place in places.items():
        # Lines are short, but quotes can hold many.
        if data.count(b'"') and frame[place].str.len().max() > LONGEST_LINE:
            raise DataError(f"{path}: a cell of column {name!r} has more than {LONGEST_LINE:,} characters")
    return pd.DataFrame({name: frame[place] for name, place in places.items()})


def read_header(path: Path) -> list[str]:
    """The names of the columns of a CSV file with commas, blanks around them left out.

    Raises:
        DataError: It is no CSV file in UTF-8.
    """
    data = table_bytes(path)
    encoding = encoding_of(data, "utf-8")
    separator, data = named_separator(data, encoding) or (",", data)
    try:
        text = io.StringIO(data.decode(encoding), newline="")
        return [name.strip() for name in next((row for row in csv.reader(text, delimiter=separator) if row), [])]
    except (UnicodeError, csv.Error) as error:
        raise DataError(f"{path}: is not a CSV file in UTF-8: {error}{_encoding_hint(data)}") from error


def _column(found: Sequence[str], name: str, path: Path, hint: str) -> int:
    """Where a column is."""
    if found.count(name) == 1:
        return found.index(name)
    if name in found:
        raise DataError(f"{path}: {found.count(name)} columns are called {name!r}; rename one")
    nearest = nearest_name(name, found)
    meant = f"; rename {shown(nearest)} if that is meant" if nearest else ""
    raise DataError(f"{path}: no column {shown(name)}; found: {shown_names(found)}{meant}{hint}")


def _separator_hint(data: bytes, encoding: str, columns: Sequence[str], separator: str, hint: str) -> str:
    other = other_separator(data, encoding, columns, separator)
    if not other:
        return f"{_encoding_hint(data)}{hint}"
    remedy = "set data.options.separator" if "data.options.separator" in hint else "save it with commas"
    return f"; the table seems to be separated by {separator_name(other)}: {remedy}"


def _encoding_hint(data: bytes) -> str:
    wide = seems_utf_16(data)
    return f"; the table seems to be in {wide} without a byte order mark" if wide else ""


def csv_row(position: int) -> str:
    """How a row is named in messages: its line in the file when no cell holds a line break; the header is line 1."""
    return f"row {position + 2}"


def row_of(values: pd.Series | pd.DataFrame, position: int) -> str:
    """As `csv_row`, for rows some of which may have been left out: the index says where each stands in the file."""
    return csv_row(int(values.index[position]))


def parse_states(
    values: pd.Series, source: str | Path, states: Mapping[str, LabelState] | None = None, hint: str = ""
) -> np.ndarray:
    """Label cells as text to int8 [N] of `LabelState`.

    Args:
        values: One column; its name is used in messages.
        source: The file the column is from, for messages.
        states: The meaning of each cell text. None means CheXpert's coding: 1 positive, 0 negative, -1 uncertain. A
            blank cell is BLANK unless `states` says otherwise.
        hint: End of the message about a value without a meaning.

    Raises:
        DataError: Any other value, with file, row, column and value.
    """
    codes, texts = pd.factorize(values.to_numpy(dtype=object))
    meaning = [_state(str(text).strip(), states) for text in texts]
    for number, state in enumerate(meaning):
        if state is None:
            expected = "1, 0, -1 or blank" if states is None else f"{', '.join(map(repr, states))} or blank"
            row = row_of(values, int(np.argmax(codes == number)))
            raise DataError(
                f"{source}: {row}, column {values.name!r}: expected {expected}. Received: {shown(texts[number])}{hint}"
            )
    return np.array(meaning, np.int8)[codes]


def _state(text: str, states: Mapping[str, LabelState] | None) -> LabelState | None:
    if states is not None and text in states:
        return states[text]
    if not text:
        return LabelState.BLANK
    if states is not None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else NUMERIC_STATES.get(number)


def refuse_blank(values: pd.Series, source: str | Path) -> None:
    """Raises `DataError` naming the first row whose cell is blank or holds one of the usual words for that."""
    texts = values.str.strip()
    blank = texts.str.lower().isin(BLANK_WORDS).to_numpy()
    if blank.any():
        first = int(blank.argmax())
        word = f" ({texts.iloc[first]!r})" if texts.iloc[first] else ""
        raise DataError(f"{source}: {row_of(values, first)}, column {values.name!r}: is blank{word}")


def drop_duplicates(
    frame: pd.DataFrame, findings: Iterable[str], source: str | Path, hint: str = ""
) -> tuple[pd.DataFrame, int]:
    """Drops rows that repeat an image id with the same labels and patient.

    Args:
        frame: Columns `image_id`, `patient_id` and the findings.
        findings: Columns that must be equal in rows of one image.
        source: The file, for messages.
        hint: End of the message about rows that are not.

    Returns:
        The frame without the repeats, and how many there were.

    Raises:
        DataError: An image id occurs twice with different labels or patients.
    """
    repeats = frame["image_id"].duplicated()
    if not repeats.any():
        return frame, 0
    compared = ["patient_id", *findings]
    whole = frame.duplicated(subset=["image_id", *compared])
    contradicting = (repeats & ~whole).to_numpy()
    if contradicting.any():
        first = int(contradicting.argmax())
        image = str(frame["image_id"].iloc[first])
        before = frame[(frame["image_id"] == image).to_numpy()].iloc[0]
        different = [name for name in compared if frame[name].iloc[first] != before[name]]
        raise DataError(
            f"{source}: image {image:.200} is listed twice with different labels or patients ({row_of(frame, first)}; "
            f"it differs in {shown_names(different, 200)}){hint}"
        )
    return frame[~repeats].reset_index(drop=True), int(repeats.sum())


def check_images_exist(paths: Sequence[str], source: str | Path, sample: int = 20) -> None:
    """Stops early when the images are somewhere else: at least one of the first `sample` files must be there.

    Single missing files are not looked for here; the build counts them.
    """
    first = list(paths[:sample])
    if first and not any(Path(path).is_file() for path in first):
        clause = explain_missing(first[0])
        raise DataError(
            f"{source} lists images that are not there, e.g. {first[0]}{clause}; is data.root the right folder?"
        )


def first_match(values: pd.Series, pattern: str, source: str | Path, wanted: str) -> pd.Series:
    """Group 1 of a pattern in every cell. Raises `DataError` naming the first row without a match."""
    compiled = re.compile(pattern)
    matches = [compiled.search(value) for value in values]
    for position, match in enumerate(matches):
        if match is None:
            raise DataError(
                f"{source}: {row_of(values, position)}, column {values.name!r}: expected {wanted}. "
                f"Received: {shown(values.iloc[position])}"
            )
    return pd.Series([match.group(1) for match in matches if match is not None], values.index, dtype=str)
