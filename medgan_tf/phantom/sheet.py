"""A contact sheet for people: one titled row per finding, so that one look shows whether the signs are there."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.phantom.chest_anatomy import draw_anatomy
from medgan_tf.phantom.chest_findings import FINDINGS, NO_FINDING
from medgan_tf.phantom.chest_rendering import render_frontal
from medgan_tf.phantom.chest_view import draw_view

_SEVERITIES = (0.05, 0.25, 0.45, 0.65, 0.85, 1.0)
_TITLE_HEIGHT, _GAP = 26, 4

Row = tuple[str, Sequence[np.ndarray]]


def chest_rows(seed: int, image_size: tuple[int, int] = (320, 390)) -> list[Row]:
    """One row per finding, from barely visible to obvious; each column is one person, first without any finding."""
    rows: list[Row] = []
    for finding in FINDINGS:
        images = []
        for column, severity in enumerate(_SEVERITIES):
            rng = np.random.default_rng([seed, 0, column])
            person = draw_anatomy(rng)
            view = draw_view(rng, True, column == 4, *image_size)
            images.append(render_frontal(person, view, {} if finding == NO_FINDING else {finding: severity}, rng))
        rows.append((finding if finding == NO_FINDING else f"{finding}: barely visible to obvious", images))
    return rows


def finding_rows(
    findings: Sequence[str], positive: np.ndarray, read_image: Callable[[int], np.ndarray], columns: int = 6
) -> list[Row]:
    """One row per finding with images that show it, those with the fewest other findings first.

    Args:
        findings: F names.
        positive: bool [N, F], which image shows which finding.
        read_image: Gives the image of a row of `positive`, uint8 grey [H, W].
        columns: Most images of a row.
    """
    rows: list[Row] = []
    for index, finding in enumerate(findings):
        order = np.argsort(np.where(positive[:, index], positive.sum(1), 99), kind="stable")
        rows.append((finding, [read_image(int(row)) for row in order[:columns] if positive[row, index]]))
    return rows


def draw_sheet(rows: Sequence[Row], tile: tuple[int, int] = (240, 292)) -> np.ndarray:
    """The sheet, uint8 grey [H, W]: images fitted into tiles (height, width), each row under its title."""
    height, width = tile
    columns = max(len(images) for _, images in rows)
    parts = []
    for title, images in rows:
        strip = np.zeros((_TITLE_HEIGHT + height + _GAP, columns * (width + _GAP)), np.uint8)
        cv2.putText(strip, title, (4, _TITLE_HEIGHT - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 255, 1, cv2.LINE_AA)
        for column, image in enumerate(images):
            scale = min(height / image.shape[0], width / image.shape[1])
            size = (max(int(image.shape[1] * scale), 1), max(int(image.shape[0] * scale), 1))
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            left = column * (width + _GAP) + (width - size[0]) // 2
            strip[_TITLE_HEIGHT : _TITLE_HEIGHT + size[1], left : left + size[0]] = small
        parts.append(strip)
    return np.concatenate(parts)


def check_sheet_place(path: str | Path) -> None:
    """Raises `DataError` if the folder of a sheet is missing, before any work is done for it."""
    if not Path(path).parent.is_dir():
        raise DataError(f"cannot write the contact sheet {path}: no folder {Path(path).parent}")


def write_sheet(path: str | Path, sheet: np.ndarray) -> None:
    """Writes the sheet as a PNG, in one piece. Raises `DataError` if the place cannot be written."""
    path = Path(path)
    try:
        with atomic_path(path) as partial:
            partial.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as error:
        raise DataError(f"cannot write the contact sheet {path}: {error.strerror or error}") from error
