"""TensorBoard's own HParams tab finds one session for each run, with its settings and its last metrics."""

import pytest
from hparams_tab import sessions

from medgan_tf.files.event_file import EventFile
from medgan_tf.training.tracking.tensorboard import TensorBoardTracker
from medgan_tf.training.tracking.tracker import Status


def track(folder, settings, ticks, status):
    tracker = TensorBoardTracker(EventFile(folder))
    tracker.begin(settings)
    for step, values in ticks:
        tracker.measured(step, values)
    tracker.end(status)


def test_runs_are_compared_by_settings_and_last_metrics(tmp_path):
    runs = tmp_path / "runs"
    settings = {"seed": 1, "gan.loss": "hinge", "training.jit_compile": False, "training.rate": 0.5}
    ticks = [(40, {"fidelity/fid": 9.0}), (80, {"fidelity/fid": 7.0, "final/images": 80})]
    track(runs / "x/cpd-seed1/tensorboard", settings, ticks, Status.FINISHED)
    track(runs / "x/cpd-seed2/tensorboard", settings | {"seed": 2}, [(40, {"fidelity/fid": 8.0})], Status.STOPPED)
    assert sessions(runs) == {
        "x/cpd-seed1/tensorboard": (
            settings | {"seed": 1.0},
            {"fidelity/fid": 7.0, "final/images": 80.0},
            "STATUS_SUCCESS",
        ),
        "x/cpd-seed2/tensorboard": (settings | {"seed": 2.0}, {"fidelity/fid": 8.0}, "STATUS_UNKNOWN"),
    }


def test_a_run_that_goes_on_has_one_record_with_its_newest_settings(tmp_path):
    folder = tmp_path / "tensorboard"
    track(folder, {"total": 80}, [(40, {"loss": 3.0})], Status.STOPPED)
    track(folder, {"total": 160}, [(80, {"loss": 2.0}), (160, {"loss": 1.0})], Status.FINISHED)
    # Measured after the training, by another process.
    events = EventFile(folder)
    events.scalars(160, {"evaluation/random/fid": 4.0})
    events.close()
    assert len(list(folder.glob("*.record"))) == 1
    ((settings, metrics, status),) = sessions(tmp_path).values()
    assert (settings, status) == ({"total": 160.0}, "STATUS_SUCCESS")
    assert metrics == pytest.approx({"loss": 1.0, "evaluation/random/fid": 4.0})
