"""Pools from dataset folders, real and synthetic alike, and from PNG files."""

import hashlib

import bombs
import cv2
import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.pools import load_pool
from medgan_tf.evidence.readers.study.selection import select_images
from medgan_tf.presentation.progress import Silent
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import LabelTable
from medgan_tf.synthesis.png_folder import write_pngs

VECTORS = ((1, 0), (0, 1), (1, 1))


class Flat(Source):
    """`path` is the grey value; one pixel is white, so that nothing is rescaled."""

    # A process of its own cannot import a file of tests.
    reads_in_processes = False

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        image = np.full((16, 16), int(path), np.uint8)
        image[0, 0] = 255
        return image


class Generator:
    """What `generate_dataset` needs of a generator."""

    path, label_names, resolution, latent_size = "generator", ("Square", "Disc"), 16, 4
    conditions, guarantee = Conditions(), None

    def sha256(self):
        return "1" * 64

    def generate(self, z, labels):
        return np.tanh(z[:, :1, None, None]) * np.ones((1, 16, 16, 1), np.float32)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    rows = [(f"raw{n}", str(n), f"patient{n // 2}", "test" if n < 24 else "train", 0) for n in range(48)]
    plan = BuildPlan(
        path=tmp_path_factory.mktemp("real") / "dataset",
        folds=FoldTable(
            pd.DataFrame(rows, columns=["image_id", "path", "patient_id", "fold", "copy"]),
            np.array([VECTORS[n % 3] for n in range(48)], np.uint8),
            ("Square", "Disc"),
            (),
        ),
        image_ids=np.array([f"{n:014x}" for n in range(48)]),
        patients=np.array([f"{n // 2 + 4096:014x}" for n in range(48)]),
        build_hash="0" * 64,
        resolution=16,
        encoding="png",
        max_unreadable=0.0,
        manifest_values={"name": "flat"},
        workers=1,
    )
    return build_dataset(Flat(), plan, Silent())


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    labels = np.array([VECTORS[n % 3] for n in range(30)], np.float32)
    table = LabelTable(("Square", "Disc"), {"train": labels, "valid": labels[:6]})
    folder = tmp_path_factory.mktemp("synthetic") / "synthetic"
    return generate_dataset(Generator(), table, folder, GenerateConfig(), seed=1, name="flat", run="run")


def test_real_images_come_from_one_fold_and_synthetic_ones_from_all(real, synthetic):
    test, made = load_pool(real.path, "real", "test"), load_pool(synthetic.path, "synthetic")
    assert (len(test), len(made)) == (24, 36)
    assert (test.origin.fold, made.origin.fold) == ("test", "train+valid")
    numbers = [int(origin, 16) for origin in test.origins]
    assert sorted(numbers) == list(range(24))
    assert [image[8, 8] for image in test.images] == numbers
    assert [test.combinations[row] for row in range(24)] == [
        ("Square", "Disc", "Square|Disc")[number % 3] for number in numbers
    ]
    assert len(set(test.patients)) == 12 and set(made.patients) == {""}
    assert test.origin.sha256 == hashlib.sha256((real.path / "manifest.json").read_bytes()).hexdigest()
    chosen = select_images(test, made, 6, 6, np.random.default_rng(0))
    assert len({test.patients[row] for row in chosen.real}) == 6


def test_folders_of_the_other_kind_and_empty_folds(real, synthetic):
    with pytest.raises(DataError, match="expected a synthetic dataset; its manifest says real"):
        load_pool(real.path, "synthetic")
    with pytest.raises(DataError, match="the test fold holds no images"):
        load_pool(synthetic.path, "synthetic", "test")


def test_png_files_with_the_labels_that_generate_writes(synthetic, tmp_path):
    pictures = load_pool(write_pngs(synthetic, tmp_path / "pictures"), "synthetic")
    dataset = load_pool(synthetic.path, "synthetic")
    assert pictures.label_names == dataset.label_names == ("Square", "Disc")
    assert sorted(pictures.combinations) == sorted(dataset.combinations)
    assert sorted(image.tobytes() for image in pictures.images) == sorted(image.tobytes() for image in dataset.images)
    assert not any(origin in {path.stem for path in tmp_path.rglob("*.png")} for origin in pictures.origins)


def write_png(path, side=8, value=7):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((side, side), value, np.uint8))


def test_png_files_without_labels(tmp_path):
    for number in range(3):
        write_png(tmp_path / "a" / f"{number}.png", value=number)
    pool = load_pool(tmp_path, "real")
    assert set(pool.combinations) == {"(no labels)"} and pool.label_names is None and len(pool) == 3


@pytest.mark.parametrize(
    "labels, message",
    [
        ("path,fold\n", "expected the columns path, fold and one per label; received path,fold"),
        ("", "is empty"),
        ("path,fold,Disc\na.png,train,2\n", "labels.csv, line 2: expected 3 cells and labels of 0 and 1"),
        ("path,fold,Disc\nb.png,train,1\n", "labels.csv: has no line for a.png"),
    ],
)
def test_bad_label_files(tmp_path, labels, message):
    write_png(tmp_path / "a.png")
    (tmp_path / "labels.csv").write_text(labels)
    with pytest.raises(DataError, match=message):
        load_pool(tmp_path, "real")


def test_a_bomb_among_the_files(tmp_path):
    write_png(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(bombs.large_png())
    with pytest.raises(DataError, match="b.png: claims 60000 x 60000 pixels"):
        load_pool(tmp_path, "real")


def test_bad_folders(tmp_path):
    with pytest.raises(DataError, match="no synthetic images in .*; `medgan-tf generate` makes one"):
        load_pool(tmp_path / "nowhere", "synthetic")
    with pytest.raises(DataError, match="no real images in .*; `medgan-tf prepare` makes one"):
        load_pool(tmp_path, "real")
    write_png(tmp_path / "a.png")
    write_png(tmp_path / "b.png", side=9)
    with pytest.raises(DataError, match="b.png: expected a square image of the size of the others; received 9x9"):
        load_pool(tmp_path, "real")
