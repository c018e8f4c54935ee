"""Measures every tick: losses, scores, speed, memory and the time left. The callbacks after it read the result."""

import time
from typing import Any

import keras
import tensorflow as tf

from medgan_tf.files.result_files import with_nan
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.devices.memory import gpu_memory, memory_gib
from medgan_tf.training.state import Tick


class TickMetrics(keras.callbacks.Callback):
    """Measures each tick, which is an epoch of `fit`. A checkpoint keeps the beginning of a tick under way.

    Args:
        gan: The GAN in training.
        tick: The tick to fill.
        total: Images seen at the end of the run.
    """

    finished = False

    def __init__(self, gan: ConditionalGan, tick: Tick, total: int):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.total = total
        self.started = self.ended = time.monotonic()
        self.overhead = self.earlier = 0.0
        self.resumed = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self.resumed:
            self.tick.before, self.earlier = int(self.gan.images_seen.numpy()), 0.0
        self.resumed = False
        self.gan.set_learning_rates(self.tick.before)
        self.started = time.monotonic()
        self.overhead = self.started - self.ended

    def on_epoch_end(self, epoch, logs=None):
        # Reading the counter waits for the devices, so it comes before the clock.
        images_seen = int(self.gan.images_seen.numpy())
        self.ended = time.monotonic()
        seconds = self.earlier + self.ended - self.started
        images = images_seen - self.tick.before
        values = self.gan.take_metrics(images // self.gan.phase.images_per_step)
        rate = images / seconds
        self.tick.after, self.tick.last = images_seen, images_seen >= self.total
        self.tick.values = {
            "images_seen": images_seen,
            **values,
            **self.gan.phase_values(),
            "images_per_second": rate,
            "seconds": seconds,
            # Pictures, checkpoints and the like since the tick before.
            "overhead_seconds": self.overhead,
            "seconds_left": max(0, self.total - images_seen) / rate,
            "memory_gib": memory_gib(),
            **gpu_memory(),
        }

    def state(self) -> dict[str, Any]:
        """See `state.Checkpointable`. Between two ticks the sums are 0, and the next tick begins here."""
        sums = self.gan.metric_sums.numpy().tolist()
        if int(self.gan.images_seen.numpy()) == self.tick.after:
            return {"before": self.tick.after, "seconds": 0.0, "sums": sums}
        seconds = self.earlier + time.monotonic() - self.started
        return {"before": self.tick.before, "seconds": seconds, "sums": sums}

    def restore(self, state: dict[str, Any]) -> None:
        """See `state.Checkpointable`."""
        self.tick.before, self.earlier, self.resumed = int(state["before"]), float(state["seconds"]), True
        # A checkpoint has null for a sum that was not finite; version 0.1 wrote NaN.
        self.gan.metric_sums.assign(tf.constant(with_nan(state["sums"]), tf.float32))
