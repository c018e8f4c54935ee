"""Three generators of others, known by what they do: one copies, one blurs, one shows real patients who are new.

Each gives images and their labels by fold, and `hand_over` writes them as a stranger would: PNG files and a CSV.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from stranger_folder import write_csv

from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.images import read_grey
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.presentation.progress import Silent

COMPONENTS = 6


def copier(real: DatasetFolder, seed: int, deviation: float = 4.0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Training images with a little noise; those of both folds are training images."""
    train, random = real.read_fold("train"), np.random.default_rng(seed)
    counts = real.manifest.images
    made = {}
    for fold in ("train", "valid"):
        rows = random.permutation(len(train.images))[: counts[fold]]
        noise = random.normal(0, deviation, train.images[rows].shape)
        made[fold] = (_grey(train.images[rows] + noise), train.labels[rows])
    return made


def blurrer(real: DatasetFolder, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Draws from the mean and the first principal components of label combinations.

    These are drawn with the frequencies of the training images: the real label table, row by row, would be a leak."""
    train, random = real.read_fold("train"), np.random.default_rng(seed)
    made = {}
    for fold in ("train", "valid"):
        labels = train.labels[random.integers(0, len(train.labels), real.manifest.images[fold])]
        images = np.empty((len(labels), *train.images.shape[1:]), np.uint8)
        for vector in np.unique(labels, axis=0):
            known = train.images[(train.labels == vector).all(axis=1)].astype(np.float64)
            rows = np.flatnonzero((labels == vector).all(axis=1))
            images[rows] = _grey(_drawn(known, len(rows), random))
        made[fold] = (images, labels)
    return made


def _drawn(known: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    flat = known.reshape(len(known), -1)
    mean = flat.mean(axis=0)
    _, lengths, directions = np.linalg.svd(flat - mean, full_matrices=False)
    kept = min(COMPONENTS, len(lengths) - 1)
    spread = lengths[:kept] / np.sqrt(max(1, len(known) - 1))
    return (mean + random.normal(size=(count, kept)) * spread @ directions[:kept]).reshape(-1, *known.shape[1:])


def newcomers(images: np.ndarray, labels: np.ndarray, valid: float = 0.1) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Real images [N, R, R] of patients who are not in the dataset; a share of them is for validation."""
    first = round(len(images) * (1 - valid))
    return {"train": (images[:first], labels[:first]), "valid": (images[first:], labels[first:])}


def hand_over(made: dict[str, tuple[np.ndarray, np.ndarray]], names: tuple[str, ...], folder: Path) -> Path:
    """Writes PNG files and `labels.csv`."""
    folder.mkdir(parents=True)
    rows = []
    for fold, (images, labels) in made.items():
        for number, (image, vector) in enumerate(zip(images, labels, strict=True)):
            name = f"{fold}{number:05d}.png"
            cv2.imwrite(str(folder / name), image)
            rows.append(
                {"path": name, "fold": fold} | {one: int(value) for one, value in zip(names, vector, strict=True)}
            )
    write_csv(folder / "labels.csv", rows)
    return folder


def _grey(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


class Pictures(Source):
    """PNG files; `path` is that of a file."""

    # A process of its own would import TensorFlow together with this file.
    reads_in_processes = False

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        return read_grey(path)


def write_dataset(
    path: Path,
    images: np.ndarray,
    labels: np.ndarray,
    patients: Sequence[str],
    folds: Sequence[str],
    names: tuple[str, ...],
    config: dict,
) -> DatasetFolder:
    """A prepared dataset of images uint8 [N, R, R] with labels [N, L], as one of real patients."""
    pictures = path.with_name(f"{path.name}-pictures")
    pictures.mkdir(parents=True)
    files = [str(pictures / f"{number:05d}.png") for number in range(len(images))]
    for file, image in zip(files, images, strict=True):
        cv2.imwrite(file, image)
    values = {"image_id": files, "path": files, "patient_id": list(patients), "fold": list(folds), "copy": 0}
    plan = BuildPlan(
        path=path,
        folds=FoldTable(pd.DataFrame(values), labels.astype(np.uint8), names, ()),
        image_ids=np.array([f"{number:014x}" for number in range(len(images))]),
        patients=np.array([f"{number:014x}" for number in pd.factorize(np.array(patients, object))[0]]),
        build_hash="0" * 64,
        resolution=images.shape[1],
        encoding="png",
        max_unreadable=0.0,
        manifest_values={"name": "strangers", "config": config},
        workers=1,
    )
    return build_dataset(Pictures(), plan, Silent())
