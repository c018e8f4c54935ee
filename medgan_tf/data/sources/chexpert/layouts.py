"""Where CheXpert's images lie in its three releases, and the labels of the third.

CheXpert-v1.0-small has one folder, as its table says. The full CheXpert-v1.0 comes in four archives: "CheXpert-v1.0
batch 1 (validate & csv)" has the tables and valid/, batches 2 to 4 have the folders of patients, without train/ around
them. CheXpert Plus has PNG files, and labels in files with a JSON object in each line: path_to_image and the 14
findings with 1, 0, -1 or null.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import json_lines

BATCHES = "CheXpert-v1.0 batch*"
TABLES_BATCH = "CheXpert-v1.0 batch 1 (validate & csv)"
PLUS_IMAGES = ("PNG", "PNG/PNG", "PNGs", "")
"""Folders that hold train/ and valid/ of CheXpert Plus, as its archives unpack."""
_VIEW = re.compile(r"_(frontal|lateral)\.\w+$")
_MOST_LABEL_BYTES = 2**29


def image_paths(folder: Path, listed: Sequence[str], counts_only: bool) -> list[str]:
    """The files of the paths of a table in `folder`; with `counts_only` the disk is not asked."""
    batch_of = {} if counts_only else _batches(folder)
    return [_image_path(folder, path, batch_of) for path in listed]


def _batches(folder: Path) -> dict[str, Path]:
    """The batch of every patient of the training images; nothing for other releases."""
    parent = folder.parent if folder.name == TABLES_BATCH else folder
    batches = [path for path in sorted(parent.glob(BATCHES)) if path.is_dir()]
    return {patient.name: batch for batch in batches for patient in batch.glob("patient*")}


def _image_path(folder: Path, listed: str, batch_of: dict[str, Path]) -> str:
    # Path starts with the dataset folder's published name, whatever the user's copy is called.
    first, _, rest = listed.partition("/")
    inside = rest if rest and (first.startswith("CheXpert") or first == folder.name) else listed
    part, _, image = inside.partition("/")
    batch = batch_of.get(image.partition("/")[0]) if part == "train" else None
    return f"{batch}/{image}" if batch else f"{folder}/{inside}"


def read_plus_labels(path: Path, findings: Sequence[str]) -> pd.DataFrame:
    """Labels of CheXpert Plus as rows of CheXpert's table.

    Args:
        path: impression_fixed.json or report_fixed.json, made by CheXbert from the impression or the whole report.
        findings: The 14 findings.

    Returns:
        Columns Path, Frontal/Lateral (from the file's name) and one for each finding, as text; blank for null.

    Raises:
        DataError: A line without the path or a finding, or a path without its view.
    """
    bad: list[int] = []
    rows = []
    for number, entry in enumerate(json_lines(path, largest=_MOST_LABEL_BYTES, bad=bad), start=1):
        image = entry.get("path_to_image")
        view = _VIEW.search(image) if isinstance(image, str) else None
        missing = [name for name in findings if name not in entry]
        if view is None or missing:
            wanted = f"a finding {missing[0]!r}" if missing else "path_to_image, ..._frontal.jpg or ..._lateral.jpg"
            raise DataError(f"{path}: object {number}: expected {wanted}. Received: {str(entry)!r:.200}")
        states = ["" if entry[name] is None else str(entry[name]) for name in findings]
        rows.append((image, view[1].capitalize(), *states))
    if bad or not rows:
        where = f"line {bad[0]} is no JSON object" if bad else "is empty"
        raise DataError(f"{path}: {where}; expected the labels of CheXpert Plus, one object in each line")
    return pd.DataFrame(rows, columns=["Path", "Frontal/Lateral", *findings])


def plus_image_paths(folder: Path, listed: Sequence[str], counts_only: bool) -> list[str]:
    """The PNG files of the paths in the labels of CheXpert Plus, which end in .jpg there."""
    inside = [f"{path.rpartition('.')[0]}.png" for path in listed]
    places = [folder / name for name in PLUS_IMAGES]
    found = [] if counts_only else [place for place in places if any((place / path).is_file() for path in inside[:20])]
    return [f"{(found or places)[0]}/{path}" for path in inside]
