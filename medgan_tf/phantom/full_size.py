"""The whole layout of CheXpert from its real label table, with phantom pictures: to try `prepare` at full size.

Labels and patients are those of the table. The pictures are phantoms that know nothing of the labels, so the folder
shows time, memory and size, and nothing about medicine.
"""

import csv
import gzip
import io
import os
import re
import shutil
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular
from medgan_tf.phantom.chest_anatomy import draw_anatomy
from medgan_tf.phantom.chest_findings import draw_combination, draw_study
from medgan_tf.phantom.chest_rendering import render_frontal
from medgan_tf.phantom.chest_view import draw_view
from medgan_tf.phantom.chexpert_layout import mapped

NOTE = "PICTURES_ARE_PHANTOMS.txt"
_TEXT = "Made by medgan-tf. The pictures are phantoms; they have nothing to do with the labels in train.csv.\n"
_PATH = re.compile(r"[^/\\]+/((?:train|valid|test)/(patient\d+)/study\d+/view\d+_(frontal|lateral)\.(?:jpg|png))")
_LARGEST_TABLE = 192 * 2**20
_SIZE = (320, 390)  # usual short and long side of CheXpert-v1.0-small, pixels
_LEAST_KEPT = 0.85  # side of the smallest part of a phantom that a patient's picture shows


def write_full_size(
    table: str | Path,
    out: str | Path,
    phantoms: int = 300,
    lateral: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> dict[str, int]:
    """Writes a CheXpert-v1.0-small folder with a picture for every row of the table.

    Every patient has a picture of their own, a part of one of the phantoms with its own brightness; all rows of the
    patient are hard links to it, or copies where the file system has no links.

    Args:
        table: CheXpert's train.csv, plain or as .gz.
        out: The folder to make; new or empty.
        phantoms: Number of phantoms that are drawn.
        lateral: Give lateral views a picture, too. They get the patient's frontal one.
        seed: Seed of everything drawn.
        progress: Called as ``progress(rows_done, rows)``.
        workers: Processes that draw; None means one per usable CPU core.

    Returns:
        Counts: rows, images, patients, copies (files that could not be linked).

    Raises:
        DataError: A table that is not CheXpert's, or a folder that holds something or cannot be written.
    """
    out, content = Path(out), _read_table(Path(table))
    rows = _listed(content, table)
    wanted = [(path, patient) for path, patient, view in rows if lateral or view == "frontal"]
    if not wanted:
        raise DataError(f"{table}: lists no frontal image")
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise DataError(f"{out} is not empty; choose a new folder")
    part = out.with_name(f".{out.name}.partial-{uuid.uuid4().hex[:8]}")
    try:
        part.mkdir(parents=True)
        with mapped(partial(_draw, seed), range(phantoms), workers) as drawn:
            pictures = list(drawn)
        copies = _fill(part, wanted, pictures, seed, progress)
        (part / NOTE).write_text(_TEXT, encoding="utf-8")
        (part / "train.csv").write_bytes(content)
        if out.exists():
            out.rmdir()
        os.rename(part, out)
    except OSError as error:
        raise DataError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    patients = len({patient for _, patient in wanted})
    return {"rows": len(rows), "images": len(wanted), "patients": patients, "copies": copies}


def _read_table(table: Path) -> bytes:
    with open_regular(table, _LARGEST_TABLE) as file:
        if table.suffix != ".gz":
            return file.read()
        try:
            content = gzip.GzipFile(fileobj=file).read(_LARGEST_TABLE + 1)
        except (OSError, EOFError) as error:
            raise DataError(f"{table}: is not a .gz file, or a damaged one: {error}") from error
    if len(content) > _LARGEST_TABLE:
        raise DataError(f"{table}: has more than the {_LARGEST_TABLE:,} bytes that are read")
    return content


def _listed(content: bytes, table: str | Path) -> list[tuple[str, str, str]]:
    """Path below the folder, patient and view of every row, each path once."""
    try:
        names = [row.get("Path") or "" for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: is no CSV file in UTF-8: {error}") from error
    found = []
    for name in dict.fromkeys(names):
        match = _PATH.fullmatch(name)
        if match is None:
            raise DataError(
                f"{table}: expected a column Path as CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg. "
                f"Received: {name[:200]!r}"
            )
        found.append(match.groups())
    if not found:
        raise DataError(f"{table}: has no rows")
    return found


def _draw(seed: int, number: int) -> np.ndarray:
    rng = np.random.default_rng([seed, number])
    person = draw_anatomy(rng)
    study = draw_study(rng, draw_combination(rng))
    view = draw_view(rng, True, number % 2 == 0, *_SIZE)
    return render_frontal(person, view, study.severity, rng)


def _fill(
    folder: Path,
    wanted: list[tuple[str, str]],
    pictures: list[np.ndarray],
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> int:
    """Writes all pictures; returns how many had to be copied."""
    firsts: dict[str, Path] = {}
    copies = 0
    for done, (name, patient) in enumerate(wanted, 1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if patient not in firsts:
            rng = np.random.default_rng([seed, len(pictures), len(firsts)])
            picture = _own_picture(pictures[len(firsts) % len(pictures)], rng)
            path.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
            firsts[patient] = path
        else:
            copies += _link(firsts[patient], path)
        if progress is not None and (done % 1000 == 0 or done == len(wanted)):
            progress(done, len(wanted))
    return copies


def _own_picture(phantom: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of a phantom, at its size, with a brightness of its own."""
    height, width = phantom.shape
    rows, columns = (round(side * rng.uniform(_LEAST_KEPT, 1)) for side in (height, width))
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    part = cv2.resize(phantom[top : top + rows, left : left + columns], (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.convertScaleAbs(part, alpha=rng.uniform(0.85, 1), beta=rng.uniform(0, 20))


def _link(first: Path, path: Path) -> int:
    try:
        os.link(first, path)
    except OSError:  # no hard links here, or too many of one file
        shutil.copyfile(first, path)
        return 1
    return 0
