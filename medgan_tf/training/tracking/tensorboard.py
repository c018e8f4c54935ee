"""TensorBoard: scalars by images seen, and one record of the settings, by which the HParams tab compares runs."""

from collections.abc import Mapping

from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.summary import session_end_pb, session_start_pb

from medgan_tf.files.event_file import EventFile
from medgan_tf.training.tracking.tracker import Parameter, Status


class TensorBoardTracker:
    """Writes into the event file of a run. See `Tracker`.

    The record of the settings is written anew at each start, as a training that goes on may be longer than it was.

    Args:
        events: The event file, which others may share.
    """

    def __init__(self, events: EventFile):
        self._events = events
        self._step = 0

    def begin(self, parameters: Mapping[str, Parameter]) -> None:
        """See `Tracker`."""
        self._events.record(session_start_pb(dict(parameters)))

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """See `Tracker`."""
        self._step = step
        self._events.scalars(step, dict(values))
        self._events.flush()

    def end(self, status: Status) -> None:
        """See `Tracker`. Only the end of the whole training is told: one that was stopped may go on."""
        if status == Status.FINISHED:
            self._events.summary(self._step, session_end_pb(api_pb2.STATUS_SUCCESS))
        self._events.flush()
