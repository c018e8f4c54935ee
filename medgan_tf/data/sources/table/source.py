"""Any CSV file with a path, a patient and labels: PNG, JPEG, TIFF or DICOM images.

Labels are columns of their own (`label_columns`), or names in one column (`label_column`), as in the NIH's
"Cardiomegaly|Effusion".
"""

import codecs
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from medgan_tf.config.section import Names, Section
from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.dicom.window import Window
from medgan_tf.data.images import read_grey
from medgan_tf.data.tables.listing import (
    check_images_exist,
    csv_row,
    drop_duplicates,
    find_folder,
    parse_states,
    read_csv,
    refuse_blank,
)
from medgan_tf.data.tables.table import LabelState, Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

STATES_HINT = "; data.options.states gives cells their meaning"
StateName = Literal["positive", "negative", "uncertain", "blank"]
DICOM_MARK = b"DICM"
SPREADSHEET_INTEGER = re.compile(r"(\d+)\.0+")
RESERVED = ("image_id", "path", "patient_id")


@SOURCES.register("table")
class TableSource(Source):
    """Images listed in a CSV file of the user's own.

    Args:
        root: Folder of the CSV file.
        options: See `Options`.
    """

    incidental_options = ("separator", "encoding")

    class Options(Section):
        """`data.options` of the source `table`."""

        csv: str = "labels.csv"
        """Label table inside data.root."""
        separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
        """What separates the columns of the table, e.g. ";" or "\\t"."""
        encoding: str = "utf-8"
        """Text encoding of the table, e.g. latin-1 or utf-16."""
        images: str = "."
        """Folder that the paths in the table are relative to, itself relative to data.root."""
        path_column: str = "path"
        """Column with the image files."""
        patient_column: str = "patient"
        """Column with whatever identifies the patient: all images of a patient stay in one fold."""
        image_id_column: str | None = None
        """Column that identifies the image; None takes the path."""
        label_columns: Names | None = None
        """One column per finding. Give either this or `label_column`."""
        label_column: str | None = None
        """One column with the names of all findings of the image; blank for none."""
        label_separator: Annotated[str, Field(min_length=1)] = "|"
        """What separates the names in `label_column`."""
        label_names: Names | None = None
        """Findings that may occur in `label_column`, in order; None takes those that occur, sorted."""
        states: dict[str, StateName] | None = None
        """What the cells of `label_columns` mean, e.g. {"yes": positive, "no": negative}. None means 1, 0, -1
        (uncertain) and blank. A blank cell is blank unless "" is listed."""
        no_finding: str | None = None
        """The finding, if any, that states the absence of all others."""
        window: Window | None = None
        """Window for DICOM images; None takes each file's own."""
        frame: Annotated[int, Field(ge=0)] | None = None
        """Frame to take from multi-frame DICOM files, from 0; None refuses them."""

        @field_validator("encoding")
        @classmethod
        def _known_encoding(cls, value: str) -> str:
            try:
                codecs.lookup(value)
            except LookupError as error:
                raise ValueError(
                    f"unknown text encoding {value!r}; utf-8, latin-1, cp1252 and utf-16 are some"
                ) from error
            return value

        @field_validator("states", mode="before")
        @classmethod
        def _text_keys(cls, value: object) -> object:
            if not isinstance(value, dict):
                return value
            if any(isinstance(key, bool) for key in value):
                raise ValueError("put yes, no, true and false in quotes: YAML takes them for truth values")
            return {str(key) if isinstance(key, (int, float)) else key: state for key, state in value.items()}

        @model_validator(mode="after")
        def _one_kind_of_labels(self) -> "TableSource.Options":
            if self.label_columns == ():
                raise ValueError(
                    "label_columns is empty, and a conditional GAN needs at least one label; name the columns of the "
                    "findings, or give a column that is 1 for every image"
                )
            if (self.label_columns is None) == (self.label_column is None):
                raise ValueError("give either label_columns (one column per finding) or label_column (names in one)")
            if self.label_column is None and self.label_names is not None:
                raise ValueError("label_names goes with label_column; with label_columns the columns are the names")
            if self.label_column is not None and self.states is not None:
                raise ValueError("states goes with label_columns; a name in label_column is positive")
            return self

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """All images of the CSV with their label states; see `Source.read_table`."""
        options = self.options
        hint = "data.root is the folder of your label table, data.options.csv its name"
        folder = find_folder(self.root, options.csv, (), hint)
        csv = folder / options.csv
        labels = options.label_columns or (options.label_column or "",)
        identifier = options.image_id_column or options.path_column
        columns = (identifier, options.path_column, options.patient_column, *labels)
        hint = "; see data.options.separator and data.options.encoding"
        rows = read_csv(csv, columns, hint, options.separator, options.encoding)
        for column in (identifier, options.path_column, options.patient_column):
            refuse_blank(rows[column], csv)
        findings, states = self._states(rows, csv)
        if options.no_finding is not None and options.no_finding not in findings:
            raise DataError(
                f"{csv}: no finding {options.no_finding!r} (data.options.no_finding); found: {', '.join(findings)}"
            )
        rows[options.path_column] = _paths(rows[options.path_column], csv)
        listed = {"image_id": rows[identifier].str.strip(), "path": rows[options.path_column]}
        patients = rows[options.patient_column].map(_patient)
        frame = pd.DataFrame({**listed, "patient_id": patients, **states})
        counts = {f"rows in {Path(options.csv).name}": len(frame)}
        frame, counts["repeated rows dropped"] = drop_duplicates(frame, findings, csv)
        frame["path"] = [str(folder / options.images / path) for path in frame["path"]]
        check_images_exist(frame["path"], csv)
        return SourceTable(frame, findings, counts, no_finding=options.no_finding)

    def _states(self, rows: pd.DataFrame, csv: Path) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
        options = self.options
        if options.label_column is not None:
            return _named_states(rows[options.label_column], options.label_separator, options.label_names, csv)
        columns = options.label_columns or ()
        _check_names(columns, csv)
        meaning = None
        if options.states is not None:
            meaning = {text.strip(): LabelState[name.upper()] for text, name in options.states.items()}
        return columns, {name: parse_states(rows[name], csv, meaning, STATES_HINT) for name in columns}

    def read_image(self, path: str) -> np.ndarray:
        """One image, uint8 grey [H, W]; see `Source.read_image`."""
        try:
            with open(path, "rb") as file:
                start = file.read(132)
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
        if start[128:] == DICOM_MARK or Path(path).suffix.lower() in (".dcm", ".dicom", ".ima"):
            return read_dicom(path, self.options.window, self.options.frame)
        return read_grey(path)


