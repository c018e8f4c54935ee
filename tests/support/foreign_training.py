"""A dataset of pseudonymised patients with covariates and a repeat, to be exported and named as trained on."""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.pseudonyms import load_pseudonyms
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.presentation.progress import Silent

SIDE = 16
NAMES = ("Edema", "Pleural Effusion/fluid")
FOLDS = ("train", "train", "valid", "test")


class Grain(Source):
    """`path` is the seed of an image of noise."""

    reads_in_processes = False

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        return np.random.default_rng(int(path)).integers(0, 256, (SIDE, SIDE), np.uint8)


def write_patients(path: Path, private: Path, covariates=True, names=NAMES, patients=16, encoding="png", workers=1):
    """Two images of each patient, `raw-0a` and `raw-0b`; the first patient's first image has a repeat."""
    ids = [f"raw-{number}{letter}" for number in range(patients) for letter in "ab"]
    numbers = [number for number in range(patients) for _ in "ab"]
    rows = [(one, str(row), f"p{row // 2}", FOLDS[row // 2 % 4], 0) for row, one in enumerate(ids)]
    rows.append((*rows[0][:4], 1))
    frame = pd.DataFrame(rows, columns=["image_id", "path", "patient_id", "fold", "copy"])
    labels = np.array([[number % 3 == 0, number % 5 < 2] for number in [*numbers, 0]], np.uint8)
    known = None
    if covariates:
        sexes = ["FM"[number % 2] if number else "" for number in [*numbers, 0]]
        ages = [str(60 + 3 * number) if number != 1 else "" for number in [*numbers, 0]]
        known = covariate_columns(sexes, ages, ["PA" if number % 4 else "AP" for number in [*numbers, 0]])
    secret = load_pseudonyms(private)
    plan = BuildPlan(
        path=path,
        folds=FoldTable(frame, labels, names, (), covariates=known),
        image_ids=np.array([secret.image(one) for one in frame["image_id"]]),
        patients=np.array([secret.patient(one) for one in frame["patient_id"]]),
        build_hash="0" * 64,
        resolution=SIDE,
        encoding=encoding,
        max_unreadable=0.0,
        manifest_values={"name": "patients"},
        workers=workers,
    )
    build_dataset(Grain(), plan, Silent())
    return DatasetFolder(path)
