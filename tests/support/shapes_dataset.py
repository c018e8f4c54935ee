"""A dataset of 16x16 squares and discs, and the smallest experiment that trains on it."""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.config.schema import Experiment
from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.presentation.progress import Silent

SIDE = 16


class Shapes(Source):
    """`path` is "<label vector> <number>": a bright square for the first label, a bright disc for the second."""

    # A process of its own would import TensorFlow together with this file.
    reads_in_processes = False

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        vector, number = path.split()
        random = np.random.default_rng(int(number))
        y, x = np.mgrid[:SIDE, :SIDE]
        image = random.integers(0, 40, (SIDE, SIDE))
        if vector[0] == "1":
            image[2:7, 2:7] += 150
        if vector[1] == "1":
            image[(y - 11) ** 2 + (x - 11) ** 2 < 12] += 120
        return image.astype(np.uint8)


class Lopsided(Shapes):
    """With a bar at the lower left, so that no symmetry of the square leaves the mean image as it is."""

    def read_image(self, path):
        image = super().read_image(path)
        image[13:15, 1:6] += 100
        return image


def write_shapes(path: Path, per_combination=16, about=None, source=None):
    """Two labels, three combinations, 4/5 of the images in the train fold.

    `about` gives (sex, age, view) for the number of an image; without it nothing is known of them.
    """
    rows, labels = [], []
    for vector in ("10", "01", "11"):
        for number in range(per_combination):
            fold = "train" if number % 5 else ("valid" if number % 2 else "test")
            rows.append((f"{vector}-{number}", f"{vector} {number}", f"p{vector}{number}", fold, 0))
            labels.append([int(vector[0]), int(vector[1])])
    frame = pd.DataFrame(rows, columns=["image_id", "path", "patient_id", "fold", "copy"])
    covariates = None
    if about is not None:
        covariates = pd.DataFrame([about(number) for number in range(len(frame))], columns=["sex", "age", "view"])
        covariates["age"] = covariates["age"].astype(np.int16)
    pseudonyms = np.array([f"{number:014x}" for number in range(len(frame))])
    plan = BuildPlan(
        path=path,
        folds=FoldTable(frame, np.array(labels, np.uint8), ("Square", "Disc"), (), covariates),
        image_ids=pseudonyms,
        patients=pseudonyms,
        build_hash="0" * 64,
        resolution=SIDE,
        encoding="png",
        max_unreadable=0.0,
        manifest_values={"name": "shapes"},
        workers=1,
    )
    return build_dataset(source or Shapes(), plan, Silent())


def small_experiment(folder: Path, name="shapes", seed=7, gan=(), **training) -> Experiment:
    settings = {"output": str(folder / "runs"), "batch": 8, "total_images": 160, "images_per_tick": 40}
    settings |= {"sample_ticks": 2, "checkpoint_ticks": 1, "sample_columns": 2, "tensorboard": False}
    # The smallest architecture: its step is traced in a quarter of the time. With rates that move its weights.
    gan = {"architecture": "dcgan", "max_channels": 4, "latent_size": 4, **dict(gan)}
    if gan["architecture"] == "dcgan":
        settings |= {"generator_learning_rate": 0.005, "discriminator_learning_rate": 0.005}
    return Experiment(
        name=name,
        seed=seed,
        data={"resolution": SIDE, "dataset_dir": str(folder / "dataset")},
        gan=gan,
        training={**settings, **training},
    )
