"""Checkpoints by themselves: what they keep, and how a damaged one is recognised."""

import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from eager_steps import take_steps
from interrupted_run import killed_experiment
from run_states import assert_equal_states, final_state
from shapes_dataset import small_experiment
from strict_json import strict_files

from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.errors import RunError
from medgan_tf.registry import GANS
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.loop import make_gan


@pytest.fixture(scope="module")
def gan(shapes, tmp_path_factory):
    experiment = small_experiment(tmp_path_factory.mktemp("gan"))
    return make_gan(experiment, shapes, shapes.read_fold("train").labels, tf.distribute.get_strategy())


def save_at(checkpoints, gan, images, extra=None, final=False):
    gan.images_seen.assign(images)
    gan.generator.variables[0].assign(tf.fill(gan.generator.variables[0].shape, float(images)))
    return checkpoints.save(gan, final=final, extra=extra)


def test_keeps_extra_state_and_the_newest(gan, tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    assert checkpoints.restore_latest(gan) is None
    for images in (8, 16, 24):
        save_at(checkpoints, gan, images, {"fid": [1.5, images]})
    assert [path.name for path in checkpoints.list()] == ["images-00000000016", "images-00000000024"]
    save_at(checkpoints, gan, 32, {"fid": []}, final=True)
    assert len(checkpoints.list()) == 3
    gan.images_seen.assign(0)
    restored = checkpoints.restore_latest(gan)
    assert (restored.path.name, restored.images_seen, restored.extra) == ("images-00000000032", 32, {"fid": []})
    np.testing.assert_array_equal(gan.generator.variables[0].numpy(), 32.0)


@pytest.mark.parametrize("architecture", GANS.names())
def test_holds_all_that_later_steps_depend_on(architecture, shapes, tmp_path):
    """A GAN that was elsewhere and is brought back goes on with the same bits."""
    fold, states = shapes.read_fold("train"), {}
    experiment = killed_experiment(tmp_path, architecture)
    first, second = (make_gan(experiment, shapes, fold.labels, tf.distribute.get_strategy()) for _ in range(2))
    critic = first.config.n_critic
    batches = training_batches(fold.images, fold.labels, batch=8 * critic, seed=7, group=4 * critic).take(2).cache()
    middle = Checkpoints(tmp_path / "middle", keep=1)
    take_steps(first, batches, 1)
    first.update_average()
    middle.save(first)
    # Weights, moments of the optimizers and of batches, all of another course.
    take_steps(second, batches.skip(1), 1)
    middle.restore_latest(second)
    for name, gan in (("first", first), ("second", second)):
        take_steps(gan, batches.skip(1), 1)
        gan.update_average()
        gan.refresh_average()
        Checkpoints(tmp_path / name, keep=1).save(gan)
        states[name] = final_state(SimpleNamespace(checkpoints=tmp_path / name))
    assert_equal_states(states["first"], states["second"])


def test_newer_checkpoints_are_removed(gan, tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=5)
    saved = []
    for images in (8, 16, 24):
        gan.images_seen.assign(images)
        saved.append(checkpoints.save(gan))
    checkpoints.remove_after(saved[1])
    assert checkpoints.list() == saved[:2]


def test_extra_state_is_replaced_without_the_variables(gan, tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    path = save_at(checkpoints, gan, 8, {"rate": 1.0})
    before = {file.name: file.stat().st_mtime_ns for file in path.glob("state*")}
    checkpoints.replace_extra(path, {"rate": 0.5})
    assert checkpoints.restore_latest(gan).extra == {"rate": 0.5}
    assert {file.name: file.stat().st_mtime_ns for file in path.glob("state*")} == before
    assert not list(path.glob(".*"))


def test_numbers_that_are_not_finite_are_null_in_the_card(gan, tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    path = save_at(checkpoints, gan, 8, {"tick": {"sums": [np.nan, 1.0]}})
    assert strict_files(tmp_path) == ["images-00000000008/checkpoint.json"]
    assert checkpoints.restore_latest(gan).extra == {"tick": {"sums": [None, 1.0]}}
    checkpoints.replace_extra(path, {"tick": {"sums": [np.inf]}})
    assert strict_files(tmp_path) and checkpoints.restore_latest(gan).extra == {"tick": {"sums": [None]}}


def test_one_wrong_bit_is_noticed(gan, tmp_path, caplog):
    checkpoints = Checkpoints(tmp_path, keep=2)
    save_at(checkpoints, gan, 8, {"which": "older"})
    data = next(save_at(checkpoints, gan, 16).glob("state.data*"))
    damaged = bytearray(data.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    data.write_bytes(damaged)
    with caplog.at_level(logging.WARNING):
        assert checkpoints.restore_latest(gan).extra == {"which": "older"}
    assert "has changed since it was written); trying the one before" in caplog.text
    np.testing.assert_array_equal(gan.generator.variables[0].numpy(), 8.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"files": {"state.index": "0"}}',
        '{"files": null}',
        '{"files": 7}',
        '{"files": {"../x": "0"}}',
        '{"files": [1]}',
        '{"files": [], "extra": []}',
        '{"files": [], "images_seen": "8"}',
        '{"files": [], "images_seen": null}',
        '{"files": [], "extra": ' + "[" * 100_000,
        '{"files": [], "images_seen": ' + "1" * 5000 + "}",
        "\x00",
    ],
)
def test_damaged_description_is_noticed(gan, tmp_path, text):
    checkpoints = Checkpoints(tmp_path, keep=2)
    (save_at(checkpoints, gan, 8) / "checkpoint.json").write_text(text)
    with pytest.raises(RunError, match="none of the 1 checkpoints .* can be read; use --restart"):
        checkpoints.restore_latest(gan)


def test_checkpoint_of_the_first_version_is_read(gan, tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    path = save_at(checkpoints, gan, 8)
    names = sorted(file.name for file in path.glob("state*"))
    (path / "checkpoint.json").write_text(json.dumps({"images_seen": 8, "files": names}))
    restored = checkpoints.restore_latest(gan)
    assert (restored.images_seen, restored.extra) == (8, {})


def test_saving_the_same_position_again_replaces_it(gan, tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    save_at(checkpoints, gan, 8, {"try": 1})
    save_at(checkpoints, gan, 8, {"try": 2})
    assert checkpoints.restore_latest(gan).extra == {"try": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["images-00000000008"]
