"""MLflow's client: the only place that imports MLflow. It tells what it is given and nothing about this machine.

MLflow's own functions (`mlflow.start_run`) name the user, the program and its revision, and MLflow reports its use to
its makers unless it is told not to. The plain client adds no names, and the variable for the second is set here before
MLflow is imported.
"""

import contextlib
import importlib.util
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import medgan_tf
from medgan_tf.errors import ConfigError
from medgan_tf.training.settings import is_server
from medgan_tf.training.tracking.mlflow_tracker import Point
from medgan_tf.training.tracking.tracker import Parameter, Status

LOCAL = ".mlflow"
"""The folder in that of all runs, where no other place is named."""
_STATUS = {Status.FINISHED: "FINISHED", Status.STOPPED: "KILLED", Status.FAILED: "FAILED"}
_NOBODY = "medgan-tf"
_SILENCE = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # What a command prints is its answer.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
# A server that is down must not hold up a training; whoever wants to wait longer sets the variables.
_SHORT_WAITS = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
# MLflow advises a database, which mlflow-skinny does not bring.
_FOLDERS = {"MLFLOW_ALLOW_FILE_STORE": "true"}
_MOST_PARAMETERS = 100
# The longest value of a parameter that all stores take.
_LONGEST = 500


class MlflowStore:
    """One run in MLflow. See `mlflow_tracker.Store`.

    Args:
        place: Folder or address of a server; None: the folder `.mlflow` in `output`.
        output: The folder of all runs.
        experiment: Name of the experiment.
        name: Name of the run.

    Raises:
        ConfigError: MLflow is not installed.
    """

    def __init__(self, place: str | None, output: str, experiment: str, name: str):
        if importlib.util.find_spec("mlflow") is None:
            raise ConfigError(
                "training.tracking=mlflow needs MLflow, which is not installed: pip install 'medgan-tf[mlflow]', or "
                "set training.tracking=none"
            )
        self._place = place if place is not None else str(Path(output) / LOCAL)
        self._experiment, self._name = experiment, name
        self._opened: Any = None

    def open(self, run_id: str | None, parameters: Mapping[str, Parameter]) -> str:
        """See `mlflow_tracker.Store`. Settings that changed since the run began become tags, as MLflow's parameters
        cannot change."""
        texts = {key: str(value)[:_LONGEST] for key, value in parameters.items()}
        with _quiet():
            run = self._run(run_id) if run_id is not None else None
            if run is None:
                return self._begin(texts)
            known = run.data.params
            for key, text in texts.items():
                if known.get(key, text) != text:
                    self._client.set_tag(run_id, f"resumed.{key}", text)
            self._client.update_run(run_id, status="RUNNING")
            return run_id

    def add(self, run_id: str, points: Sequence[Point]) -> None:
        """See `mlflow_tracker.Store`."""
        from mlflow.entities import Metric

        with _quiet():
            metrics = [Metric(one.tag, one.value, one.milliseconds, one.step) for one in points]
            self._client.log_batch(run_id, metrics=metrics)

    def close(self, run_id: str, status: Status) -> None:
        """See `mlflow_tracker.Store`."""
        with _quiet():
            self._client.set_terminated(run_id, status=_STATUS[status])

    @property
    def _client(self) -> Any:
        if self._opened is None:
            for name, value in _SILENCE.items():
                os.environ[name] = value
            for name, value in (_SHORT_WAITS if is_server(self._place) else _FOLDERS).items():
                os.environ.setdefault(name, value)
            from mlflow import MlflowClient

            address = self._place
            if not is_server(address):
                folder = Path(address).resolve()
                # Made here: into a folder of its own making MLflow puts an experiment that names the folder.
                folder.mkdir(parents=True, exist_ok=True)
                address = folder.as_uri()
            self._opened = MlflowClient(tracking_uri=address)
        return self._opened

    def _run(self, run_id: str) -> Any:
        """The run of an earlier start; None where it is gone."""
        from mlflow.exceptions import MlflowException

        try:
            run = self._client.get_run(run_id)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        return run if run.info.lifecycle_stage == "active" else None

    def _begin(self, texts: Mapping[str, str]) -> str:
        from mlflow.entities import Param

        tags = {
            "mlflow.user": _NOBODY,
            "mlflow.source.name": _NOBODY,
            "mlflow.source.type": "LOCAL",
            "medgan_tf.version": medgan_tf.__version__,
        }
        run = self._client.create_run(self._experiment_id(), run_name=self._name, tags=tags)
        known = [Param(key, text) for key, text in texts.items()]
        for start in range(0, len(known), _MOST_PARAMETERS):
            self._client.log_batch(run.info.run_id, params=known[start : start + _MOST_PARAMETERS])
        return run.info.run_id

    def _experiment_id(self) -> str:
        found = self._client.get_experiment_by_name(self._experiment)
        if found is not None:
            return found.experiment_id
        # No file is ever sent. In a folder the place of such files would name the folder itself.
        artifacts = None if is_server(self._place) else "mlflow-artifacts:/none"
        return self._client.create_experiment(self._experiment, artifact_location=artifacts)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without MLflow's warnings about folders, which are meant for its own users."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
