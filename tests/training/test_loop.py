"""Whole runs: what they write, how they resume, how they end badly."""

import errno
import json
import re
import shutil

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hparams_tab import sessions
from run_states import assert_equal_states, final_state, shown
from shapes_dataset import small_experiment

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import OriginalCodeConfig
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.locks import locked
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.schedule import single_phase
from medgan_tf.training import checkpoints as checkpoint_module
from medgan_tf.training.loop import make_gan, remaining_ticks, train
from medgan_tf.training.tracking import follow

pytestmark = pytest.mark.usefixtures("kept_gans", "unexported")


@pytest.fixture(scope="module")
def unbroken(shapes, tmp_path_factory):
    """A finished run and the lines it showed."""
    folder = tmp_path_factory.mktemp("unbroken")
    with shown() as lines:
        result = train(small_experiment(folder, tensorboard=True), shapes)
    return result, lines


def test_run_folder_holds_what_a_run_writes(unbroken):
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
    assert "training dcgan at 16x16" in folder.log.read_text()


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


def test_the_hparams_tab_has_settings_and_final_numbers(unbroken):
    folder = unbroken[0].folder
    ((settings, metrics, status),) = sessions(folder.path).values()
    found = [settings[name] for name in ("seed", "gan.architecture", "training.batch", "training.total_images")]
    assert (found, status) == ([7, "dcgan", 8, 160], "STATUS_SUCCESS")
    last = json.loads(folder.metrics.read_text().splitlines()[-1])
    assert metrics["final/images"] == 160
    assert metrics["loss/discriminator"] == pytest.approx(last["loss_d"], rel=1e-6)


def test_a_resumed_training_goes_on_in_its_mlflow_run(shapes, tmp_path, monkeypatch):
    runs = {}

    class Store:
        def open(self, run_id, parameters):
            run_id = run_id or "a" * 32
            runs.setdefault(run_id, []).append(parameters["training.total_images"])
            return run_id

        def add(self, run_id, points):
            runs[run_id] += [point.step for point in points if point.tag in ("loss/generator", "final/images")]

        def close(self, run_id, status):
            runs[run_id].append(str(status))

    monkeypatch.setattr(follow, "MlflowStore", lambda *place: Store())
    for images in (64, 160, 160):
        result = train(small_experiment(tmp_path, total_images=images, tracking="mlflow"), shapes)
    assert runs == {"a" * 32: [64, 40, 64, 64, "finished", 160, 80, 120, 160, 160, "finished"]}
    assert json.loads(result.folder.tracking.read_text())["mlflow_run"] == "a" * 32
    assert not result.folder.tensorboard.exists()


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


@pytest.fixture(scope="module")
def resumed(shapes, tmp_path_factory, kept_gans):
    """A run that ended in the middle of a tick, and then went on to the end of the unbroken one, with another GAN."""
    folder = tmp_path_factory.mktemp("resumed")
    train(small_experiment(folder, total_images=64), shapes)
    kept_gans.forget()
    return train(small_experiment(folder), shapes)


def test_extended_run_equals_an_unbroken_one(unbroken, resumed):
    assert resumed.resumed_from == 64
    assert_equal_states(final_state(resumed.folder), final_state(unbroken[0].folder))


def test_resumed_average_equals_an_unbroken_one(unbroken, resumed):
    """The averaged generator is restored, and goes on following the generator."""
    averages = [
        {name: array for name, array in final_state(run.folder).items() if name.startswith("ema_generator/")}
        for run in (unbroken[0], resumed)
    ]
    assert len(averages[0]) == 6
    assert_equal_states(*averages)
    # It moves after the resume too: the checkpoint at 120 images is from then.
    earlier = tf.train.load_checkpoint(str(resumed.folder.checkpoints / "images-00000000120" / "state"))
    assert not any(np.array_equal(array, earlier.get_tensor(name)) for name, array in averages[1].items())


def copy_of(unbroken, tmp_path, images=160):
    """The folder of the unbroken run as it was after so many images, for another experiment of the same settings."""
    copy = run_folder(small_experiment(tmp_path))
    shutil.copytree(unbroken[0].folder.path, copy.path)
    for checkpoint in copy.checkpoints.iterdir():
        if int(checkpoint.name.removeprefix("images-")) > images:
            shutil.rmtree(checkpoint)
    return copy


def test_damaged_newest_checkpoint_falls_back_to_the_one_before(unbroken, shapes, tmp_path):
    copy = copy_of(unbroken, tmp_path)
    data = next((copy.checkpoints / "images-00000000160").glob("state.data*"))
    data.write_bytes(data.read_bytes()[:100])
    with shown() as lines:
        result = train(small_experiment(tmp_path), shapes)
    assert result.resumed_from == 120
    assert any(line.startswith("checkpoint") and "trying the one before" in line for line in lines)
    assert_equal_states(final_state(result.folder), final_state(unbroken[0].folder))


