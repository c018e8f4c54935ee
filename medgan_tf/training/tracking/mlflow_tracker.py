"""MLflow as a tracker: what to tell when, and what to do while it does not answer."""

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from medgan_tf.errors import DataError, MedganError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import write_json
from medgan_tf.training.tracking.tracker import Parameter, Status

log = logging.getLogger(__name__)

_FORMAT = 1
_RUN_ID = re.compile("[0-9a-f]{32}")
_MOST_WAITING, _AT_ONCE, _LONGEST_PAUSE = 100_000, 500, 64


class Point(NamedTuple):
    """One number: its tag, value, images seen, and time in milliseconds since 1970."""

    tag: str
    value: float
    step: int
    milliseconds: int


class Store(Protocol):
    """The calls that the tracker needs of MLflow. Each may raise anything."""

    def open(self, run_id: str | None, parameters: Mapping[str, Parameter]) -> str:
        """Goes on with a run, or begins one where there is no such run. Returns its id."""

    def add(self, run_id: str, points: Sequence[Point]) -> None:
        """Adds numbers."""

    def close(self, run_id: str, status: Status) -> None:
        """Sets how the run ended."""


class MlflowTracker:
    """Tells MLflow about a run, and goes on with the same MLflow run when the training goes on. See `Tracker`.

    Whatever goes wrong costs one line in the log and never the training. Numbers then wait, and are sent when MLflow
    answers again; it is asked after 1, 2, 4, ... and at most 64 ticks, as each try may take some seconds.

    Args:
        store: MLflow.
        record: File in the run folder that keeps the id of the MLflow run.
        hidden: Beginnings of tags that are not told.
        clock: Seconds since 1970; tests replace it.
    """

    def __init__(
        self, store: Store, record: Path, hidden: tuple[str, ...] = (), clock: Callable[[], float] = time.time
    ):
        self._store, self._record, self._hidden, self._clock = store, record, hidden, clock
        self._parameters: Mapping[str, Parameter] | None = None
        self._run_id: str | None = None
        self._waiting: list[Point] = []
        self._pause = self._skipped = self._lost = 0

    def begin(self, parameters: Mapping[str, Parameter]) -> None:
        """See `Tracker`."""
        self._parameters = dict(parameters)
        self._send()

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """See `Tracker`. Before `begin` nothing is told."""
        if self._parameters is None:
            return
        now = round(self._clock() * 1000)
        self._waiting += [
            Point(tag, float(value), step, now) for tag, value in values.items() if not tag.startswith(self._hidden)
        ]
        too_many = max(0, len(self._waiting) - _MOST_WAITING)
        self._lost += too_many
        del self._waiting[:too_many]
        if self._skipped < self._pause:
            self._skipped += 1
            return
        self._send()

    def end(self, status: Status) -> None:
        """See `Tracker`."""
        if self._parameters is None:
            return
        self._send(status)
        if lost := self._lost + len(self._waiting):
            log.warning(f"MLflow lacks {lost:,} numbers of this training; metrics.jsonl has them")

    def _send(self, status: Status | None = None) -> None:
        """Sends what waits, if MLflow answers."""
        try:
            if self._run_id is None:
                self._run_id = self._store.open(read_run_id(self._record), self._parameters)
                write_json(self._record, {"format_version": _FORMAT, "mlflow_run": self._run_id})
            while self._waiting:
                part = self._waiting[:_AT_ONCE]
                self._store.add(self._run_id, part)
                del self._waiting[: len(part)]
            if status is not None:
                self._store.close(self._run_id, status)
        # Whatever a server, a proxy, a disk or the library comes up with.
        except Exception as error:
            self._failed(error)
        else:
            if self._pause:
                log.info("MLflow answers again")
            self._pause = self._skipped = 0

    def _failed(self, error: Exception) -> None:
        # The message itself may name the server or a user.
        if not self._pause:
            log.warning(
                f"MLflow does not take what it is told ({type(error).__name__}); the training goes on, and it is asked "
                "again from time to time"
            )
        self._pause, self._skipped = min(_LONGEST_PAUSE, max(1, 2 * self._pause)), 0


def tell_later(make_store: Callable[[], Store], record: Path, step: int, values: Mapping[str, float]) -> None:
    """Adds finite numbers to the MLflow run of a finished training, if it has one. A failure is one line in the log.

    Args:
        make_store: Makes the store; called only if there is a run.
        record: File in the run folder that keeps the id of the MLflow run.
        step: Images seen by the generator.
        values: Numbers by tag.
    """
    run_id = read_run_id(record)
    if run_id is None:
        return
    now = round(time.time() * 1000)
    try:
        make_store().add(run_id, [Point(tag, float(value), step, now) for tag, value in values.items()])
    except Exception as error:
        reason = str(error) if isinstance(error, MedganError) else type(error).__name__
        log.warning(f"MLflow does not take what it is told ({reason}); the result files have it")


def read_run_id(record: Path) -> str | None:
    """The id of the MLflow run with which a run folder goes on; None where there is none, or the file is damaged."""
    if not record.is_file():
        return None
    try:
        run_id = read_json(record).get("mlflow_run")
    except DataError:
        run_id = None
    if isinstance(run_id, str) and _RUN_ID.fullmatch(run_id):
        return run_id
    log.warning(f"{record.name} is damaged; MLflow gets a new run")
    return None
