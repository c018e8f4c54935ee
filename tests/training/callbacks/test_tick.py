"""A tick's measurements, also of one that was left in the middle and taken up again."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.training.callbacks import tick as tick_module
from medgan_tf.training.callbacks.tick import TickMetrics
from medgan_tf.training.state import Tick


class Gan:
    """In place of a GAN: steps of 8 images, and sums that are the number of steps."""

    def __init__(self):
        self.images_seen, self.metric_sums = tf.Variable(0, dtype=tf.int64), tf.Variable([0.0, 0.0])
        self.phase, self.rates = SimpleNamespace(images_per_step=8), []

    def step(self, count):
        self.images_seen.assign_add(8 * count)
        self.metric_sums.assign_add([float(count), 2.0 * count])

    def take_metrics(self, steps):
        sums = self.metric_sums.numpy()
        self.metric_sums.assign([0.0, 0.0])
        return {"loss_d": float(sums[0]) / steps, "loss_g": float(sums[1]) / steps}

    def phase_values(self):
        return {"resolution": 16}

    def set_learning_rates(self, tick_begin):
        self.rates.append(tick_begin)


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = SimpleNamespace(time=100.0)
    monkeypatch.setattr(tick_module.time, "monotonic", lambda: now.time)
    return now


def test_values_of_a_tick(clock):
    gan, tick = Gan(), Tick()
    metrics = TickMetrics(gan, tick, total=120)
    clock.time = 103.0
    metrics.on_epoch_begin(0)
    gan.step(5)
    clock.time = 113.0
    metrics.on_epoch_end(0)
    assert (tick.before, tick.after, tick.last, gan.rates) == (0, 40, False, [0])
    values = dict(tick.values)
    assert values.pop("memory_gib") > 0
    values.pop("gpu_memory_gib", None)
    assert values == {
        "images_seen": 40,
        "loss_d": 1.0,
        "loss_g": 2.0,
        "resolution": 16,
        "images_per_second": 4.0,
        "seconds": 10.0,
        "overhead_seconds": 3.0,
        "seconds_left": 20.0,
    }
    clock.time = 114.0
    metrics.on_epoch_begin(1)
    gan.step(10)
    clock.time = 134.0
    metrics.on_epoch_end(1)
    assert (tick.before, tick.after, tick.last, gan.rates) == (40, 120, True, [0, 40])
    assert (tick.values["overhead_seconds"], tick.values["seconds_left"]) == (1.0, 0.0)


def test_a_tick_left_in_the_middle_goes_on_where_it_was(clock):
    gan = Gan()
    metrics = TickMetrics(gan, Tick(), total=120)
    metrics.on_epoch_begin(0)
    gan.step(2)
    clock.time = 104.0
    state = json.loads(json.dumps(metrics.state()))
    assert state == {"before": 0, "seconds": 4.0, "sums": [2.0, 4.0]}
    # Another process, ten minutes later.
    clock.time = 700.0
    later, tick = Gan(), Tick()
    later.images_seen.assign(16)
    resumed = TickMetrics(later, tick, total=120)
    resumed.restore(state)
    resumed.on_epoch_begin(0)
    later.step(3)
    clock.time = 706.0
    resumed.on_epoch_end(0)
    assert (tick.before, tick.after, later.rates) == (0, 40, [0])
    assert (tick.values["loss_d"], tick.values["seconds"], tick.values["images_per_second"]) == (1.0, 10.0, 4.0)
    # The tick after it begins at its own beginning again.
    resumed.on_epoch_begin(1)
    assert tick.before == 40


@pytest.mark.parametrize("text", ["[null, 4.0]", "[NaN, 4.0]"])
def test_a_sum_that_was_not_finite_stays_so(text):
    """Null in a checkpoint; version 0.1 wrote NaN."""
    gan = Gan()
    TickMetrics(gan, Tick(), total=120).restore({"before": 0, "seconds": 4.0, "sums": json.loads(text)})
    np.testing.assert_array_equal(gan.metric_sums.numpy(), [np.nan, 4.0])


def test_between_two_ticks_the_next_one_begins(clock):
    gan, tick = Gan(), Tick()
    metrics = TickMetrics(gan, tick, total=120)
    metrics.on_epoch_begin(0)
    gan.step(5)
    clock.time = 110.0
    metrics.on_epoch_end(0)
    assert metrics.state() == {"before": 40, "seconds": 0.0, "sums": [0.0, 0.0]}
    assert not metrics.finished and math.isfinite(np.sum(list(tick.values.values())))
