"""MLflow itself, with a folder: what it keeps of a run, and that it names neither the machine nor its folders."""

import getpass
import http.server
import json
import threading
from typing import ClassVar

import pytest

pytest.importorskip("mlflow", reason="MLflow is not installed: pip install '.[mlflow]'")

from marked_machine import marked_machine  # noqa: E402
from shapes_dataset import small_experiment  # noqa: E402

from medgan_tf.files.run_folders import RunFolder  # noqa: E402
from medgan_tf.training.tracking import mlflow_store  # noqa: E402
from medgan_tf.training.tracking.follow import make_tracker  # noqa: E402
from medgan_tf.training.tracking.mlflow_store import MlflowStore  # noqa: E402
from medgan_tf.training.tracking.mlflow_tracker import MlflowTracker, Point, tell_later  # noqa: E402
from medgan_tf.training.tracking.tracker import Status  # noqa: E402


def store(folder, name="cpd-seed1", place=None):
    return MlflowStore(place, str(folder / "runs"), "lungs", name)


def kept(folder):
    """The only experiment and its runs, newest first, as another program reads them."""
    from mlflow import MlflowClient

    with mlflow_store._quiet():
        client = MlflowClient(tracking_uri=(folder / "runs" / ".mlflow").as_uri())
        (experiment,) = client.search_experiments()
        runs = client.search_runs([experiment.experiment_id])
        return client, experiment, runs


def test_a_run_with_its_settings_numbers_and_end(tmp_path):
    parameters = {f"gan.option_{number}": number for number in range(150)} | {"long": "x" * 900, "seed": 1}
    with marked_machine() as names:
        one = store(tmp_path)
        run_id = one.open(None, parameters)
        one.add(run_id, [Point("loss/generator", 2.0, 40, 1500), Point("loss/generator", 1.0, 80, 2500)])
        one.close(run_id, Status.STOPPED)
        again = store(tmp_path)
        assert again.open(run_id, parameters | {"seed": 2}) == run_id
        again.add(run_id, [Point("fidelity/fid", 9.5, 120, 3500)])
        again.close(run_id, Status.FINISHED)
    client, experiment, (run,) = kept(tmp_path)
    assert (experiment.name, run.info.run_name, run.info.run_id) == ("lungs", "cpd-seed1", run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"loss/generator": 1.0, "fidelity/fid": 9.5}
    history = client.get_metric_history(run_id, "loss/generator")
    assert [(one.step, one.value, one.timestamp) for one in history] == [(40, 2.0, 1500), (80, 1.0, 2500)]
    assert len(run.data.params) == 152 and run.data.params["gan.option_149"] == "149"
    assert run.data.params["long"] == "x" * 500
    assert (run.data.params["seed"], run.data.tags["resumed.seed"]) == ("1", "2")
    assert (run.data.tags["mlflow.user"], run.data.tags["mlflow.source.name"]) == ("medgan-tf", "medgan-tf")
    assert not [tag for tag in run.data.tags if "git" in tag]
    marks = [*names, str(tmp_path), tmp_path.name]
    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert len(files) > 150
    assert not [(path, mark) for path in files for mark in marks if mark.encode() in path.read_bytes()]


def test_a_run_that_is_gone_or_deleted_is_begun_again(tmp_path):
    first = store(tmp_path).open("0" * 32, {"seed": 1})
    assert first != "0" * 32
    client, _, _ = kept(tmp_path)
    client.delete_run(first)
    second = store(tmp_path).open(first, {"seed": 1})
    assert second not in (first, "0" * 32)
    assert [run.info.run_id for run in kept(tmp_path)[2]] == [second]


def test_two_runs_share_their_experiment(tmp_path):
    for name in ("cpd-seed1", "cpd-seed2"):
        store(tmp_path, name).open(None, {})
    assert {run.info.run_name for run in kept(tmp_path)[2]} == {"cpd-seed1", "cpd-seed2"}


