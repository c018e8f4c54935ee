"""Folders of single image files with a `labels.csv`, for programs that read folders; whole or not there at all."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.manifest import FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.covariates import AGE, SEX, UNKNOWN_AGE, VIEW
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.files.plain_text import visible
from medgan_tf.synthesis.marks.corner import with_corner_mark
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.readme import README, readme_text
from medgan_tf.synthesis.settings import GenerateConfig

LABELS = "labels.csv"


@dataclass(frozen=True)
class NumberedImage:
    """A synthetic image of a dataset.

    Attributes:
        fold: Its fold.
        row: Its place in the fold.
        image_id: Its identifier.
        pixels: uint8 [R, R].
        labels: uint8 [L].
        covariates: Sex, age and view, None where unknown; empty for a dataset without them.
    """

    fold: str
    row: int
    image_id: str
    pixels: np.ndarray
    labels: np.ndarray
    covariates: tuple[Any, ...]


class ImageFolder:
    """A folder of image files in the making; see `new_image_folder`.

    Args:
        dataset: The synthetic dataset.
        path: The folder under its temporary name.
        table: `labels.csv`, open for writing.
        config: Licence and corner mark.
    """

    def __init__(self, dataset: DatasetFolder, path: Path, table: IO[str], config: GenerateConfig):
        self.dataset, self.path, self._table, self._config = dataset, path, table, config
        self.marks = Marks(_generator(dataset), config.licence)
        about = () if dataset.manifest.covariates is None else (SEX, AGE, VIEW)
        self._table.writelines(csv_lines([["path", "fold", "row", *about, *dataset.label_names]]))

    def images(self) -> Iterator[NumberedImage]:
        """The images in the order of folds, with a corner mark where it is wished."""
        shape, encoding = tuple(self.dataset.manifest.image_shape), self.dataset.manifest.encoding
        for fold in FOLDS:
            known = _covariates(self.dataset, fold)
            for row, record in enumerate(record for batch in self.dataset.records(fold) for record in batch):
                pixels = decode_image(record.payload, shape, encoding)[:, :, 0]
                if self._config.corner_mark:
                    pixels = with_corner_mark(pixels)
                yield NumberedImage(fold, row, record.image_id, pixels, record.labels, known[row] if known else ())

    def add(self, image: NumberedImage, name: str, content: bytes) -> None:
        """Writes the file of an image under a name in the folder, and its line of `labels.csv`."""
        file = self.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        cells = [name, image.fold, image.row, *image.covariates, *image.labels.tolist()]
        self._table.writelines(csv_lines([cells]))

    def write_readme(self, form: str) -> None:
        """Adds the README; see `readme_text`."""
        manifest = self.dataset.manifest
        labels = tuple(manifest.label_names)
        text = readme_text(form, self.marks, manifest.images, labels)
        (self.path / README).write_text(text, encoding="utf-8")


@contextlib.contextmanager
def new_image_folder(
    dataset: DatasetFolder, folder: Path, config: GenerateConfig, form: str, words: str
) -> Iterator[ImageFolder]:
    """A folder to add files to; it gets its name when the block ends well, and is removed otherwise.

    Args:
        dataset: The synthetic dataset.
        folder: The folder, which may be there and empty.
        config: Licence and corner mark.
        form: `png` or `dicom`, for the README.
        words: The kind of files, for messages.

    Raises:
        DataError: The folder holds something, or the disk does not take the files.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder} is not empty; remove it or choose another folder for the {words} files")
    if dataset.manifest.kind != "synthetic":
        raise DataError(f"{dataset.path} holds real images, which must not be marked as synthetic")
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        with open(partial / LABELS, "w", newline="", encoding="utf-8") as table:
            made = ImageFolder(dataset, partial, table, config)
            yield made
        made.write_readme(form)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
    except OSError as error:
        raise DataError(f"{words} files could not be written to {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _generator(dataset: DatasetFolder) -> str:
    """What the files say of the generator: its hash, or the name of one from elsewhere."""
    origin = dataset.manifest.synthesis
    if origin is None:
        return "unknown"
    return origin.generator_sha256 or visible(f"{origin.external.name}, version {origin.external.version}")


def _covariates(dataset: DatasetFolder, fold: str) -> list[tuple]:
    """Sex, age and view of each image, None where unknown; empty for a dataset without them."""
    known = dataset.read_covariates(fold)
    if known is None:
        return []
    ages = [None if age == UNKNOWN_AGE else int(age) for age in known[AGE]]
    return list(zip(known[SEX], ages, known[VIEW], strict=True))
