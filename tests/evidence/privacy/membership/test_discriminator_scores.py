"""The discriminator of a run's checkpoint: the weights that were saved, and one line when there is none."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_settings import SMALL
from tiny_classifier import SIDE, write_drawings

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError, RunError
from medgan_tf.evidence.privacy.membership.discriminator_scores import checkpoint_discriminator, discriminator_scores
from medgan_tf.registry import GANS
from medgan_tf.training import record
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.loop import make_gan


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_drawings(tmp_path_factory.mktemp("drawings") / "dataset", per_combination=8)


def experiment_in(folder, dataset, architecture="cpd", **training):
    settings = {"batch": 8, "total_images": 96, "output": str(folder)}
    return Experiment(
        name="drawings",
        data={"resolution": SIDE, "dataset_dir": str(dataset.path)},
        gan={"architecture": architecture, **SMALL[architecture]},
        training={**settings, **training},
    )


@pytest.mark.parametrize("architecture", sorted(SMALL))
def test_scores_are_those_of_the_saved_discriminator(architecture, dataset, tmp_path):
    experiment = experiment_in(tmp_path, dataset, architecture)
    fold, folder = dataset.read_fold("train"), run_folder(experiment)
    gan = make_gan(experiment, dataset, fold.labels, tf.distribute.get_strategy())
    for variable in gan.discriminator.trainable_variables:
        variable.assign(keras.random.normal(variable.shape, stddev=1.0, seed=1))
    if architecture == "progressive":
        phases = GANS.settings(architecture).plan_phases(experiment.gan, SIDE, experiment.training)
        gan.enter_phase(phases[-1], begins=False)
        gan.images_seen.assign(phases[-1].end)
    record.write_description(folder, experiment)
    Checkpoints(folder.checkpoints, 1).save(gan, final=True)
    images, labels = fold.images[:12], fold.labels[:12]
    expected = discriminator_scores(gan, experiment.seed)(images, labels)
    found = checkpoint_discriminator(experiment_in(tmp_path, dataset, architecture), dataset)(images, labels)
    assert np.ptp(expected) > 1e-6
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_no_checkpoint_and_other_settings(dataset, tmp_path):
    with pytest.raises(DataError, match="has no checkpoint, so the discriminator cannot be attacked"):
        checkpoint_discriminator(experiment_in(tmp_path, dataset), dataset)
    experiment = experiment_in(tmp_path, dataset)
    gan = make_gan(experiment, dataset, dataset.read_labels("train"), tf.distribute.get_strategy())
    folder = run_folder(experiment)
    record.write_description(folder, experiment)
    Checkpoints(folder.checkpoints, 1).save(gan)
    with pytest.raises(RunError, match="was trained with other settings: training.batch 8 -> 4"):
        checkpoint_discriminator(experiment_in(tmp_path, dataset, batch=4), dataset)
