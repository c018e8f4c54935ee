"""Broken training is found in the tick in which it breaks, and answered as the policy says."""

import json
import math

import numpy as np
import pytest
import tensorflow as tf
from run_states import assert_equal_states, final_state, shown
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.errors import RunError
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training import loop
from medgan_tf.training.callbacks.watchdog import Diversity, TrainingDiverged, Watchdog, cause_of_divergence, spread
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.loop import make_gan, train
from medgan_tf.training.settings import WatchdogConfig
from medgan_tf.training.state import Tick, WatchdogState

pytestmark = pytest.mark.usefixtures("kept_gans", "unexported")

SOUND = {"loss_d": 3.0, "score_real": 5.0, "score_fake": -2.0, "gradients_g": 0.1, "gradients_d": 2.0}


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ({}, None),
        ({"loss_d": math.nan}, "loss_d not finite"),
        ({"loss_d": math.inf, "gradients_g": math.nan}, "loss_d, gradients_g not finite"),
        # A tick in which no step had the penalties.
        ({"r1": math.nan}, None),
        ({"score_fake": -10_001.0}, "critic exploded: score_fake -1e+04 is beyond 10000"),
        ({"score_real": 20_000.0}, "critic exploded: score_real 2e+04 is beyond 10000"),
        ({"gradients_g": 0.0}, "dead gradients: gradients_g 0, the generator no longer learns"),
        ({"gradients_d": 1e-13}, "dead gradients: gradients_d 1e-13, the discriminator no longer learns"),
    ],
)
def test_causes(values, cause):
    assert cause_of_divergence({**SOUND, **values}, WatchdogConfig()) == cause


def test_limits_can_be_taken_away():
    limits = WatchdogConfig(score_limit=None, gradient_floor=None)
    assert cause_of_divergence({**SOUND, "score_real": 1e9, "gradients_g": 0.0}, limits) is None


def test_a_private_training_has_no_scores_of_real_images():
    covered = {name: value for name, value in SOUND.items() if name != "score_real"}
    assert cause_of_divergence(covered, WatchdogConfig()) is None
    assert "score_fake" in cause_of_divergence({**covered, "score_fake": 1e9}, WatchdogConfig())


def test_spread_by_hand():
    images = np.array([[[[0.0]], [[2.0]]], [[[4.0]], [[2.0]]]]).reshape(2, 2, 1, 1)
    # The first pixel is 0 and 4, so its deviation is 2; the second one is 2 twice.
    assert spread(images) == 1.0


@pytest.fixture
def gan(shapes, tmp_path):
    return make_gan(small_experiment(tmp_path), shapes, shapes.read_fold("train").labels, tf.distribute.get_strategy())


def blind_to_noise(gan):
    """The generator with the weights that noise passes through at 0, where only labels are left."""
    original = gan.generator.call

    def without_noise(inputs, training=False):
        z, labels = inputs
        return original([tf.zeros_like(z), labels], training=training)

    gan.generator.call = without_noise


def test_vanished_diversity_is_found(gan, shapes):
    fold, tick = shapes.read_fold("train"), Tick()
    tick.values = dict.fromkeys(gan.metric_names, 1.0)
    state = WatchdogState()
    alive = Diversity(gan, fold)
    watchdog = Watchdog(gan, tick, WatchdogConfig(), state, alive, Workers(tf.distribute.get_strategy()))
    watchdog.on_epoch_end(0)
    assert tick.values["diversity"] == pytest.approx(alive.measure())
    assert tick.values["diversity"] > 0.04 and state.diverse
    blind_to_noise(gan)
    watchdog.diversity = Diversity(gan, fold)
    assert watchdog.diversity.measure() < 1e-6
    with pytest.raises(
        TrainingDiverged, match=r"diversity vanished: images with the same labels differ 0.00% as much as real"
    ):
        watchdog.on_epoch_end(1)
    # A generator that never had any is still learning.
    watchdog.state = WatchdogState()
    watchdog.on_epoch_end(2)


def test_diversity_is_undefined_for_single_images(gan, shapes):
    fold = shapes.read_fold("train")
    labels = np.eye(len(fold.labels), 2, dtype=np.float32)[:2]
    alone = type(fold)(fold.images[:2], labels, fold.image_ids[:2], fold.patients[:2])
    assert math.isnan(Diversity(gan, alone).measure())


@pytest.fixture
def poison(monkeypatch):
    """NaN in the generator's gradient at 88 images seen, while the variable is NaN."""
    value, original = tf.Variable(math.nan), ConditionalGan.generator_loss

    def poisoned(self, *inputs):
        loss, parts = original(self, *inputs)
        # The step has counted its 8 images only at its end.
        return loss + tf.where(self.images_seen == 80, value, 0.0), parts

    monkeypatch.setattr(ConditionalGan, "generator_loss", poisoned)
    return value


@pytest.fixture
def cured(poison, monkeypatch):
    """The poison is gone once the run was rolled back."""
    roll_back = loop.roll_back

    def roll_back_and_cure(*arguments):
        roll_back(*arguments)
        poison.assign(0.0)

    monkeypatch.setattr(loop, "roll_back", roll_back_and_cure)


def test_rolled_back_with_half_the_rate_and_resumed_bit_equal(shapes, tmp_path, cured, poison):
    experiment = small_experiment(tmp_path, watchdog={"policy": "rollback"}, keep_checkpoints=9)
    with shown() as lines:
        result = train(experiment, shapes)
    assert result.images_seen == 160
    warning = next(line for line in lines if line.startswith("training diverged"))
    assert "not finite between 80 and 120 images; back to 80 images, learning rates times 0.5" in warning
    (event,) = map(json.loads, result.folder.events.read_text().splitlines())
    assert event["images_seen"] == 120 and "loss_g" in event["cause"]
    assert event["action"] == "back to 80 images, learning rates times 0.5"
    ticks = [json.loads(line) for line in result.folder.metrics.read_text().splitlines()]
    assert [(tick["images_seen"], tick["rollbacks"], tick["rate_factor"]) for tick in ticks] == [
        (40, 0, 1.0),
        (80, 0, 1.0),
        (120, 1, 0.5),
        (160, 1, 0.5),
    ]
    assert all(math.isfinite(tick["loss_g"]) for tick in ticks)
    # Killed right after the rollback: the checkpoint already knows the halved rate.
    whole = final_state(result.folder)
    for path in result.folder.checkpoints.glob("images-*"):
        if int(path.name.removeprefix("images-")) > 80:
            path.rename(tmp_path / path.name)
    again = train(experiment, shapes)
    assert again.resumed_from == 80
    assert_equal_states(final_state(again.folder), whole)
    rates = [value for name, value in whole.items() if "generator_optimizer" in name and value.size == 1]
    assert any(value == np.float32(0.0025) for value in rates)


def test_trouble_that_stays_ends_the_run(shapes, tmp_path, poison):
    experiment = small_experiment(tmp_path, watchdog={"policy": "rollback", "max_rollbacks": 2})
    with pytest.raises(
        RunError, match="not finite between 80 and 120 images after 2 rollbacks; .*--restart$"
    ) as caught:
        train(experiment, shapes)
    assert caught.value.exit_code == 1
    folder = run_folder(experiment)
    actions = [json.loads(line)["action"] for line in folder.events.read_text().splitlines()]
    assert actions == [
        "back to 80 images, learning rates times 0.5",
        "back to 80 images, learning rates times 0.25",
        "stopped after 2 rollbacks",
    ]
    # The last good state, with the count: another start does not get two more.
    with pytest.raises(RunError, match="after 2 rollbacks"):
        train(experiment, shapes)
