"""Open values are filled in from the settings of an architecture, without its networks."""

import subprocess
import sys

import pytest

from medgan_tf.config.schema import Experiment, GanConfig, TrainingConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans.architectures.biggan.settings import ATTENTION_SPLIT
from medgan_tf.gans.options import SPECIAL_OPTIONS
from medgan_tf.gans.resolve import checked_experiment, plan_phases, resolve_gan, resolve_training
from medgan_tf.registry import GANS


def test_resolving_loads_no_tensorflow():
    code = """
import sys
from medgan_tf.config.schema import Experiment
from medgan_tf.gans.resolve import checked_experiment
from medgan_tf.registry import GANS
for name in GANS.names():
    resolved = checked_experiment(Experiment(name="x", gan={"architecture": name}))
    print(name, resolved.gan.latent_size, resolved.training.generator_learning_rate)
heavy = {"tensorflow", "keras", "numpy", "medgan_tf.gans.gan"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Paper S.2.1 to S.2.3, and Radford et al. 2016.
    known = ["biggan 120 0.01", "cpd 512 0.005", "dcgan 100 0.0002", "progressive 512 0.001"]
    assert done.stdout.split("\n")[:4] == known


@pytest.mark.parametrize(
    ("architecture", "resolution", "base", "loss", "n_critic"),
    [
        ("cpd", 32, 16384, "wasserstein", 1),
        ("progressive", 128, 8192, "wasserstein", 1),
        ("biggan", 64, 1024, "hinge", 2),
    ],
)
def test_the_papers_values(architecture, resolution, base, loss, n_critic):
    config = resolve_gan(GanConfig(architecture=architecture), resolution)
    assert (config.base_channels, config.loss, config.n_critic) == (base, loss, n_critic)
    # What is given stays.
    assert resolve_gan(GanConfig(architecture=architecture, base_channels=7), resolution).base_channels == 7
    assert resolve_training(TrainingConfig(batch=12), architecture, resolution).batch == 12
    assert resolve_training(TrainingConfig(), architecture, resolution).batch == 256


def test_phases_come_from_the_architecture():
    growing = checked_experiment(Experiment(name="x", gan={"architecture": "progressive"}))
    phases = plan_phases(growing.gan, 32, growing.training)
    assert [(phase.resolution, phase.fading) for phase in phases][:2] == [(8, False), (16, True)]
    plain = checked_experiment(Experiment(name="x"))
    (phase,) = plan_phases(plain.gan, 32, plain.training)
    assert (phase.batch, phase.generator_learning_rate, phase.resolution) == (256, 0.005, 32)


@pytest.mark.parametrize(
    ("gan", "message"),
    [
        ({"growth": {}}, "gan.growth is not an option of the architecture 'cpd'"),
        ({"architecture": "biggan", "max_channels": 12}, "give 12 channels at 16x16"),
        ({"architecture": "progressive", "growth": {"images_per_phase": 9_000_000}}, "reaches 32x32 pixels only after"),
        ({"augmentation": {"target": 0.6}}, "a loss other than 'wasserstein'"),
    ],
)
def test_settings_are_checked_before_anything_is_built(gan, message):
    with pytest.raises(ConfigError, match=message):
        checked_experiment(Experiment(name="x", gan=gan))


def test_every_special_option_belongs_to_an_architecture():
    known = {name: GANS.settings(name).SPECIAL_OPTIONS for name in GANS.names()}
    assert set().union(*known.values()) == set(SPECIAL_OPTIONS)
    assert known["cpd"] == frozenset()


def test_attention_splits_what_the_settings_check():
    from medgan_tf.layers.attention import SPLIT

    assert ATTENTION_SPLIT == SPLIT


def test_a_guarantee_that_would_not_hold_is_refused_before_training():
    private = {"dp": {"noise_multiplier": 1.0, "discriminator_steps": 5}}
    gan = {"mbstd_group_size": 1}
    assert checked_experiment(Experiment(name="x", gan=gan, privacy=private, data={"min_count": 0})).private
    with pytest.raises(ConfigError, match="data.min_count leaves out label combinations"):
        checked_experiment(Experiment(name="x", privacy=private))
