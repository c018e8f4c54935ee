"""Whole runs: what they write, how they resume, how they end badly."""

import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from run_states import assert_equal_states, final_state, shown
from shapes_dataset import small_experiment

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import OriginalCodeConfig
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.gans.base import ConditionalGan
from medgan_tf.gans.schedule import single_phase
from medgan_tf.training import checkpoints as checkpoint_module
from medgan_tf.training.loop import train
from medgan_tf.training.session import steps_per_tick, tick_plan
from medgan_tf.training.state import Tick


@pytest.fixture(scope="module")
def unbroken(shapes, tmp_path_factory):
    """A finished run and the lines it showed."""
    folder = tmp_path_factory.mktemp("unbroken")
    with shown() as lines:
        result = train(small_experiment(folder, tensorboard=True), shapes)
    return result, lines


def test_run_folder_holds_what_the_readme_says(unbroken):
    result, lines = unbroken
    folder = result.folder
    assert (result.images_seen, result.resumed_from) == (160, None)
    assert load_experiment(folder.config).training.batch == 8
    environment = json.loads(folder.environment.read_text())
    assert environment["packages"]["tensorflow"] == tf.__version__
    metrics = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    assert [tick["images_seen"] for tick in metrics] == [40, 80, 120, 160]
    assert all(np.isfinite([value for value in tick.values()]).all() for tick in metrics)
    assert metrics[-1]["seconds_left"] == 0
    assert sorted(int(path.name.removeprefix("images-")) for path in folder.checkpoints.iterdir()) == [80, 120, 160]
    assert sorted(path.name for path in folder.samples.iterdir()) == [
        "00000000000.png",
        "00000000080.png",
        "00000000160.png",
        "latest.png",
    ]
    status = [line for line in lines if line.startswith("images ")]
    assert len(status) == 4
    assert re.search(r"images +160 of 160 +[\d.]+ img/s +D +-?[\d.]+ +G .* memory [\d.]+ GiB +0 s left", status[-1])
    assert "training cpd at 16x16" in folder.log.read_text()


def test_tensorboard_events_hold_the_metrics(unbroken):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = unbroken[0].folder
    events = EventAccumulator(str(folder.tensorboard)).Reload()
    metrics = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    for tag, name in (("loss/discriminator", "loss_d"), ("gradients/generator", "gradients_g")):
        stored = [(tick.step, tf.make_ndarray(tick.tensor_proto).item()) for tick in events.Tensors(tag)]
        assert [step for step, _ in stored] == [40, 80, 120, 160]
        np.testing.assert_allclose([value for _, value in stored], [tick[name] for tick in metrics], rtol=1e-6)
    assert "samples" in events.Tags()["tensors"]


def test_sample_grid_shows_real_images_beside_generated_ones(unbroken, shapes):
    picture = cv2.imread(str(unbroken[0].folder.samples / "latest.png"), cv2.IMREAD_GRAYSCALE)
    # Three combinations, two columns on each side, 16 pixels enlarged to 48.
    assert picture.shape == (22 + 3 * 48, 230 + 2 * 48 + 10 + 2 * 48)
    fold = shapes.read_fold("train")
    first = np.flatnonzero((fold.labels == shapes.manifest.combinations[0].vector).all(axis=1))[0]
    np.testing.assert_array_equal(picture[22:70:3, 230:278:3], fold.images[first, :, :, 0])


def test_finished_run_has_nothing_to_do(unbroken, shapes):
    result, _ = unbroken
    experiment = small_experiment(result.folder.path.parents[2], tensorboard=True)
    with shown() as lines:
        again = train(experiment, shapes)
    assert again.resumed_from == 160
    assert any("nothing to do" in line for line in lines)


def test_extended_run_equals_an_unbroken_one(unbroken, shapes, tmp_path):
    train(small_experiment(tmp_path, total_images=64), shapes)
    result = train(small_experiment(tmp_path), shapes)
    assert result.resumed_from == 64
    assert_equal_states(final_state(result.folder), final_state(unbroken[0].folder))


