"""`labels.csv` beside image files: columns `path` and one for each label, as `medgan-tf generate --png` writes it.

Columns that the import of synthetic images knows (fold, row, index, sex, age and view) are no labels.
"""

import io
from pathlib import Path

import pandas as pd

from medgan_tf.data.tables.csv_reader import table_bytes
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.columns import OPTIONAL

LABELS = "labels.csv"
_NOT_LABELS = ("path", *OPTIONAL)


def label_table(folder: Path) -> pd.DataFrame | None:
    """The labels by path, a column of 0 and 1 for each label; None for a folder without the file.

    Raises:
        DataError: The file is no such table.
    """
    path = folder / LABELS
    if not path.exists():
        return None
    try:
        table = pd.read_csv(io.BytesIO(table_bytes(path)), dtype={"path": str}, compression=None)
    except (ValueError, pd.errors.ParserError) as error:
        raise DataError(f"{path} is not a CSV file: {str(error).splitlines()[0]}") from error
    columns = [column for column in table.columns if column not in _NOT_LABELS]
    if "path" not in table.columns or not columns:
        raise DataError(f"{path}: expected a column `path` and one for each label; found {', '.join(table.columns)}")
    table = table.set_index("path")[columns]
    if not table.index.is_unique:
        raise DataError(f"{path}: a path is listed twice")
    if not table.isin([0, 1]).all(axis=None):
        raise DataError(f"{path}: labels must be 0 or 1")
    return table
