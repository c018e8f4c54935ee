"""Made pictures and their table: input of `prepare` of any size. No patient and no anatomy is in them."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.files.csv_files import csv_lines
from medgan_tf.metrics.streams import stream

IMAGES_PER_PATIENT = 3
"""About as in CheXpert."""
_COARSE = 9
_BLOCK = 1024
_PER_FOLDER = 1000


def write_pictures(root: Path, images: int, labels: int, side: int) -> None:
    """Writes `labels.csv` and a PNG file for every row.

    Every picture is a smooth pattern of its own with grain, so none is a near copy of another. The label of a patient
    is one of the labels, and each is as frequent as the others.

    Args:
        root: New folder.
        images: Number of pictures; three of each patient.
        labels: Number of label columns.
        side: Height and width, pixels.
    """
    places = []
    for number, picture in enumerate(drawn(images, side, "made pictures")):
        folder = root / f"{number // _PER_FOLDER:05d}"
        if number % _PER_FOLDER == 0:
            folder.mkdir(parents=True)
        places.append(f"{folder.name}/{number:07d}.png")
        (root / places[-1]).write_bytes(cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
    head = ["path", "patient", *label_names(labels)]
    vectors = one_label_each(images, labels).tolist()
    rows = (
        [place, f"patient{number // IMAGES_PER_PATIENT:06d}", *vectors[number]] for number, place in enumerate(places)
    )
    with open(root / "labels.csv", "w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines([head]))
        file.writelines(csv_lines(rows))


def label_names(labels: int) -> list[str]:
    """Names of made labels."""
    return [f"finding{number:02d}" for number in range(labels)]


def one_label_each(images: int, labels: int) -> np.ndarray:
    """uint8 [images, labels]: one positive label of each image, the same for all images of a patient."""
    chosen = np.arange(images) // IMAGES_PER_PATIENT % labels
    return (chosen[:, None] == np.arange(labels)).astype(np.uint8)


def drawn(images: int, side: int, name: str) -> Iterator[np.ndarray]:
    """Pictures uint8 [side, side], one after the other.

    Args:
        images: How many.
        side: Height and width, pixels.
        name: Name of their random stream; another name gives other pictures.
    """
    random = stream(0, name)
    for start in range(0, images, _BLOCK):
        count = min(_BLOCK, images - start)
        coarse = random.integers(30, 220, (count, _COARSE, _COARSE), np.uint8)
        grain = random.integers(0, 16, (count, side, side), np.uint8)
        for pattern, noise in zip(coarse, grain, strict=True):
            yield cv2.resize(pattern, (side, side), interpolation=cv2.INTER_CUBIC) // 16 * 15 + noise
