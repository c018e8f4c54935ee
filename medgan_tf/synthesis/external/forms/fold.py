"""What the writers of all forms share: a fold that is written once, the columns of its table, and PNG files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.synthesis.external.training_fold import COVARIATES, TrainingImage

PATIENT = "patient"
WARNING = "Images of real patients. They must not leave the hospital, and they are no synthetic images."


@dataclass(frozen=True)
class Fold:
    """A training fold on its way into files.

    Attributes:
        label_names: The L labels.
        combinations: Names of the label combinations, as in the manifest: labels joined by "|".
        covariates: Whether sex, age and view of the images are known.
        images: The images; they can be run through once.
    """

    label_names: tuple[str, ...]
    combinations: tuple[str, ...]
    covariates: bool
    images: Iterator[TrainingImage]

    def header(self) -> list[str]:
        """The columns of a table that are not the name of the file: labels, patient, and sex, age and view if known."""
        return [*self.label_names, PATIENT, *(COVARIATES if self.covariates else ())]

    def cells(self, image: TrainingImage) -> list:
        """The cells of an image in these columns."""
        return [*image.labels.tolist(), image.patient, *self.covariate_values(image).values()]

    def covariate_values(self, image: TrainingImage) -> dict[str, str | int | None]:
        """Sex, age and view of an image by name; nothing for a fold without them."""
        return dict(zip(COVARIATES, (image.sex, image.age, image.view), strict=True)) if self.covariates else {}

    def combination(self, image: TrainingImage) -> str:
        """The label combination of an image."""
        return combination_name(image.labels, self.label_names)


def write_with_table(fold: Fold, folder: Path, table: str, column: str, place) -> None:
    """Writes PNG files and a CSV of them.

    Args:
        fold: The images.
        folder: An empty folder.
        table: Name of the CSV in it.
        column: The column of the files' names.
        place: Function from an image to its file, relative to the folder; the folders in it are there.
    """
    with open(folder / table, "w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines([[column, *fold.header()]]))
        for image in fold.images:
            name = place(image)
            (folder / name).write_bytes(png_bytes(image.pixels))
            file.writelines(csv_lines([[name, *fold.cells(image)]]))


def png_bytes(pixels: np.ndarray, packed: bool = True) -> bytes:
    """A grey PNG file of uint8 [R, R]; not `packed`: without compression."""
    options = () if packed else (cv2.IMWRITE_PNG_COMPRESSION, 0)
    written, encoded = cv2.imencode(".png", pixels, options)
    if not written:
        raise RuntimeError(f"OpenCV could not encode an image of shape {pixels.shape} as PNG")
    return encoded.tobytes()
