"""What would look at real images outside the guarantee is refused, with the setting to change."""

import pytest
from private_shapes import private_experiment
from shapes_dataset import small_experiment

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError
from medgan_tf.training.private.refusals import check_private_training, diversity_is_measured


def with_fid(experiment, value):
    values = experiment.model_dump(mode="json")
    values["evaluation"]["fid"]["during_training"] = value
    return Experiment.model_validate(values)


@pytest.mark.parametrize("value", ["watch", "stop"])
def test_fid_of_real_images_is_refused(tmp_path, value):
    with pytest.raises(ConfigError, match=rf"evaluation\.fid\.during_training={value}; set it to never"):
        check_private_training(with_fid(private_experiment(tmp_path), value))
    check_private_training(with_fid(small_experiment(tmp_path), value))


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"watchdog": {"diversity_floor": 0.1}}, r"training\.watchdog\.diversity_floor=0\.1; remove it"),
        ({"strategy": "multi_worker"}, r"training\.strategy=multi_worker"),
        ({"profile_steps": [3, 5]}, r"training\.profile_steps=\[3, 5\]; remove it"),
    ],
)
def test_settings_of_the_training_are_refused(tmp_path, training, message):
    with pytest.raises(ConfigError, match=message):
        check_private_training(private_experiment(tmp_path, **training))
    check_private_training(small_experiment(tmp_path, **training))


def test_steps_of_another_size_are_refused(tmp_path):
    growth = {"start_resolution": 8, "images_per_phase": 40, "batch": [16, 8], "learning_rate": [0.004]}
    growing = {"architecture": "progressive", "growth": growth}
    with pytest.raises(ConfigError, match=r"gan\.growth\.batch to \[8\]"):
        check_private_training(private_experiment(tmp_path, gan=growing))
    check_private_training(private_experiment(tmp_path, gan={**growing, "growth": {**growth, "batch": [8]}}))
    with pytest.raises(ConfigError, match=r"n_critic=2"):
        check_private_training(private_experiment(tmp_path, gan={"n_critic": 2}))


def test_default_floor_of_diversity_is_off_in_a_private_run(tmp_path):
    check_private_training(private_experiment(tmp_path))
    assert diversity_is_measured(small_experiment(tmp_path)) and not diversity_is_measured(private_experiment(tmp_path))
