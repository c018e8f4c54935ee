"""The shared data of a run: when something is due, and what a checkpoint keeps of the parts."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from medgan_tf.training.checkpoints import Restored
from medgan_tf.training.state import RunState, Tick, WatchdogState


@pytest.mark.parametrize(
    ("period", "due"),
    [
        # Ticks that end at 40, 80, 96 (a phase's end), 136 and 176 images.
        (80, [False, True, False, False, True]),
        (40, [True, True, False, True, True]),
        (8, [True, True, True, True, True]),
        (1000, [False, False, False, False, False]),
    ],
)
def test_periods_count_images(period, due):
    ends = (0, 40, 80, 96, 136, 176)
    ticks = [Tick(before, after) for before, after in zip(ends, ends[1:], strict=False)]
    assert [tick.is_due(period) for tick in ticks] == due


def test_the_watchdogs_state_survives_json():
    state, fresh = WatchdogState([{"cause": "loss_d not finite"}], 0.25, True), WatchdogState()
    fresh.restore(json.loads(json.dumps(state.state())))
    assert fresh == state
    assert WatchdogState().events is not WatchdogState().events


class Part:
    def __init__(self, value, finished=False):
        self.value, self.finished = value, finished

    def state(self):
        return {"value": self.value}

    def restore(self, state):
        self.value = state["value"]


def run_of(**parts):
    gan, phases = SimpleNamespace(images_seen=None), [SimpleNamespace(end=40), SimpleNamespace(end=120)]
    return RunState(None, None, None, phases, None, None, None, None, gan, checkpointed=parts)


def test_parts_come_back_by_name_and_new_ones_start_anew():
    saved = run_of(a=Part(1), b=Part(2)).extra()
    assert saved == {"a": {"value": 1}, "b": {"value": 2}}
    later, restored = run_of(b=Part(0), c=Part(3)), Restored(Path("new"), 40, saved)
    assert later.restore(restored) is restored
    assert (later.checkpointed["b"].value, later.checkpointed["c"].value) == (2, 3)


@pytest.mark.parametrize("damage", ["value", {}, None, [1], 7, {"value": "x"}])
def test_a_damaged_state_of_a_part_leads_to_the_checkpoint_before(damage, caplog):
    class Strict(Part):
        def restore(self, state):
            self.value = state["value"] + 0

    def before(gan, before):
        assert before == Path("new")
        return Restored(Path("old"), 20, {"a": {"value": 5}})

    run = run_of(a=Strict(1))
    run.checkpoints = SimpleNamespace(restore_latest=before)
    assert run.restore(Restored(Path("new"), 40, {"a": damage})).images_seen == 20
    assert run.checkpointed["a"].value == 5
    assert "checkpoint new: the state of a is damaged" in caplog.text and "trying the one before" in caplog.text


@pytest.mark.parametrize("change", [
    {"events": None}, {"events": "text"}, {"events": [1]}, {"rate_factor": "1"}, {"rate_factor": None},
    {"rate_factor": 0}, {"rate_factor": float("nan")}, {"rate_factor": [1]}, {"diverse": "no"}, {"diverse": None},
])  # fmt: skip
def test_the_watchdog_refuses_values_of_other_kinds(change):
    with pytest.raises((ValueError, TypeError)):
        WatchdogState().restore(WatchdogState([{"cause": "a"}], 0.25, True).state() | change)


def test_one_part_can_end_the_run():
    assert not run_of(a=Part(1)).finished
    assert run_of(a=Part(1), b=Part(2, finished=True)).finished
    assert run_of().total == 120