def test_no_readable_checkpoint_is_an_error(unbroken, shapes, tmp_path):
    for data in copy_of(unbroken, tmp_path).checkpoints.glob("*/state.index"):
        data.write_bytes(b"")
    with pytest.raises(RunError, match="none of the 3 checkpoints .* can be read; use --restart"):
        train(small_experiment(tmp_path), shapes)


def test_resume_with_other_settings_is_refused(unbroken, shapes):
    root = unbroken[0].folder.path.parents[2]
    experiment = small_experiment(root, batch=16, gan={"drift": 0.5})
    with pytest.raises(RunError, match=r"gan.drift 0.0 -> 0.5; training.batch 8 -> 16.*--restart"):
        train(experiment, shapes)
    split = OriginalCodeConfig(random_patient_split=True, auc_flipped=True)
    with pytest.raises(RunError, match=r"settings: original_code.random_patient_split False -> True\. Set them back"):
        train(small_experiment(root).model_copy(update={"original_code": split}), shapes)
    # What is only about output may change.
    assert train(small_experiment(root, sample_ticks=1, keep_checkpoints=3), shapes).images_seen == 160


def test_restart_begins_anew(unbroken, shapes, tmp_path):
    config = copy_of(unbroken, tmp_path, images=80).config
    config.write_text(config.read_text().replace("drift: 0.0\n", "drift: 0.5\n"))
    with pytest.raises(RunError, match="gan.drift 0.5 -> 0.0"):
        train(small_experiment(tmp_path), shapes)
    result = train(small_experiment(tmp_path), shapes, resume=False)
    assert result.resumed_from is None
    assert_equal_states(final_state(result.folder), final_state(unbroken[0].folder))


def test_diverged_run_stops_and_keeps_the_last_good_checkpoint(unbroken, shapes, tmp_path, monkeypatch):
    good = final_state(copy_of(unbroken, tmp_path, images=80))
    original = ConditionalGan.generator_loss

    def broken(self, z, labels):
        loss, parts = original(self, z, labels)
        return loss * np.nan, parts

    monkeypatch.setattr(ConditionalGan, "generator_loss", broken)
    with pytest.raises(RunError, match="training diverged: .*loss_g.* not finite between 80 and 120 images"):
        train(small_experiment(tmp_path), shapes)
    assert_equal_states(final_state(run_folder(small_experiment(tmp_path))), good)


def test_full_disk_keeps_the_last_checkpoint(unbroken, shapes, tmp_path, monkeypatch):
    good = final_state(copy_of(unbroken, tmp_path, images=80))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
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

    monkeypatch.setattr("medgan_tf.training.callbacks.samples.write_png", full)
    with pytest.raises(RunError, match="cannot write .*00000000000.png: No space left on device; the last checkpoint"):
        train(small_experiment(tmp_path), shapes)


def restored_gan(tmp_path, shapes):
    fold = shapes.read_fold("train")
    return make_gan(small_experiment(tmp_path), shapes, fold.labels, tf.distribute.get_strategy())


def test_two_processes_do_not_train_in_one_folder(shapes, tmp_path):
    with locked(run_folder(small_experiment(tmp_path)).path):
        with pytest.raises(RunError, match="another process is training"):
            train(small_experiment(tmp_path), shapes)


def test_dataset_of_another_resolution_is_refused(shapes, tmp_path):
    experiment = small_experiment(tmp_path)
    other = experiment.model_copy(update={"data": experiment.data.model_copy(update={"resolution": 32})})
    with pytest.raises(DataError, match="holds 16x16 images. Received: data.resolution=32"):
        train(other, shapes)


@pytest.mark.parametrize(
    ("seen", "total", "images_per_tick", "ticks"),
    [
        (0, 160, 40, [(5, 4)]),
        (0, 170, 40, [(5, 4), (2, 1)]),
        (64, 160, 40, [(2, 1), (5, 2)]),
        (64, 72, 40, [(1, 1)]),
        (160, 160, 40, []),
        (0, 8, 40, [(1, 1)]),
        # A tick is whole steps of 8 images, and at least one.
        (0, 160, 41, [(5, 4)]),
        (0, 160, 1, [(1, 20)]),
    ],
)
def test_remaining_ticks(seen, total, images_per_tick, ticks, tmp_path):
    training = small_experiment(tmp_path, total_images=total).training
    phase = single_phase(16, training.batch, training.total_images, (0.005, 0.005))
    assert list(remaining_ticks(seen, phase, images_per_tick)) == ticks
