"""Leaving a run when the system asks for it: SIGTERM, SIGUSR1 (preemption, a time limit) and SIGINT (Ctrl-C).

The running call of a few steps is finished, the state saved, and the process ends with 128 + the signal's number: 143,
138 on Linux, or 130. A second signal acts at once. Before the first step there is nothing to save, and the first signal
acts at once.
"""

import logging
import signal
import threading

import keras
import numpy as np

from medgan_tf.errors import RunError
from medgan_tf.training.callbacks.checkpoint import save_checkpoint
from medgan_tf.training.state import RunState

log = logging.getLogger(__name__)

# Windows has no SIGUSR1.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGUSR1") if hasattr(signal, name))


class Interrupted(RunError):
    """A run that left because it was asked to. The exit code is 128 + the signal's number, as for a shell.

    Args:
        message: Words on what was saved and how to go on.
        number: The signal.
    """

    def __init__(self, message: str, number: int):
        super().__init__(message)
        self.exit_code = 128 + number


class Interruption:
    """Notes the signals while it is entered. Only the main thread can do so; in another thread it notes nothing.

    Attributes:
        number: The signal that came, or None.
        working: Whether there is progress to save, so that a signal is noted rather than acted on.
    """

    def __init__(self):
        self.number: int | None = None
        self.working = False
        self._previous: dict[int, object] = {}

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *_) -> None:
        self._give_back()

    def _give_back(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def _note(self, number: int, _frame) -> None:
        self._give_back()
        self.number = number
        name = signal.Signals(number).name
        if not self.working:
            raise Interrupted(f"{name} before the first step; the same command begins again", number)
        log.warning("%s: finishing the steps under way, then saving; once more leaves at once", name)


class LeaveWhenAsked(keras.callbacks.Callback):
    """Saves and leaves between two calls of a few steps, or after all other work of a tick's end. Comes last.

    All workers leave after the same step.

    Args:
        interruption: The signal that came, if one did.
        run: The run to save.
    """

    def __init__(self, interruption: Interruption, run: RunState):
        super().__init__()
        self.interruption = interruption
        self.run = run

    def on_train_batch_end(self, batch, logs=None):
        self.interruption.working = True
        # The end of a tick has work of its own, which must not be lost.
        if batch < self.params["steps"] - 1:
            self.leave_if_asked()

    def on_epoch_end(self, epoch, logs=None):
        if not self.run.tick.last:
            self.leave_if_asked()

    def leave_if_asked(self) -> None:
        """Raises `Interrupted` after saving, if a signal came to any worker."""
        number = self.run.workers.largest(self.interruption.number or 0)
        if not number:
            return
        # The watchdog has not seen this state yet, so it is saved only if it is sound.
        if not np.isfinite(self.run.gan.metric_sums.numpy()).all():
            saved = "not saved, as the losses are not finite"
        elif self._is_unconfirmed():
            saved = "not saved, as these steps were done before and are compared at the end of the tick only"
        else:
            save_checkpoint(self.run)
            saved = f"saved at {self.run.images_seen:,} images"
        # The first worker still writes when the others are done.
        self.run.workers.part()
        name = signal.Signals(number).name
        raise Interrupted(f"stopped by {name}; {saved}; the same command resumes", number)

    def _is_unconfirmed(self) -> bool:
        """Whether a private training repeats steps with the noise of the first time, and may have got other bits."""
        private, images_seen = self.run.private, self.run.images_seen
        if private is None:
            return False
        return private.ledger.is_repetition(private.step_of(images_seen) + private.ledger.entries.offset)
