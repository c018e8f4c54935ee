"""SIGTERM and SIGINT: the state is saved, the exit code says which, and the run goes on as if nothing had happened."""

import json
import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from run_states import assert_equal_states, final_state
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.training import multi_step
from medgan_tf.training.callbacks import interruption
from medgan_tf.training.callbacks.interruption import Interrupted, Interruption
from medgan_tf.training.loop import train

pytestmark = pytest.mark.usefixtures("kept_gans", "unexported")

CLOCK = {"images_per_second", "seconds", "overhead_seconds", "seconds_left", "memory_gib"}
SETTINGS = {"total_images": 80, "steps_per_call": 2, "sample_ticks": 9}


def signal_in_call(monkeypatch, number, count):
    """Sends this process a signal while the `count`-th call of a few steps is under way."""
    original, calls = multi_step.MultiStepFunction.__call__, [0]

    def watched(self, iterator):
        calls[0] += 1
        if calls[0] == count:
            os.kill(os.getpid(), number)
        return original(self, iterator)

    monkeypatch.setattr(multi_step.MultiStepFunction, "__call__", watched)


def ticks(folder):
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()] if folder.metrics.exists() else []
    return [{name: value for name, value in line.items() if name not in CLOCK} for line in lines]


@pytest.fixture(scope="module")
def whole(shapes, tmp_path_factory):
    return train(small_experiment(tmp_path_factory.mktemp("whole"), **SETTINGS), shapes)


# Five steps of 8 images make a tick; calls are of 2, 2 and 1 steps.
@pytest.mark.parametrize(
    ("number", "count", "images", "code"),
    [(signal.SIGTERM, 2, 32, 143), (signal.SIGINT, 3, 40, 130), (signal.SIGUSR1, 3, 40, 128 + signal.SIGUSR1)],
)
def test_saved_left_and_resumed(whole, shapes, tmp_path, monkeypatch, number, count, images, code):
    experiment, before = small_experiment(tmp_path, **SETTINGS), signal.getsignal(number)
    with monkeypatch.context() as patch:
        signal_in_call(patch, number, count)
        with pytest.raises(
            Interrupted, match=f"stopped by {number.name}; saved at {images} images; .*resumes"
        ) as caught:
            train(experiment, shapes)
    assert caught.value.exit_code == code
    assert signal.getsignal(number) == before
    folder = run_folder(experiment)
    # The work of a tick's end is done if the tick has ended.
    assert len(ticks(folder)) == images // 40
    if images % 40 == 0:
        # It goes on as from any checkpoint, see test_loop.py.
        return
    result = train(experiment, shapes)
    assert result.resumed_from == images
    assert_equal_states(final_state(folder), final_state(whole.folder))
    for tick, expected in zip(ticks(folder), ticks(whole.folder), strict=True):
        assert tick == pytest.approx(expected)


def test_unsound_state_is_not_saved(shapes, tmp_path, monkeypatch):
    original = multi_step.MultiStepFunction.__call__

    def broken(self, iterator):
        result = original(self, iterator)
        self.gan.metric_sums.assign(np.full(self.gan.metric_sums.shape, np.nan, np.float32))
        os.kill(os.getpid(), signal.SIGTERM)
        return result

    monkeypatch.setattr(multi_step.MultiStepFunction, "__call__", broken)
    # The signal comes before any call has ended in the eyes of the callbacks, so it is not yet noted but acted on.
    with pytest.raises(Interrupted, match="SIGTERM before the first step"):
        train(small_experiment(tmp_path, **SETTINGS), shapes)
    monkeypatch.setattr(Interruption, "__enter__", entered_and_working)
    with pytest.raises(Interrupted, match="not saved, as the losses are not finite"):
        train(small_experiment(tmp_path, **SETTINGS), shapes)
    assert not list(run_folder(small_experiment(tmp_path)).checkpoints.glob("images-*"))


def entered_and_working(self):
    self.working = True
    self._previous = {number: signal.signal(number, self._note) for number in (signal.SIGTERM, signal.SIGINT)}
    return self


def test_second_signal_acts_at_once():
    with Interruption() as interruption:
        interruption.working = True
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            signal.sigtimedwait([], 0.01)


@pytest.mark.parametrize(("images", "saved"), [(32, "not saved, as these steps were done before"), (40, "saved at 40")])
def test_a_private_step_that_is_repeated_is_saved_only_when_it_was_compared(monkeypatch, images, saved):
    ledger = SimpleNamespace(entries=SimpleNamespace(offset=6), is_repetition=lambda draws: draws == 4 + 6)
    private = SimpleNamespace(step_of=lambda images: images // 8, ledger=ledger)
    gan = SimpleNamespace(metric_sums=SimpleNamespace(numpy=lambda: np.zeros(1)))
    workers = SimpleNamespace(largest=lambda number: number, part=lambda: None)
    run, written = SimpleNamespace(private=private, gan=gan, workers=workers, images_seen=images), []
    monkeypatch.setattr(interruption, "save_checkpoint", written.append)
    asked = Interruption()
    asked.number = signal.SIGTERM
    with pytest.raises(Interrupted, match=saved):
        interruption.LeaveWhenAsked(asked, run).leave_if_asked()
    assert len(written) == (images == 40)
