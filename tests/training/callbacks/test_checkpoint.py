"""When the state is saved, by whom, and what is saved with it."""

from types import SimpleNamespace

import pytest

from medgan_tf.training.callbacks.checkpoint import SaveCheckpoint, save_checkpoint
from medgan_tf.training.state import RunState, Tick, WatchdogState


def run_of(chief=True):
    """A run that notes what is saved."""
    saved = []
    checkpoints = SimpleNamespace(save=lambda gan, final, extra: saved.append((gan, final, extra)))
    workers = SimpleNamespace(chief=chief)
    state = RunState(None, None, None, [], None, None, workers, checkpoints, "gan")
    state.checkpointed = {"watchdog": state.watchdog}
    return state, saved


@pytest.mark.parametrize(
    ("tick", "saves"),
    [
        (Tick(0, 40), False),
        (Tick(40, 80), True),
        (Tick(80, 96), False),
        (Tick(80, 96, last=True), True),
        # An evaluation of FID is kept at once.
        (Tick(0, 40, values={"fid": 3.0}), True),
    ],
)
def test_saved_when_due(tick, saves):
    run, saved = run_of()
    run.tick = tick
    SaveCheckpoint(run, period=80).on_epoch_end(0)
    assert saved == ([("gan", tick.last, {"watchdog": WatchdogState().state()})] if saves else [])


def test_only_the_chief_writes():
    run, saved = run_of(chief=False)
    save_checkpoint(run)
    assert saved == []
