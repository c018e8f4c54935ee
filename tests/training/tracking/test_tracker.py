"""Who is told what, in which order, and how a start ended."""

import pytest
from shapes_dataset import small_experiment

from medgan_tf.errors import ConfigError, RunError
from medgan_tf.files.event_file import EventFile
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.callbacks.interruption import Interrupted
from medgan_tf.training.tracking import mlflow_store
from medgan_tf.training.tracking.follow import followed, make_tracker
from medgan_tf.training.tracking.tracker import NoTracker, Status, Trackers


class Noted:
    """A tracker that keeps its calls."""

    def __init__(self):
        self.calls = []

    def begin(self, parameters):
        self.calls.append(("begin", dict(parameters)))

    def measured(self, step, values):
        self.calls.append((step, dict(values)))

    def end(self, status):
        self.calls.append(status)


def test_several_trackers_hear_the_same_and_begin_once():
    first, second = Noted(), Noted()
    both = Trackers([first, second])
    both.begin({"seed": 1})
    both.begin({"seed": 1})
    both.measured(8, {"loss": 2.0})
    both.end(Status.FINISHED)
    assert first.calls == second.calls == [("begin", {"seed": 1}), (8, {"loss": 2.0}), Status.FINISHED]


def test_a_start_that_did_nothing_does_not_end():
    one = Noted()
    with followed(Trackers([one])):
        pass
    assert one.calls == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, Status.FINISHED),
        (Interrupted("asked to leave", 15), Status.STOPPED),
        (KeyboardInterrupt(), Status.STOPPED),
        (RunError("diverged"), Status.FAILED),
        (MemoryError(), Status.FAILED),
    ],
)
def test_how_a_start_ended(error, status):
    one, raised = Noted(), None
    try:
        with followed(one):
            if error is not None:
                raise error
    except BaseException as found:
        raised = found
    assert raised is error and one.calls == [status]


def test_settings_choose_the_trackers(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path / "run")
    experiment = small_experiment(tmp_path)
    assert type(make_tracker(experiment, folder, None)) is NoTracker
    one = make_tracker(experiment, folder, EventFile(tmp_path / "events"))
    one.begin({"seed": 1})
    assert [path.name for path in (tmp_path / "events").iterdir()] == ["events.out.tfevents.0000000000.0000.record"]
    assert not folder.path.exists()
    monkeypatch.setattr(mlflow_store.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs MLflow, .*: pip install 'medgan-tf\[mlflow\]', or set .*=none"):
        make_tracker(small_experiment(tmp_path, tracking="mlflow"), folder, None)
