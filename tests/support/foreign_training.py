"""A dataset of pseudonymised patients with covariates and a repeat, to be exported and named as trained on."""

import json
import shutil
import zipfile
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


def as_made(exported: Path, folder: Path) -> Path:
    """A copy of an export without the marks of real images, as a generator's output in that form."""
    shutil.copytree(exported, folder)
    (folder / "fold.json").rename(folder / "trained_on.json")
    if (folder / "datalist.json").is_file():
        values = json.loads((folder / "datalist.json").read_text())
        del values["real_patients"]
        (folder / "datalist.json").write_text(json.dumps(values))
    if (folder / "dataset.zip").is_file():
        with zipfile.ZipFile(folder / "dataset.zip") as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        values = json.loads(members["dataset.json"])
        del values["real_patients"]
        write_zip(folder / "dataset.zip", members | {"dataset.json": json.dumps(values)})
    return folder


def write_zip(path: Path, members: dict) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
