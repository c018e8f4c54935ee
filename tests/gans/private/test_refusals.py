"""Settings of networks that a private training refuses, and those that it takes."""

import pytest

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError
from medgan_tf.gans.resolve import checked_experiment

FITTING = {"architecture": "cpd", "mbstd_group_size": 1, "loss": "hinge"}


def experiment(gan=(), training=(), **dp):
    return Experiment(
        name="x",
        gan={**FITTING, **dict(gan)},
        training={"batch": 8, **dict(training)},
        privacy={"dp": {"noise_multiplier": 1.0, "combinations": ["(none)"], "public_selection": True, **dp}},
        data={"resolution": 32},
    )


def test_fitting_settings_pass():
    assert checked_experiment(experiment()).private
    assert checked_experiment(experiment({"loss": "wasserstein"}, discriminator_steps=5)).private
    assert checked_experiment(experiment({"augmentation": {"strength": 0.5}})).private
    growing = {"architecture": "progressive", "growth": {"batch": [8], "images_per_phase": 64}}
    assert checked_experiment(experiment(growing, {"total_images": 10_000})).private


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ({"gan": {"mbstd_group_size": 4}}, "set gan.mbstd_group_size: 1. Received: 4"),
        ({"gan": {"n_critic": 2}}, "set gan.n_critic: 1. Received: 2"),
        ({"training": {"accumulation": 2}}, "set training.accumulation: 1. Received: 2"),
        ({"training": {"jit_compile": True}}, "set training.jit_compile: false"),
        ({"gan": {"augmentation": {"strength": 0.0, "target": 0.6}}}, "gan.augmentation.target .* leave it out"),
        ({"gan": {"loss": "wasserstein"}}, "a number, e.g. privacy.dp.discriminator_steps: 5"),
        ({"gan": {"architecture": "progressive"}}, r"set gan.growth.batch: \[8\]. Received: \[256, 128, 64, 32, 16\]"),
        (
            {"gan": {"architecture": "progressive", "growth": {"batch": [8, 4]}}},
            r"set gan.growth.batch: \[8\]. Received: \[8, 4\]",
        ),
    ],
)
def test_refused_with_the_setting_to_change(options, setting):
    with pytest.raises(ConfigError, match=setting) as caught:
        checked_experiment(experiment(**options))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("privacy.dp")


def test_only_private_trainings_of_a_discriminator_are_refused():
    plain = Experiment(name="x", gan={"architecture": "biggan"})
    assert checked_experiment(plain).gan.n_critic == 2
    checked_experiment(experiment({"mbstd_group_size": 4}, embedding={}))
