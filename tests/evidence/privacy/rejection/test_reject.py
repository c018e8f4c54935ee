"""Rejection for an experiment: a generator that gives back a patient's image, and the dataset that is written."""

from dataclasses import replace

import numpy as np
import pytest
from parrot_generator import Parrot
from shapes_dataset import small_experiment

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.rejection.reject import without_flagged
from medgan_tf.presentation.progress import Silent
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import real_labels

SEED, ROW = 3, 7


@pytest.fixture
def experiment(tmp_path):
    values = small_experiment(tmp_path).model_dump(mode="json")
    values["evaluation"]["privacy"] |= {"extractor": "random", "planted": 20, "bootstrap": 100}
    values["generate"] |= {"reject": ["copies", "reidentified"]}
    return Experiment.model_validate(values)


def test_a_patients_image_is_drawn_again_and_the_manifest_says_so(experiment, shapes, tmp_path):
    copied = shapes.read_fold("train").images[5]
    generator, table = Parrot(copied, SEED, [ROW]), real_labels(shapes, ("train", "valid"))
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
    generator, table = Parrot(shapes.read_fold("train").images[5], SEED), real_labels(shapes, ("train",))
    with pytest.raises(DataError, match="36 images were rejected in each of 20 draws, most of the labels"):
        without_flagged(experiment, shapes, generator, table, SEED, Silent())


def test_the_very_images_that_were_searched_are_written(experiment, shapes, tmp_path):
    """The pictures of this generator depend on the size of the batch, and images drawn again stand in small batches."""
    copied = shapes.read_fold("train").images[5]
    generator, table = Parrot(copied, SEED, [ROW], drift=2), real_labels(shapes, ("train",))
    chosen, record = without_flagged(experiment, shapes, generator, table, SEED, Silent())
    options = {"seed": SEED, "name": "shapes", "run": "r", "rejection": record}
    written = generate_dataset(generator, chosen, tmp_path / "out", experiment.generate, **options)
    np.testing.assert_array_equal(written.read_fold("train").images, chosen.images["train"])
    again = generate_dataset(generator, replace(chosen, images={}), tmp_path / "b", experiment.generate, **options)
    assert (again.read_fold("train").images[ROW] != chosen.images["train"][ROW]).any()