def test_killed_run_resumes_bit_equal(unbroken, shapes, tmp_path):
    shutil.copytree(shapes.path, tmp_path / "dataset")
    folder = run_folder(small_experiment(tmp_path))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path])}
    command = [sys.executable, str(Path(__file__).parents[1] / "support" / "interrupted_run.py"), str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("images"):
                break
        # Somewhere within the ticks that follow, checkpoint writes included.
        time.sleep(random.SystemRandom().uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
    result = train(small_experiment(tmp_path), shapes)
    assert result.resumed_from in (40, 80, 120, 160, None)
    assert_equal_states(final_state(folder), final_state(unbroken[0].folder))
    images = [json.loads(line)["images_seen"] for line in folder.metrics.read_text().splitlines()]
    assert images == [40, 80, 120, 160]


def test_damaged_newest_checkpoint_falls_back_to_the_one_before(unbroken, shapes, tmp_path):
    copy = tmp_path / "runs" / "shapes" / "cpd-seed7"
    shutil.copytree(unbroken[0].folder.path, copy)
    data = next((copy / "checkpoints" / "images-00000000160").glob("state.data*"))
    data.write_bytes(data.read_bytes()[:100])
    with shown() as lines:
        result = train(small_experiment(tmp_path), shapes)
    assert result.resumed_from == 120
    assert any(line.startswith("checkpoint") and "trying the one before" in line for line in lines)
    assert_equal_states(final_state(result.folder), final_state(unbroken[0].folder))


def test_no_readable_checkpoint_is_an_error(unbroken, shapes, tmp_path):
    copy = tmp_path / "runs" / "shapes" / "cpd-seed7"
    shutil.copytree(unbroken[0].folder.path, copy)
    for data in (copy / "checkpoints").glob("*/state.index"):
        data.write_bytes(b"")
    with pytest.raises(RunError, match="none of the 3 checkpoints .* can be read; use --restart"):
        train(small_experiment(tmp_path), shapes)


def test_resume_with_other_settings_is_refused(unbroken, shapes):
    root = unbroken[0].folder.path.parents[2]
    experiment = small_experiment(root, batch=16, gan={"drift": 0.5})
    with pytest.raises(RunError, match=r"gan.drift 0.001 -> 0.5; training.batch 8 -> 16.*--restart"):
        train(experiment, shapes)
    split = OriginalCodeConfig(random_patient_split=True, auc_flipped=True)
    with pytest.raises(RunError, match=r"settings: original_code.random_patient_split False -> True\. Set them back"):
        train(small_experiment(root).model_copy(update={"original_code": split}), shapes)
    # What is only about output may change.
    assert train(small_experiment(root, sample_ticks=1, keep_checkpoints=3), shapes).images_seen == 160


def test_restart_begins_anew(unbroken, shapes, tmp_path):
    train(small_experiment(tmp_path, total_images=40, gan={"drift": 0.5}), shapes)
    result = train(small_experiment(tmp_path), shapes, resume=False)
    assert result.resumed_from is None
    assert_equal_states(final_state(result.folder), final_state(unbroken[0].folder))


def test_diverged_run_stops_and_keeps_the_last_good_checkpoint(shapes, tmp_path, monkeypatch):
    train(small_experiment(tmp_path, total_images=80), shapes)
    good = final_state(run_folder(small_experiment(tmp_path)))
    original = ConditionalGan.generator_loss

    def broken(self, z, labels):
        loss, parts = original(self, z, labels)
        return loss * np.nan, parts

    monkeypatch.setattr(ConditionalGan, "generator_loss", broken)
    with pytest.raises(RunError, match="training diverged: .*loss_g.* not finite between 80 and 120 images"):
        train(small_experiment(tmp_path), shapes)
    assert_equal_states(final_state(run_folder(small_experiment(tmp_path))), good)


def test_full_disk_keeps_the_last_checkpoint(shapes, tmp_path, monkeypatch):
    train(small_experiment(tmp_path, total_images=80), shapes)
    good = final_state(run_folder(small_experiment(tmp_path)))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint_module.os, "replace", full)
    with pytest.raises(RunError, match="checkpoint could not be written to .*No space left on device"):
        checkpoint_module.Checkpoints(run_folder(small_experiment(tmp_path)).checkpoints, 2).save(
            restored_gan(tmp_path, shapes)
        )
    monkeypatch.undo()
    folder = run_folder(small_experiment(tmp_path))
    assert not list(folder.checkpoints.glob(".partial*"))
    assert_equal_states(final_state(folder), good)


def test_full_disk_while_writing_pictures_is_one_line(shapes, tmp_path, monkeypatch):
    def full(path, picture):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("medgan_tf.training.callbacks.periodic.write_png", full)
    with pytest.raises(RunError, match="cannot write .*00000000000.png: No space left on device; the last checkpoint"):
        train(small_experiment(tmp_path), shapes)


def restored_gan(tmp_path, shapes):
    from medgan_tf.training.loop import make_gan

    fold = shapes.read_fold("train")
    return make_gan(small_experiment(tmp_path), shapes, fold.labels, tf.distribute.get_strategy())


def test_two_processes_do_not_train_in_one_folder(shapes, tmp_path):
    from medgan_tf.training.record import locked

    with locked(run_folder(small_experiment(tmp_path))):
        with pytest.raises(RunError, match="another process is training"):
            train(small_experiment(tmp_path), shapes)


def test_batch_must_fill_whole_groups_on_every_replica(shapes, tmp_path, two_cpus):
    experiment = small_experiment(tmp_path, batch=12, strategy="mirrored", devices=two_cpus)
    with pytest.raises(ConfigError, match=r"multiple of .* = 2 x 4. Received: batch=12; use for instance 16"):
        train(experiment, shapes)


def test_unknown_device_is_refused(shapes, tmp_path):
    experiment = small_experiment(tmp_path, strategy="mirrored", devices=["GPU:7"])
    with pytest.raises(ConfigError, match="no such device: GPU:7; this machine has CPU:0"):
        train(experiment, shapes)


def test_mirrored_without_gpu_is_explained(shapes, tmp_path):
    with pytest.raises(ConfigError, match="found no GPU"):
        train(small_experiment(tmp_path, strategy="mirrored"), shapes)


def test_dataset_of_another_resolution_is_refused(shapes, tmp_path):
    experiment = small_experiment(tmp_path)
    other = experiment.model_copy(update={"data": experiment.data.model_copy(update={"resolution": 32})})
    with pytest.raises(DataError, match="holds 16x16 images. Received: data.resolution=32"):
        train(other, shapes)


@pytest.mark.parametrize(
    ("seen", "total", "plan"),
    [
        (0, 160, [(5, 4)]),
        (0, 170, [(5, 4), (2, 1)]),
        (64, 160, [(2, 1), (5, 2)]),
        (64, 72, [(1, 1)]),
        (160, 160, []),
        (0, 8, [(1, 1)]),
    ],
)
def test_tick_plan(seen, total, plan, tmp_path):
    training = small_experiment(tmp_path, total_images=total).training
    assert list(tick_plan(seen, single_phase(16, training)[0], training.images_per_tick)) == plan


def test_ticks_are_whole_batches():
    assert steps_per_tick(41, 8) == 5
    assert steps_per_tick(1, 8) == 1


def test_periods_count_images():
    tick = Tick(length=40)
    due = []
    for tick.before, tick.after in ((0, 40), (40, 80), (80, 96), (96, 136), (136, 176)):
        due.append(tick.is_due(2))
    assert due == [False, True, False, False, True]
    tick.last = True
    assert tick.is_due(1000)
