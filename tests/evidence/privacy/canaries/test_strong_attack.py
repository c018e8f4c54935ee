"""The strong attack on a generator that repeats its training images, and on one that does not."""

from types import SimpleNamespace

import numpy as np
import pytest
from chexpert_folder import chexpert_experiment, write_chexpert

from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.data.canary_sets import canaries_dataset, reference_dataset, reference_experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.prepare import prepare
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.privacy.canaries import strong_attack as module
from medgan_tf.evidence.privacy.canaries.strong_attack import DENSITY, DISCRIMINATOR, strong_attack
from medgan_tf.evidence.privacy.inputs import Model
from medgan_tf.evidence.privacy.settings import CanarySettings, PrivacyConfig
from medgan_tf.presentation.progress import Silent
from medgan_tf.presentation.steps import Steps

DRAWS = 300


class Repeats:
    """A generator that draws from some images, whatever the labels."""

    latent_size, conditions = 4, Conditions()

    def __init__(self, dataset, fold):
        arrays = dataset.read_fold(fold)
        self.images = arrays.images.astype(np.float32) / 127.5 - 1
        self.label_names = dataset.label_names
        self.combinations = [SimpleNamespace(vector=np.array([1, 0], np.float32), train=3)]

    def generate(self, z, labels):
        return self.images[(z[:, 0] * 1e6).astype(int) % len(self.images)] + 0.001 * z[:, 1, None, None, None]


class Pixels:
    """Features that are the pixels of every second row and column."""

    def features(self, images, batch, progress=None):
        return images[:, ::2, ::2, 0].reshape(len(images), -1).astype(np.float32)

    def describe(self):
        return {"name": "pixels"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canaries")
    write_chexpert(folder, patients=100, images_per_patient=2)
    return folder


@pytest.fixture(scope="module")
def experiment(folder):
    experiment = chexpert_experiment(folder, canaries=50, reference_patients=25)
    output = experiment.training.model_copy(update={"output": str(folder / "runs")})
    experiment = experiment.model_copy(update={"training": output})
    prepare(experiment)
    return experiment


def attack(experiment, monkeypatch, target, discriminator=None):
    reference = Repeats(reference_dataset(experiment), "train")
    made = {experiment.name: target, experiment.name + "-reference": reference}
    monkeypatch.setattr(module, "_generator", lambda one: made[one.name])
    monkeypatch.setattr(module, "checkpoint_discriminator", lambda *of: lambda images, *_: images[:, 0, 0, 0] * 1.0)
    settings = PrivacyConfig(extractor="random", canaries=CanarySettings(draws=DRAWS), density_dimensions=8)
    inputs = SimpleNamespace(
        settings=settings,
        seed=1,
        store=SimpleNamespace(extractor=Pixels(), batch=32),
        steps=Steps(Silent()),
        model=Model(experiment, discriminator),
    )
    return strong_attack(inputs, experiment)


def test_a_generator_that_repeats_its_training_images(experiment, monkeypatch):
    found = attack(experiment, monkeypatch, Repeats(canaries_dataset(experiment), "train"))
    inside = set(canaries_dataset(experiment).read_fold("train").patients)
    assert len(found.patients) == 50 and found.images == 100
    assert set(found.patients[found.inside]) == inside
    scores = found.scores[DENSITY]
    assert np.mean(scores[found.inside][:, None] > scores[~found.inside]) > 0.9
    assert found.missing == {DISCRIMINATOR: "there is no discriminator"}


def test_a_generator_of_other_patients(experiment, monkeypatch):
    found = attack(experiment, monkeypatch, Repeats(reference_dataset(experiment), "valid"))
    scores = found.scores[DENSITY]
    above = np.mean(scores[found.inside][:, None] > scores[~found.inside])
    assert 0.25 < above < 0.75


def test_discriminators_are_compared(experiment, monkeypatch):
    target = Repeats(reference_dataset(experiment), "valid")
    found = attack(experiment, monkeypatch, target, lambda images, *_: images[:, 0, 0, 0] + 7.0)
    # The difference of both scores is 7 for every image, so for every patient.
    np.testing.assert_allclose(found.scores[DISCRIMINATOR], 7.0)
    failed = attack(experiment, monkeypatch, target, DataError("no checkpoint"))
    assert failed.missing == {DISCRIMINATOR: "no checkpoint"}


def test_what_is_missing_is_named(experiment):
    inputs = SimpleNamespace(settings=PrivacyConfig(), model=Model(experiment))
    with pytest.raises(DataError, match="there is no generator in .*; train it with `medgan-tf train"):
        strong_attack(inputs, experiment)
    with pytest.raises(DataError, match="no classifier of the reference's patients .*; train it with"):
        module._extractor(inputs, reference_experiment(experiment))
    without = experiment.model_copy(update={"data": experiment.data.model_copy(update={"canaries": 0})})
    with pytest.raises(ConfigError, match="data.canaries is 0"):
        canaries_dataset(without)


def test_the_reference_has_folders_of_its_own(experiment):
    reference = reference_experiment(experiment)
    assert run_folder(reference).path.parent.name == "small-reference" and reference.seed == experiment.seed
    assert real_folder(reference).path != real_folder(experiment).path
    assert reference.dataset_dir == experiment.dataset_dir + "-reference"
    assert (reference.gan, reference.training) == (experiment.gan, experiment.training)
