"""A network of a few weights in the place of DenseNet-121, and datasets of squares and discs, for tests."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from medgan_tf.config.schema import ClassifierConfig, Experiment
from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.synthesis import Synthesis
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.presentation.progress import Silent

SIDE = 16
SETTINGS = {"weights": "none", "image_size": 32, "batch": 8, "max_epochs": 4, "learning_rate": 0.02}


def tiny_backbone(size: int) -> keras.Model:
    """[N, size, size, 3] to 12 features; no batch statistics, so that replicas and batches do not matter."""
    return keras.Sequential(
        [
            keras.Input([size, size, 3]),
            keras.layers.Conv2D(8, 5, strides=4, activation="relu"),
            keras.layers.Conv2D(12, 3, strides=2, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
        ]
    )


def tiny_settings(**changes) -> ClassifierConfig:
    return ClassifierConfig(**{**SETTINGS, "bootstrap_draws": 200, "baselines": (), "mixtures": (), **changes})


class Drawings(Source):
    """`path` is "<label vector> <number>": a bright square for the first label, a bright disc for the second."""

    # A process of its own would import TensorFlow together with this file.
    reads_in_processes = False

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        vector, number = path.split()
        image = np.random.default_rng(int(number)).integers(0, 60, (SIDE, SIDE))
        y, x = np.mgrid[:SIDE, :SIDE]
        if vector[0] == "1":
            image[2:7, 4:12] += 120
        if vector[1] == "1":
            image[(y - 11) ** 2 + (x - 8) ** 2 < 10] += 120
        return image.astype(np.uint8)


def write_drawings(
    path: Path,
    per_combination=24,
    names=("Square", "Disc"),
    folds=("train", "train", "valid", "test"),
    covariates=lambda rows: None,
):
    """Two labels, four combinations, two images of each patient; patients go through `folds` in turn.

    `covariates` makes the columns of `data.tables.covariates` for a number of rows.
    """
    rows, labels = [], []
    for index, vector in enumerate(("10", "01", "11", "00")):
        for number in range(per_combination):
            patient = number // 2
            seed = 1000 * index + number
            rows.append(
                (f"{vector}-{number}", f"{vector} {seed}", f"{vector}p{patient}", folds[patient % len(folds)], 0)
            )
            labels.append([int(vector[0]), int(vector[1])])
    frame = pd.DataFrame(rows, columns=["image_id", "path", "patient_id", "fold", "copy"])
    numbers = pd.factorize(frame["patient_id"])[0]
    plan = BuildPlan(
        path=path,
        folds=FoldTable(frame, np.array(labels, np.uint8), names, (), covariates(len(frame))),
        image_ids=np.array([f"{number:014x}" for number in range(len(frame))]),
        patients=np.array([f"{number:014x}" for number in numbers]),
        build_hash="0" * 64,
        resolution=SIDE,
        encoding="png",
        max_unreadable=0.0,
        manifest_values={"name": "drawings"},
        workers=1,
    )
    return build_dataset(Drawings(), plan, Silent())


def offer_as_synthetic(dataset: DatasetFolder, path: Path, **changes) -> DatasetFolder:
    """A copy of a dataset folder whose manifest says that a generator made it."""
    shutil.copytree(dataset.path, path)
    origin = Synthesis(run="copy", generator_sha256="1" * 64, seed=0)
    values = Manifest.load(path).model_dump() | {"kind": "synthetic", "synthesis": origin, **changes}
    Manifest.model_validate(values).save(path)
    return DatasetFolder(path)


def tiny_experiment(folder: Path, seed=7, **classifier) -> Experiment:
    return Experiment(
        name="drawings",
        seed=seed,
        data={"resolution": SIDE, "dataset_dir": str(folder / "dataset")},
        training={"output": str(folder / "runs"), "tensorboard": False},
        classifier=tiny_settings(**classifier),
    )
