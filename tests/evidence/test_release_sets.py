"""Folders of real images that overlap are refused; experiments say so."""

import cv2
import numpy as np
import pytest
from tiny_classifier import offer_as_synthetic, write_drawings

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError
from medgan_tf.evidence.release_sets import experiment_sets, folder_sets
from medgan_tf.files.run_folders import RunFolder


def write_images(folder, images):
    folder.mkdir()
    for number, image in enumerate(images):
        cv2.imwrite(str(folder / f"{number:03d}.png"), image)
    return folder


def test_folders_that_share_images_are_refused(tmp_path):
    random = np.random.default_rng(0)
    train, held_out, made = (random.integers(0, 256, (count, 8, 8), np.uint8) for count in (40, 30, 20))
    paths = [write_images(tmp_path / name, one) for name, one in (("train", train), ("made", made))]
    clean = write_images(tmp_path / "clean", held_out)
    sets = folder_sets(paths[0], clean, paths[1])
    assert (len(sets.train), len(sets.held_out), sets.notes) == (40, 30, ())
    held_out[:10] = train[5:15]
    mixed = write_images(tmp_path / "mixed", held_out)
    with pytest.raises(DataError, match="^10 of the 30 held-out images are training images pixel for pixel; "):
        folder_sets(paths[0], mixed, paths[1])


def test_blank_images_are_in_no_two_sets(tmp_path):
    random = np.random.default_rng(1)
    folders = []
    for name in ("train", "held-out", "made"):
        images = random.integers(0, 256, (12, 8, 8), np.uint8)
        images[3] = 0
        folders.append(write_images(tmp_path / name, images))
    assert len(folder_sets(*folders).held_out) == 12


def test_experiments_name_them(tmp_path, monkeypatch):
    real = write_drawings(tmp_path / "real", per_combination=24)
    experiment = Experiment(
        name="drawings", data={"resolution": 16, "dataset_dir": str(real.path)}, training={"output": str(tmp_path)}
    )
    offer_as_synthetic(real, RunFolder.of(str(tmp_path), "drawings", "cpd", 1000).synthetic)
    assert experiment_sets(experiment).notes == ()
    read = type(real).read_fold

    def first_image_everywhere(dataset, fold):
        records = read(dataset, fold)
        records.images[0] = np.arange(16, dtype=np.uint8)[:, None]
        return records

    monkeypatch.setattr(type(real), "read_fold", first_image_everywhere)
    (note,) = experiment_sets(experiment).notes
    assert note.startswith("warning: ") and "held-out images are training images pixel for pixel" in note
