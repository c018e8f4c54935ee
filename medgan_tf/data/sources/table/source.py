"""Any CSV file with a path, a patient and labels: PNG, JPEG, TIFF or DICOM images.

Labels are columns of their own (`label_columns`), or names in one column (`label_column`), as in the NIH's
"Cardiomegaly|Effusion".
"""

import re
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.dicom.parsing import LARGEST_FILE
from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.tables.listing import (
    check_images_exist,
    csv_row,
    drop_duplicates,
    find_folder,
    parse_states,
    read_csv,
    refuse_blank,
)
from medgan_tf.data.tables.places import check_places, refuse_outside
from medgan_tf.data.tables.table import LabelState, Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular
from medgan_tf.registry import SOURCES

STATES_HINT = "; data.options.states gives cells their meaning"
DICOM_MARK = b"DICM"
SPREADSHEET_INTEGER = re.compile(r"(\d+)\.0+")
RESERVED = ("image_id", "path", "patient_id")


@SOURCES.register("table")
class TableSource(Source):
    """Images listed in a CSV file of the user's own.

    Args:
        root: Folder of the CSV file.
        options: `data.options` of the experiment.
    """

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
        if not options.outside_root:
            check_places(frame["path"], self.root, csv)
        if not self.counts_only:
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
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        with open_regular(path, LARGEST_FILE) as file:
            start = file.read(132)
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
