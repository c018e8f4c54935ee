"""The interface of what follows a training, its null object, and several of them as one."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

Parameter = bool | int | float | str
"""The value of a setting, as TensorBoard and MLflow take it."""


class Status(StrEnum):
    """How a start of a training ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    """It was asked to leave; the same command goes on."""
    FAILED = "failed"


class Tracker(Protocol):
    """Follows one run. A server that fails must not end the training; a full disk may, as for all files of a run."""

    def begin(self, parameters: Mapping[str, Parameter]) -> None:
        """Tells the settings of the run, before its first step in this process."""

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """Takes finite numbers by tag, at so many images seen."""

    def end(self, status: Status) -> None:
        """Tells how this start ended."""


class NoTracker:
    """Follows nothing. See `Tracker`."""

    def begin(self, parameters: Mapping[str, Parameter]) -> None:
        """See `Tracker`."""

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """See `Tracker`."""

    def end(self, status: Status) -> None:
        """See `Tracker`."""


class Trackers:
    """Several trackers as one. See `Tracker`.

    Only the first `begin` counts, as a training with several phases begins several times. A start with nothing to do
    has not begun, and so it does not end.
    """

    def __init__(self, trackers: Sequence[Tracker]):
        self._trackers = tuple(trackers)
        self._begun = False

    def begin(self, parameters: Mapping[str, Parameter]) -> None:
        """See `Tracker`."""
        if not self._begun:
            self._begun = True
            for one in self._trackers:
                one.begin(parameters)

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """See `Tracker`."""
        for one in self._trackers:
            one.measured(step, values)

    def end(self, status: Status) -> None:
        """See `Tracker`."""
        if self._begun:
            for one in self._trackers:
                one.end(status)
