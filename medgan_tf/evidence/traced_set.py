"""Images that can be traced: with the pseudonyms of image and patient, and the fold they are from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from medgan_tf.data.images import resize_area
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.errors import DataError
from medgan_tf.evidence.image_sets import Report, read_set
from medgan_tf.features.real_moments import fold_sha256


@dataclass(frozen=True)
class TracedSet:
    """Images of one origin, row by row traceable.

    Attributes:
        name: For tables and figures; never a path.
        images: uint8 [N, R, R, 1].
        labels: float32 [N, L]; L is 0 where labels are not known.
        label_names: L names.
        image_ids: str [N], pseudonyms; for image files the start of the SHA-256 of their pixels.
        patients: str [N], pseudonyms; "" where unknown.
        folds: str [N]; "" for image files.
        sha256: Of what they were read from.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    label_names: tuple[str, ...]
    image_ids: np.ndarray
    patients: np.ndarray
    folds: np.ndarray
    sha256: str

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> "TracedSet":
        """Some of the images."""
        parts = {name: getattr(self, name)[rows] for name in ("images", "labels", "image_ids", "patients", "folds")}
        return replace(self, **parts)

    def resized(self, side: int) -> "TracedSet":
        """At another resolution, area averaging where it shrinks."""
        if side == self.images.shape[1]:
            return self
        return replace(self, images=np.stack([resize_area(image[..., 0], side) for image in self.images])[..., None])

    def combinations(self) -> np.ndarray:
        """The label combination of each image, "A|B", str [N]; "" where labels are not known."""
        if not self.label_names:
            return np.full(len(self), "", dtype="U1")
        vectors, inverse = np.unique(self.labels, axis=0, return_inverse=True)
        names = np.array([combination_name(vector, self.label_names) for vector in vectors])
        return names[inverse.ravel()]

    def describe(self) -> dict:
        """What goes into results."""
        known = self.patients[self.patients != ""]
        return {
            "name": self.name,
            "images": len(self),
            "patients": len(np.unique(known)) if len(known) else None,
            "sha256": self.sha256,
        }


def traced_folds(dataset: DatasetFolder, folds: Sequence[str], name: str) -> TracedSet:
    """Folds of a dataset folder as one set; those without images are left out.

    Raises:
        DataError: A shard is damaged, or there is no image in any of them.
    """
    filled = [fold for fold in folds if dataset.manifest.images[fold]]
    if not filled:
        raise DataError(
            f"{dataset.path} has no images in {' or '.join(folds)}; prepare it with other fractions "
            "(data.fold_fractions) or give another folder"
        )
    parts = [dataset.read_fold(fold) for fold in filled]
    digest = hashlib.sha256("\n".join(fold_sha256(dataset.manifest, fold) for fold in filled).encode())
    return TracedSet(
        name=name,
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        label_names=dataset.label_names,
        image_ids=np.concatenate([part.image_ids for part in parts]),
        patients=np.concatenate([part.patients for part in parts]),
        folds=np.repeat(np.array(filled), [len(part.images) for part in parts]),
        sha256=digest.hexdigest(),
    )


def traced_folder(path: str | Path, name: str, report: Report, folds: Sequence[str] = FOLDS) -> TracedSet:
    """A dataset folder or a folder of image files, see `image_sets.read_set`.

    Args:
        path: The folder.
        name: Name of the set.
        report: Called with read and all files.
        folds: Folds taken of a dataset folder.

    Raises:
        DataError: There is nothing, or a file cannot be read.
    """
    if (Path(path) / FILE_NAME).is_file():
        return traced_folds(DatasetFolder(path), folds, name)
    found, _ = read_set(path, np.arange, report)
    ids = np.array([hashlib.sha256(image.tobytes()).hexdigest()[:14] for image in found.images])
    labels = np.zeros((len(found), 0), np.float32) if found.labels is None else found.labels
    nothing = np.full(len(found), "", dtype="U14")
    return TracedSet(name, found.images, labels, found.label_names, ids, nothing, nothing, found.sha256)


def same_size(*sets: TracedSet) -> tuple[list[TracedSet], list[str]]:
    """The sets at the resolution of the smallest, and a note when that changed one."""
    sides = [one.images.shape[1] for one in sets]
    notes = []
    if len(set(sides)) > 1:
        notes.append(f"resized to {min(sides)}x{min(sides)} pixels, the smallest of {', '.join(map(str, sides))}")
    return [one.resized(min(sides)) for one in sets], notes
