"""The parts of a training that are timed are the training's own."""

import itertools

import numpy as np
import pytest
from private_shapes import private_experiment
from shapes_dataset import small_experiment

from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.machine.trial_run import enter, make_trial, on_devices, periodic_work, timed
from medgan_tf.training.multi_step import MultiStepFunction

GROWTH = {"start_resolution": 8, "images_per_phase": 40, "batch": [8], "learning_rate": [0.004]}


@pytest.fixture(scope="module")
def run(shapes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    gan = {"architecture": "progressive", "growth": GROWTH}
    experiment = small_experiment(folder, gan=gan, tensorboard=True)
    return make_trial(experiment, shapes, folder / "run")


def test_steps_are_those_of_the_phase_on_the_loops_batches(run, shapes):
    phase = run.phases[1]
    batches = enter(run, phase)
    assert (run.images_seen, run.gan.phase, run.gan.train_function) == (40, phase, None)
    fold = shapes.read_fold("train")
    expected = training_batches(fold.images, fold.labels, batch=8, seed=7, start=40, group=4)
    for (images, labels), (wanted, wanted_labels) in itertools.islice(zip(batches, expected, strict=True), 3):
        np.testing.assert_array_equal(images, wanted)
        np.testing.assert_array_equal(labels, wanted_labels)
    MultiStepFunction(run.gan, 2).run(on_devices(run, batches), 3)
    assert run.images_seen == 40 + 3 * 8


def test_periodic_work_is_that_of_the_callbacks(run):
    work = periodic_work(run)
    # Making it does nothing yet.
    assert not run.checkpoints.list() and not run.folder.samples.exists()
    work.checkpoint()
    work.grid()
    work.tick()
    assert [path.name for path in run.checkpoints.list()] == [f"images-{run.images_seen:011d}"]
    assert (run.folder.samples / "00000000000.png").is_file()
    assert list(run.folder.tensorboard.glob("events*"))


def test_the_last_call_is_the_one_that_counts(monkeypatch):
    times = iter([0.0, 5.0, 10.0, 12.0])
    monkeypatch.setattr("medgan_tf.machine.trial_run.time.perf_counter", lambda: next(times))
    done = []
    assert timed(lambda: done.append(1)) == 2.0
    assert len(done) == 2


def test_a_mean_embedding_takes_its_own_steps(shapes, tmp_path):
    run = make_trial(private_experiment(tmp_path, dp={"embedding": {"features": 40}}), shapes, tmp_path / "run")
    assert run.gan.metric_names == ("loss_g", "gradients_g")
    MultiStepFunction(run.gan, 2).run(on_devices(run, enter(run, run.phases[0])), 2)
    assert run.images_seen == 2 * 8