def test_a_private_training_does_not_tell_its_speed(tmp_path):
    """How long a draw took depends a little on the patients."""
    from private_shapes import private_experiment

    for experiment, told in ((small_experiment, ["loss/a", "speed/b"]), (private_experiment, ["loss/a"])):
        folder = tmp_path / experiment.__name__
        settings = experiment(folder, tracking="mlflow", tracking_uri=str(folder / "runs" / ".mlflow"))
        tracker = make_tracker(settings, RunFolder(folder / "run"), None)
        tracker.begin({})
        tracker.measured(8, {"loss/a": 1.0, "speed/b": 2.0})
        assert sorted(kept(folder)[2][0].data.metrics) == told


def test_a_server_that_nobody_runs_ends_nothing(tmp_path, caplog, monkeypatch):
    """A closed port of this machine; no name is looked up."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    caplog.set_level("WARNING", logger="medgan_tf")
    tracker = MlflowTracker(store(tmp_path, place="http://127.0.0.1:9"), tmp_path / "tracking.json")
    tracker.begin({"seed": 1})
    tracker.measured(8, {"a": 1.0})
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("medgan_tf")]
    assert len(lines) == 1 and lines[0].startswith("MLflow does not take what it is told (")
    assert "127.0.0.1" not in lines[0]
    assert not (tmp_path / "tracking.json").exists() and not (tmp_path / "runs").exists()


class Server(http.server.BaseHTTPRequestHandler):
    """The few calls of MLflow's REST interface, and all that was sent."""

    sent: ClassVar[list] = []
    answers: ClassVar[dict] = {
        "experiments/create": {"experiment_id": "7"},
        "runs/create": {"run": {"info": {"run_id": "c" * 32, "experiment_id": "7"}, "data": {}}},
    }

    def do_GET(self):
        self.sent.append((self.path, dict(self.headers), b""))
        self.answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sent.append((self.path, dict(self.headers), body))
        self.answer(200, self.answers.get(self.path.split("/mlflow/")[1], {}))

    def answer(self, code, values):
        content = json.dumps(values).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_what_a_server_is_sent(tmp_path, capsys):
    """Settings and numbers, and neither user nor host nor folder, in no header and no body."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with marked_machine() as names:
            one = store(tmp_path, place=f"http://127.0.0.1:{server.server_port}")
            run_id = one.open(None, {"seed": 1})
            one.add(run_id, [Point("loss/generator", 2.0, 40, 1500)])
            one.close(run_id, Status.FINISHED)
    finally:
        server.shutdown()
        server.server_close()
    paths = [path.split("/mlflow/")[1].partition("?")[0] for path, _, _ in Server.sent]
    assert paths == [
        "experiments/get-by-name",
        "experiments/create",
        "runs/create",
        "runs/log-batch",
        "runs/log-batch",
        "runs/update",
    ]
    created, settings, numbers, ended = (json.loads(body) for _, _, body in Server.sent[2:])
    assert (created["run_name"], created["experiment_id"]) == ("cpd-seed1", "7")
    assert settings["params"] == [{"key": "seed", "value": "1"}]
    metric = numbers["metrics"][0]
    assert (metric["key"], metric["value"], metric["step"]) == ("loss/generator", 2.0, 40)
    assert ended["status"] == "FINISHED"
    assert capsys.readouterr().out == ""
    everything = repr(Server.sent)
    assert not [mark for mark in (*names, str(tmp_path), getpass.getuser() + "@") if mark in everything]
    assert not (tmp_path / "runs").exists()


def test_mlflow_reports_nothing_to_its_makers(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    monkeypatch.setenv("DO_NOT_TRACK", "false")
    store(tmp_path).open(None, {})
    from mlflow.telemetry.utils import is_telemetry_disabled

    assert is_telemetry_disabled()


def test_later_numbers_join_a_finished_run(tmp_path):
    tracker = MlflowTracker(store(tmp_path), tmp_path / "tracking.json")
    tracker.begin({})
    tracker.end(Status.FINISHED)
    tell_later(lambda: store(tmp_path), tmp_path / "tracking.json", 80, {"evaluation/random/fid": 3.0})
    (run,) = kept(tmp_path)[2]
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"evaluation/random/fid": 3.0})
