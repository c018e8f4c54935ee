"""Rejection for an experiment: a generator that gives back a patient's image, and the dataset that is written."""

import numpy as np
import pytest
from shapes_dataset import small_experiment

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.rejection.reject import without_flagged
from medgan_tf.presentation.progress import Silent
from medgan_tf.synthesis.generate import generate_dataset, latents
from medgan_tf.synthesis.labels import real_labels

SEED, SIZE, ROW = 3, 4, 7


class Parrot:
    """Noise of its own for most latents; for the first noise of one row, a training image."""

    label_names, resolution, latent_size, path = ("Square", "Disc"), 16, SIZE, "parrot"

    def __init__(self, image, always=False):
        self.image, self.always = image.astype(np.float32) / 127.5 - 1, always
        self.known = latents(SEED, "train", [ROW], SIZE)[0]

    def generate(self, z, labels):
        images = []
        for one in z:
            made = np.random.default_rng(abs(hash(one.tobytes()))).uniform(-1, 1, (16, 16, 1))
            images.append(self.image if self.always or np.array_equal(one, self.known) else made)
        return np.stack(images).astype(np.float32)

    def sha256(self):
        return "a" * 64

    file_sha256 = sha256


@pytest.fixture
def experiment(tmp_path):
    values = small_experiment(tmp_path).model_dump(mode="json")
    values["evaluation"]["privacy"] |= {"extractor": "random", "planted": 20, "bootstrap": 100}
    values["generate"] |= {"reject": ["copies", "reidentified"]}
    return Experiment.model_validate(values)


def test_a_patients_image_is_drawn_again_and_the_manifest_says_so(experiment, shapes, tmp_path):
    copied = shapes.read_fold("train").images[5]
    generator, table = Parrot(copied), real_labels(shapes, ("train", "valid"))
    chosen, record = without_flagged(experiment, shapes, generator, table, SEED, Silent())
    assert chosen.attempts["train"][ROW] >= 1
    np.testing.assert_array_equal(chosen.folds["train"], table.folds["train"])
    config = experiment.generate
    options = {"seed": SEED, "name": "shapes", "run": "r"}
    with_it = generate_dataset(generator, table, tmp_path / "with", config, **options)
    without = generate_dataset(generator, chosen, tmp_path / "without", config, rejection=record, **options)
    assert (with_it.read_fold("train").images[ROW] == copied).all()
    images = without.read_fold("train").images
    assert not (images == copied).all(axis=(1, 2, 3)).any()
    unchanged = np.flatnonzero(chosen.attempts["train"] == 0)
    np.testing.assert_array_equal(images[unchanged], with_it.read_fold("train").images[unchanged])
    saved = Manifest.load(tmp_path / "without").synthesis.rejection
    assert saved == record and saved.searches == ["copies", "reidentified"] and saved.rounded_to == 10
    assert all(one.rejected % 10 == 0 and (one.rejected > 0) != (one.fewer_than > 0) for one in saved.combinations)
    assert {tuple(one.labels) for one in saved.combinations} == {("Square",), ("Disc",), ("Square", "Disc")}
    assert 0 <= saved.halves_left_through <= saved.halves_passed <= 2 * 36


def test_a_generator_that_gives_nothing_else_is_refused(experiment, shapes):
    generator, table = Parrot(shapes.read_fold("train").images[5], always=True), real_labels(shapes, ("train",))
    with pytest.raises(DataError, match="36 images were rejected in each of 20 draws, most of the labels"):
        without_flagged(experiment, shapes, generator, table, SEED, Silent())
