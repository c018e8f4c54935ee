"""Where the images of the table lie: from a column, from a template, or found by name."""

import os
import re
from pathlib import Path, PurePosixPath

import pandas as pd

from medgan_tf.data.sources.table.settings import FIELD, Options
from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.listing import refuse_blank, row_of
from medgan_tf.data.tables.search import find_files
from medgan_tf.errors import DataError

FRAME_MARK = "#frame="
"""Between file and frame where the table has a column of frames: always there then, so a name may hold it, too."""
LARGEST_FRAME = 1_000_000


def path_columns(options: Options) -> list[str]:
    """The columns that the path of an image is made of."""
    if options.path_template is None:
        return [options.path_column]
    return [column for _, column, _ in _fields(options.path_template) if column is not None]


def listed_paths(rows: pd.DataFrame, options: Options, csv: Path) -> pd.Series:
    """Paths as the table has them, without `path_suffix`: / between folders, whichever system wrote them.

    Raises:
        DataError: A blank cell, or one that holds a zero byte.
    """
    for column in path_columns(options):
        refuse_blank(rows[column], csv)
        _refuse_zero_bytes(rows[column], csv)
    if options.path_template is None:
        paths = rows[options.path_column].tolist()
    else:
        fields = _fields(options.path_template)
        parts = [
            [text] * len(rows) if column is None else [cell.strip()[:length] for cell in rows[column]]
            for text, column, length in fields
        ]
        paths = ["".join(one) for one in zip(*parts, strict=True)]
    return pd.Series([_normal(path.strip().replace("\\", "/")) for path in paths], rows.index, dtype=object)


def _is_normal(path: str) -> bool:
    """Whether `PurePosixPath` would leave a path as it is."""
    odd = "//" in path or "/./" in path or path.startswith("./") or path.endswith(("/", "/."))
    return not odd and path not in ("", ".")


def _normal(path: str) -> str:
    """A path as `PurePosixPath` writes it. That keeps every name for ever, so it is asked about odd paths only."""
    return path if _is_normal(path) else str(PurePosixPath(path))


def image_files(paths: pd.Series, folder: Path, options: Options, look: bool = True) -> list[str]:
    """The files of the paths that `listed_paths` made.

    Args:
        paths: The paths.
        folder: Folder of the table.
        options: `images`, `path_suffix`, `search` and `outside_root`.
        look: Search for the files, if that is asked for. A file that is not found keeps its path as if it lay in
            `images`, so that it is counted as missing.
    """
    base = folder / options.images
    files = [f"{path}{options.path_suffix}" for path in paths] if options.path_suffix else list(paths)
    start = str(base / "x")[:-1] if os.sep == "/" else None
    expected = [_below(base, start, file) for file in files]
    if not options.search or not look:
        return expected
    names = [file.rpartition("/")[2] for file in files]
    found = find_files(base, dict.fromkeys(names), outside_root=options.outside_root)
    return [found.get(name, path) for name, path in zip(names, expected, strict=True)]


def _below(base: Path, start: str | None, file: str) -> str:
    """As ``str(base / file)``, in less memory. `start` stands before the file; None where "/" separates nothing."""
    if start is None or file.startswith("/") or not _is_normal(file):
        return str(base / file)
    return start + file


def frame_marks(cells: pd.Series, csv: Path) -> list[str]:
    """What follows the path of a file in the path of its image: "#frame=3", or "#frame=" for a blank cell."""
    marks = []
    for position, cell in enumerate(cells):
        text = re.sub(r"\.0+$", "", cell.strip())
        if text and not (text.isascii() and text.isdigit() and int(text[:9]) <= LARGEST_FRAME and len(text) < 9):
            raise DataError(
                f"{csv}: {row_of(cells, position)}, column {cells.name!r}: expected the number of a frame, from 0. "
                f"Received: {shown(cell)}"
            )
        marks.append(f"{FRAME_MARK}{int(text) if text else ''}")
    return marks


def split_marks(paths: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Paths without and the texts of `frame_marks` behind them."""
    parts = paths.str.rpartition(FRAME_MARK)
    return parts[0], parts[1] + parts[2]


def file_and_frame(path: str) -> tuple[str, int | None]:
    """The file and the frame of a path that ends with a text of `frame_marks`."""
    file, _, number = path.rpartition(FRAME_MARK)
    return file, int(number) if number else None


def _fields(template: str) -> list[tuple[str, str | None, int | None]]:
    """The parts of a template: a text as it is, or a column and how many of its characters to take, None for all."""
    parts: list[tuple[str, str | None, int | None]] = []
    position = 0
    for found in FIELD.finditer(template):
        parts += [(template[position : found.start()], None, None)]
        parts += [("", found[1].strip(), int(found[2]) if found[2] else None)]
        position = found.end()
    parts.append((template[position:], None, None))
    return parts


def _refuse_zero_bytes(cells: pd.Series, csv: Path) -> None:
    zero = cells.str.contains("\0", regex=False).to_numpy()
    if zero.any():
        raise DataError(
            f"{csv}: {row_of(cells, int(zero.argmax()))}, column {cells.name!r}: holds a zero byte, so is no path"
        )
