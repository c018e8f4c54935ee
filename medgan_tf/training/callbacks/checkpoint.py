"""Saves the whole state of a run every period and at its end."""

import keras

from medgan_tf.training.state import RunState


class SaveCheckpoint(keras.callbacks.Callback):
    """Saves the state at the end of a tick that is due.

    Comes after the watchdog, which ends a tick that diverged, so that a diverged state is never saved; and after every
    callback whose own state is saved too.

    Args:
        run: The run.
        period: Real images between two checkpoints; the end of the run and every evaluation of FID have one too.
    """

    def __init__(self, run: RunState, period: int):
        super().__init__()
        self.run = run
        self.period = period

    def on_epoch_end(self, epoch, logs=None):
        tick = self.run.tick
        # An evaluation of FID costs much, and it may have changed which generator is the best.
        if tick.last or tick.is_due(self.period) or "fid" in tick.values:
            save_checkpoint(self.run)


def save_checkpoint(run: RunState) -> None:
    """Saves the state as it is now. Of several workers only the chief writes."""
    if run.workers.chief:
        if run.private:
            # First, so that there never is a state that costs more than is written beside it.
            run.private.write_guarantee()
        run.checkpoints.save(run.gan, final=run.tick.last, extra=run.extra())
