"""Sabotages around the private step: of keys, of the ledger, and of labels. Each must be seen by its check."""

import hashlib
import shutil
from dataclasses import replace

import numpy as np
import private_steps
import pytest
from private_shapes import guarantee_of, ledger_of, private_experiment
from private_steps import check_charged, check_used_once

from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.gans.draws import LabelTable
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training import loop
from medgan_tf.training.loop import train
from medgan_tf.training.private import fingerprint, ledger, session
from medgan_tf.training.private import key as key_module
from medgan_tf.training.private.opening import opened_training

STEPS = {"total_images": 80, "images_per_tick": 40, "sample_ticks": 9, "tensorboard": False}


@pytest.fixture
def journal(monkeypatch, unexported):
    """Quick steps, and no pictures. The list gets (seeds, digest of the weights before) of each."""
    monkeypatch.setattr(loop.SampleGrid, "write", lambda self, images_seen: None)
    steps: list[tuple[bytes, str]] = []
    private_steps.install(monkeypatch, lambda seeds, weights: steps.append((seeds, weights)))
    return steps


# --- Noise that is used again -----------------------------------------------------------------------------------------


def rolled_back(folder, shapes, monkeypatch):
    """Ten steps in two ticks; the second one diverges once, and the training goes back. Returns what is charged."""
    original, seen = loop.Watchdog.on_epoch_end, []

    def diverging(self, epoch, logs=None):
        if self.tick.after == 80 and not seen:
            seen.append(True)
            raise loop.TrainingDiverged("test")
        original(self, epoch, logs)

    monkeypatch.setattr(loop.Watchdog, "on_epoch_end", diverging)
    train(private_experiment(folder, watchdog={"policy": "rollback"}, checkpoint_ticks=1, **STEPS), shapes)
    return ledger_of(folder)["reserved"]


def changed_on_the_way(folder, shapes, monkeypatch):
    """Ten steps, of which the last five are lost, and another version of this package goes on."""
    experiment = private_experiment(folder, checkpoint_ticks=1, **STEPS)
    train(experiment, shapes)
    shutil.rmtree(sorted(run_folder(experiment).checkpoints.iterdir())[-1])
    monkeypatch.setattr(fingerprint, "source_digest", lambda: "another version")
    # The other version gives other bits.
    update = ConditionalGan.update_average

    def otherwise(self):
        update(self)
        weight = self.discriminator.trainable_variables[0]
        weight.assign(weight + 1e-3)

    monkeypatch.setattr(ConditionalGan, "update_average", otherwise)
    monkeypatch.setattr(session.PrivateSession, "confirm", lambda *_: None)
    train(experiment, shapes)
    return ledger_of(folder)["reserved"]


def no_fork(self, step, reason):
    """Goes back, and draws the same noise again."""


def uncharged_fork(self, step, fingerprint):
    """Fresh noise under the old numbers, which are charged already."""
    self._write(replace(self.entries, salt="ab" * 16, fingerprint=dict(fingerprint), states={}))


def same_seeds(self, salt, draw):
    """The number of the draw is forgotten: every step has the same noise."""
    return original_seeds(self, salt, 0)


original_seeds = key_module.NoiseKey.seeds


@pytest.mark.parametrize("story", [rolled_back, changed_on_the_way])
def test_noise_is_used_once_and_charged(story, shapes, journal, tmp_path, monkeypatch):
    charged = story(tmp_path, shapes, monkeypatch)
    assert check_used_once(journal) == charged == 15
    check_charged(charged, journal)


@pytest.mark.parametrize(
    ("story", "owner", "name", "sabotage"),
    [
        (rolled_back, session.PrivateSession, "fork", no_fork),
        (rolled_back, key_module.NoiseKey, "seeds", same_seeds),
        (changed_on_the_way, session, "why_fork", lambda *_: None),
    ],
)
def test_noise_that_is_used_again_is_seen(story, owner, name, sabotage, shapes, journal, tmp_path, monkeypatch):
    monkeypatch.setattr(owner, name, sabotage)
    if sabotage is no_fork:
        monkeypatch.setattr(session.PrivateSession, "confirm", lambda *_: None)
    story(tmp_path, shapes, monkeypatch)
    with pytest.raises(AssertionError, match="cancels by subtraction"):
        check_used_once(journal)


def test_fresh_noise_that_is_not_charged_is_seen(shapes, journal, tmp_path, monkeypatch):
    monkeypatch.setattr(ledger.Ledger, "fork", uncharged_fork)
    charged = rolled_back(tmp_path, shapes, monkeypatch)
    check_used_once(journal)
    with pytest.raises(AssertionError, match="15 draws served, and 10 are charged"):
        check_charged(charged, journal)


# --- The key ----------------------------------------------------------------------------------------------------------


def check_keys(folder, shapes):
    """Two trainings with equal settings and seeds share no secret: neither of the steps nor of the labels."""
    found = []
    for name in ("first", "second"):
        experiment = private_experiment(folder / name)
        run_folder(experiment).path.mkdir(parents=True)
        with opened_training(experiment, shapes, shapes.read_fold("train"), Conditions(), True) as opened:
            found.append((opened.key.seeds("", 0), opened.counts.counts))
    (seeds, counts), (other_seeds, other_counts) = found
    assert not np.intersect1d(seeds, other_seeds).size, "the noise follows the settings"
    assert not np.array_equal(counts, other_counts), "the noise of the labels follows the settings"


def test_keys_are_of_the_system(shapes, tmp_path):
    check_keys(tmp_path, shapes)


def test_a_key_from_the_public_seed_is_seen(shapes, tmp_path, monkeypatch):
    monkeypatch.setattr(key_module.secrets, "token_bytes", lambda size: hashlib.sha256(b"7").digest()[:size])
    with pytest.raises(AssertionError, match="the noise follows the settings"):
        check_keys(tmp_path, shapes)


# --- Labels -----------------------------------------------------------------------------------------------------------


def check_labels(folder, shapes, monkeypatch):
    """Labels of generated images are drawn from the noisy numbers that are filed, and from nothing else."""
    tables, prepare = [], ConditionalGan.prepare_private

    def noted(self, terms, patients):
        prepare(self, terms, patients)
        tables.append(self.label_table)

    monkeypatch.setattr(ConditionalGan, "prepare_private", noted)
    experiment = private_experiment(folder, **STEPS)
    train(experiment, shapes)
    filed = guarantee_of(experiment)["label_counts"]["combinations"]
    (table,) = tables
    np.testing.assert_array_equal(table.combinations, [one["vector"] for one in filed])
    np.testing.assert_array_equal(table.cumulative_counts, np.cumsum([one["count"] for one in filed]))


def test_labels_are_drawn_from_the_noisy_numbers(shapes, journal, tmp_path, monkeypatch):
    check_labels(tmp_path, shapes, monkeypatch)


def test_exact_numbers_of_labels_are_seen(shapes, journal, tmp_path, monkeypatch):
    exact = LabelTable.of(shapes.read_fold("train").labels)
    monkeypatch.setattr(loop, "label_table", lambda opened: exact)
    with pytest.raises(AssertionError):
        check_labels(tmp_path, shapes, monkeypatch)