def _paths(cells: pd.Series, csv: Path) -> list[str]:
    """Paths with / between folders, whichever system wrote them, and without ./ or blanks around."""
    zero = cells.str.contains("\0", regex=False).to_numpy()
    if zero.any():
        raise DataError(
            f"{csv}: {csv_row(int(zero.argmax()))}, column {cells.name!r}: holds a zero byte, so is no path"
        )
    return [str(PurePosixPath(text.strip().replace("\\", "/"))) for text in cells]


def _patient(text: str) -> str:
    # Spreadsheets and pandas write the integers of a column with gaps as 17.0; 17 and 17.0 must not be two patients.
    whole = SPREADSHEET_INTEGER.fullmatch(text.strip())
    return whole[1] if whole else text.strip()


def _named_states(
    cells: pd.Series, separator: str, names: tuple[str, ...] | None, csv: Path
) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
    """Findings and states of a column that names the positive findings of each image."""
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    named = [{part.strip() for part in str(text).split(separator)} - {""} for text in texts]
    findings = names if names is not None else tuple(sorted(set().union(*named)))
    _check_names(findings, csv)
    for number, found in enumerate(named):
        if found - set(findings):
            row = csv_row(int((codes == number).argmax()))
            raise DataError(
                f"{csv}: {row}, column {cells.name!r}: expected names among {', '.join(findings)}. "
                f"Received: {sorted(found - set(findings))[0]!r}"
            )
    return findings, {
        name: np.array([LabelState.POSITIVE if name in found else LabelState.NEGATIVE for found in named], np.int8)[
            codes
        ]
        for name in findings
    }


def _check_names(names: tuple[str, ...], csv: Path) -> None:
    if not names or len(set(names)) != len(names):
        raise DataError(f"{csv}: expected different findings, at least one. Received: {list(names)}")
    for name in names:
        # "|" joins the names of a combination; the others are columns of the source table.
        if "|" in name or name in RESERVED:
            raise DataError(f"{csv}: a finding cannot be called {name!r}; rename the column")
