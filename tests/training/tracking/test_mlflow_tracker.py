"""What MLflow is told, also while it does not answer. MLflow itself is replaced by a list."""

import json
import logging

import pytest

from medgan_tf.errors import ConfigError
from medgan_tf.training.tracking.mlflow_tracker import MlflowTracker, Point, read_run_id, tell_later
from medgan_tf.training.tracking.tracker import Status

FIRST, SECOND = "a" * 32, "b" * 32


class Server:
    """MLflow: runs by id, as lists of what was told. While `down` is set, every call raises it."""

    def __init__(self):
        self.runs, self.down, self.tries = {}, None, 0

    def _answer(self):
        self.tries += 1
        if self.down is not None:
            raise self.down

    def open(self, run_id, parameters):
        self._answer()
        if run_id not in self.runs:
            run_id = (FIRST, SECOND)[len(self.runs)]
        self.runs.setdefault(run_id, []).append(("open", dict(parameters)))
        return run_id

    def add(self, run_id, points):
        self._answer()
        self.runs[run_id] += points

    def close(self, run_id, status):
        self._answer()
        self.runs[run_id].append(status)


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def record(tmp_path):
    return tmp_path / "tracking.json"


def tracker(server, record, **options):
    return MlflowTracker(server, record, clock=lambda: 1.5, **options)


def test_a_training_from_its_beginning_to_its_end(server, record, caplog):
    caplog.set_level(logging.INFO)
    one = tracker(server, record, hidden=("speed/",))
    one.begin({"seed": 1})
    one.measured(40, {"loss/generator": 2, "speed/images_per_second": 9.0})
    one.end(Status.FINISHED)
    assert server.runs == {FIRST: [("open", {"seed": 1}), Point("loss/generator", 2.0, 40, 1500), Status.FINISHED]}
    assert json.loads(record.read_text()) == {"format_version": 1, "mlflow_run": FIRST}
    assert caplog.messages == []


def test_a_training_that_goes_on_stays_in_its_run(server, record):
    for step, status in ((40, Status.STOPPED), (80, Status.FINISHED)):
        one = tracker(server, record)
        one.begin({"seed": 1})
        one.measured(step, {"loss": 1.0})
        one.end(status)
    assert list(server.runs) == [FIRST]
    assert [entry for entry in server.runs[FIRST] if isinstance(entry, Status)] == [Status.STOPPED, Status.FINISHED]
    # Without its record, as after --restart, it gets a new run.
    record.unlink()
    tracker(server, record).begin({"seed": 1})
    assert list(server.runs) == [FIRST, SECOND]


@pytest.mark.parametrize("text", ["", "[]", '{"mlflow_run": "../../x"}', '{"mlflow_run": 7}', "{"])
def test_a_damaged_record_means_a_new_run(server, record, text, caplog):
    record.write_text(text)
    assert read_run_id(record) is None
    assert caplog.messages == ["tracking.json is damaged; MLflow gets a new run"]
    tracker(server, record).begin({})
    assert json.loads(record.read_text())["mlflow_run"] == FIRST


def test_nothing_is_told_before_it_begins(server, record):
    one = tracker(server, record)
    one.measured(0, {"loss": 1.0})
    one.end(Status.FAILED)
    assert server.tries == 0 and not record.exists()


def test_a_server_that_is_down_costs_one_line_and_gets_everything_later(server, record, caplog):
    caplog.set_level(logging.INFO)
    server.down = ConnectionError("anna@mlflow.example.org refused")
    one = tracker(server, record)
    one.begin({"seed": 1})
    for step in range(1, 13):
        one.measured(step, {"loss": float(step)})
    # At the beginning, and after 1, 2 and 4 ticks of pause.
    assert server.tries == 4
    assert caplog.messages == [
        "MLflow does not take what it is told (ConnectionError); the training goes on, and it is asked again from time "
        "to time"
    ]
    server.down = None
    for step in range(13, 21):
        one.measured(step, {"loss": float(step)})
    assert server.runs[FIRST] == [("open", {"seed": 1}), *(Point("loss", float(n), n, 1500) for n in range(1, 21))]
    assert caplog.messages[1:] == ["MLflow answers again"]


def test_a_server_that_stays_down_is_named_at_the_end(server, record, caplog):
    server.down = ValueError("x")
    one = tracker(server, record)
    one.begin({})
    one.measured(8, {"a": 1.0, "b": 2.0})
    one.end(Status.FINISHED)
    assert caplog.messages[-1] == "MLflow lacks 2 numbers of this training; metrics.jsonl has them"
    assert len(caplog.messages) == 2 and not record.exists()


def test_waiting_numbers_are_limited_and_sent_in_parts(server, record, monkeypatch, caplog):
    monkeypatch.setattr("medgan_tf.training.tracking.mlflow_tracker._MOST_WAITING", 5)
    monkeypatch.setattr("medgan_tf.training.tracking.mlflow_tracker._AT_ONCE", 2)
    server.down = ConnectionError()
    one = tracker(server, record)
    one.begin({})
    for step in range(8):
        one.measured(step, {"a": float(step)})
    server.down, server.tries = None, 0
    one.end(Status.FINISHED)
    assert [entry.step for entry in server.runs[FIRST] if isinstance(entry, Point)] == [3, 4, 5, 6, 7]
    assert server.tries == 1 + 3 + 1
    assert caplog.messages[-1] == "MLflow lacks 3 numbers of this training; metrics.jsonl has them"


def test_what_is_measured_later_joins_the_run(server, record, caplog):
    tell_later(lambda: server, record, 80, {"evaluation/random/fid": 3})
    assert server.tries == 0
    tracker(server, record).begin({})
    tell_later(lambda: server, record, 80, {"evaluation/random/fid": 3})
    added = server.runs[FIRST][-1]
    assert added[:3] == ("evaluation/random/fid", 3.0, 80) and added.milliseconds > 1e12

    def missing():
        raise ConfigError("not installed")

    tell_later(missing, record, 80, {"x": 1.0})
    server.down = ConnectionError("secret")
    tell_later(lambda: server, record, 80, {"x": 1.0})
    assert caplog.messages == [
        "MLflow does not take what it is told (not installed); the result files have it",
        "MLflow does not take what it is told (ConnectionError); the result files have it",
    ]
