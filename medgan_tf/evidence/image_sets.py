"""Sets of images to be compared: folds of dataset folders, and folders of image files."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.images import resize_area
from medgan_tf.data.reading.grey import check_memory, read_greys
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.data.tables.covariates import VIEW
from medgan_tf.errors import DataError
from medgan_tf.evidence.label_file import LABELS, label_table
from medgan_tf.features.real_moments import fold_sha256

_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")

_EACH = ("image_ids", "patients", "folds")

Report = Callable[[int, int], None]
"""Called with finished and all images."""

Choice = Callable[[np.ndarray], np.ndarray]
"""Function from the patients of the images, str [N] with "" where unknown, to the rows taken, in rising order."""


def every_row(patients: np.ndarray) -> np.ndarray:
    """The choice of all images."""
    return np.arange(len(patients))


def _nothing() -> np.ndarray:
    return np.zeros(0, "U1")


@dataclass(frozen=True)
class ImageSet:
    """Images of one origin, with what is known about each.

    Attributes:
        name: Its name in tables and figures; never a path.
        kind: Their origin, in words.
        images: uint8 [N, R, R, 1].
        labels: float32 [N, L], or None where they are not known.
        label_names: L names; empty without labels.
        sha256: SHA-256 of the files that they were read or made from.
        image_ids: str [N], pseudonyms; for image files the start of the SHA-256 of their pixels; "" where unknown.
        patients: str [N], pseudonyms; "" where unknown.
        folds: str [N], folds of the dataset that they are from; "" where there are none.
        covariates: Columns `sex`, `age` and `view`, N rows, see `data.tables.covariates`; None where there are none.
    """

    name: str
    kind: str
    images: np.ndarray
    labels: np.ndarray | None
    label_names: tuple[str, ...]
    sha256: str
    image_ids: np.ndarray = field(default_factory=_nothing)
    patients: np.ndarray = field(default_factory=_nothing)
    folds: np.ndarray = field(default_factory=_nothing)
    covariates: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        for name in _EACH:
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(len(self.images), "", "U1"))

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> "ImageSet":
        """Some of the images."""
        parts = {name: getattr(self, name)[rows] for name in ("images", *_EACH)}
        covariates = None if self.covariates is None else self.covariates.iloc[rows].reset_index(drop=True)
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, labels=labels, covariates=covariates, **parts)

    @property
    def views(self) -> np.ndarray:
        """The view of each image, str [N]; "" where it is not known."""
        if self.covariates is None:
            return np.full(len(self), "", "U1")
        return self.covariates[VIEW].to_numpy().astype(str)

    def resized(self, side: int) -> "ImageSet":
        """The set at another resolution; images are averaged by area where they shrink."""
        if side == self.images.shape[1]:
            return self
        resized = np.stack([resize_area(image[..., 0], side) for image in self.images])
        return replace(self, images=resized[..., None])

    def without_labels(self) -> "ImageSet":
        """The same images without their labels."""
        return replace(self, labels=None, label_names=())

    def combinations(self) -> np.ndarray:
        """The label combination of each image, "A|B", str [N]; "" where labels are not known."""
        if not self.label_names:
            return np.full(len(self), "", dtype="U1")
        vectors, inverse = np.unique(self.labels, axis=0, return_inverse=True)
        names = np.array([combination_name(vector, self.label_names) for vector in vectors])
        return names[inverse.ravel()]

    def describe(self) -> dict:
        """The description of the set that results hold."""
        return {"name": self.name, "kind": self.kind, "images": len(self), "sha256": self.sha256}

    def describe_patients(self) -> dict:
        """The description for results about patients; their number is None where they are not known."""
        known = self.patients[self.patients != ""]
        patients = len(np.unique(known)) if len(known) else None
        return {"name": self.name, "images": len(self), "patients": patients, "sha256": self.sha256}


def fold_set(dataset: DatasetFolder, folds: Sequence[str], name: str) -> ImageSet:
    """Folds of a dataset folder as one set; those without images are left out.

    Raises:
        DataError: A shard is damaged, or there is no image in any of the folds.
    """
    filled = [fold for fold in folds if dataset.manifest.images[fold]]
    if not filled:
        raise DataError(
            f"{dataset.path} has no images in {' or '.join(folds)}; prepare it with other fractions "
            "(data.fold_fractions) or give another folder"
        )
    parts = [dataset.read_fold(fold) for fold in filled]
    digest = hashlib.sha256("\n".join(fold_sha256(dataset.manifest, fold) for fold in filled).encode())
    return ImageSet(
        name=name,
        kind=f"{dataset.manifest.kind} dataset, {' and '.join(filled)}",
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        label_names=dataset.label_names,
        sha256=digest.hexdigest(),
        image_ids=np.concatenate([part.image_ids for part in parts]),
        patients=np.concatenate([part.patients for part in parts]),
        folds=np.repeat(np.array(filled), [len(part.images) for part in parts]),
        covariates=_covariates(dataset, filled),
    )


def _covariates(dataset: DatasetFolder, folds: Sequence[str]) -> pd.DataFrame | None:
    if dataset.manifest.covariates is None:
        return None
    return pd.concat([dataset.read_covariates(fold) for fold in folds], ignore_index=True)


def joined_covariates(*sets: ImageSet) -> pd.DataFrame | None:
    """The covariates of sets one after the other; None if they are not known of one of them."""
    if any(one.covariates is None for one in sets):
        return None
    return pd.concat([one.covariates for one in sets], ignore_index=True)


def folder_set(path: str | Path, name: str, report: Report, folds: Sequence[str] = FOLDS) -> ImageSet:
    """All images of a dataset folder, or of a folder of image files as `read_set` reads it.

    Args:
        path: The folder.
        name: Name of the set.
        report: Called with read and all files.
        folds: Folds that are read of a dataset folder.

    Raises:
        DataError: There is nothing, or a file cannot be read.
    """
    path = Path(path)
    if (path / FILE_NAME).is_file():
        return fold_set(DatasetFolder(path), folds, name)
    return _files_set(path, name, every_row, report)


def same_size(*sets: ImageSet) -> tuple[list[ImageSet], list[str]]:
    """The sets at the resolution of the smallest, and a note when that changed one."""
    sides = [one.images.shape[1] for one in sets]
    notes = []
    if len(set(sides)) > 1:
        notes.append(f"resized to {min(sides)}x{min(sides)} pixels, the smallest of {', '.join(map(str, sides))}")
    return [one.resized(min(sides)) for one in sets], notes


def check_labels(first: ImageSet, second: ImageSet) -> None:
    """Raises `DataError` when two sets have different labels."""
    if first.label_names and second.label_names and first.label_names != second.label_names:
        raise DataError(
            f"{second.name} images have the labels {', '.join(second.label_names)}; {first.name} images have "
            f"{', '.join(first.label_names)}"
        )


def read_set(path: str | Path, choice: Choice, report: Report) -> tuple[ImageSet, ImageSet | None]:
    """A dataset folder or a folder of image files, and what was held out of it.

    Args:
        path: A folder. With `manifest.json` its train fold is read, or the first that has images; valid and test are
            held out. Else all PNG, JPEG and TIFF files in it and below are read, with labels from a `labels.csv` there
            (columns `path` and one for each label, as `medgan-tf generate --png` writes it).
        choice: Chooses the images, of those held out too; `every_row` takes all.
        report: Called with read and all files.

    Raises:
        DataError: There is nothing, or a file cannot be read.
    """
    path = Path(path)
    name = path.resolve().name
    if not (path / FILE_NAME).is_file():
        return _files_set(path, name, choice, report), None
    dataset = DatasetFolder(path)
    filled = [fold for fold in FOLDS if dataset.manifest.images[fold]]
    if not filled:
        raise DataError(f"{path} holds no images")
    held_out = tuple(filled[1:]) if dataset.manifest.kind == "real" else ()
    whole = fold_set(dataset, (filled[0],), name)
    others = fold_set(dataset, held_out, f"{name} held out") if held_out else None
    return whole.take(choice(whole.patients)), others and others.take(choice(others.patients))


def check_folders(*paths: str | Path) -> None:
    """Raises `DataError` for the first path that is not a folder, before any image of the others is read."""
    for path in paths:
        if not Path(path).is_dir():
            raise DataError(f"no such folder: {path}")


def _files_set(path: Path, name: str, choice: Choice, report: Report) -> ImageSet:
    check_folders(path)
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
    if not files:
        raise DataError(f"{path} holds neither a {FILE_NAME} nor PNG, JPEG or TIFF files")
    table = label_table(path)
    if table is not None:
        known = [file for file in files if file.relative_to(path).as_posix() in table.index]
        if not known:
            raise DataError(f"{path / LABELS} lists none of the {len(files)} images in {path}")
        files = known
    files = [files[row] for row in choice(np.full(len(files), "", "U1"))]
    images, digest, side = [], hashlib.sha256(), 0
    for number, image in enumerate(read_greys(map(str, files)), start=1):
        if not side:
            side = min(image.shape)
            check_memory(path, len(files), side)
        images.append(resize_area(image, side))
        digest.update(images[-1].tobytes())
        report(number, len(files))
    labels = None
    if table is not None:
        labels = table.loc[[file.relative_to(path).as_posix() for file in files]].to_numpy(np.float32)
    return ImageSet(
        name=name,
        kind="image files",
        images=np.stack(images)[..., None],
        labels=labels,
        label_names=() if table is None else tuple(table.columns),
        sha256=digest.hexdigest(),
        image_ids=np.array([hashlib.sha256(image.tobytes()).hexdigest()[:14] for image in images]),
    )
