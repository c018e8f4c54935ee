"""Everything periodic: one Keras epoch is one tick, and each callback states its own period in ticks."""

import json
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.presentation.durations import duration
from medgan_tf.training.callbacks.sample_grid import labelled_grid, to_uint8, write_png
from medgan_tf.training.checkpoints import Checkpoints, Remembering
from medgan_tf.training.devices.memory import gpu_memory, memory_gib

log = logging.getLogger(__name__)


@dataclass
class Tick:
    """What happened since the last tick; filled by `TickMetrics`, read by the callbacks after it.

    Attributes:
        length: Images in a tick by configuration; the actual one is whole batches and may end with a phase.
        before, after: Images seen at its beginning and end.
        last: Whether the run ends with it.
        values: Means over the tick by metric name, and images_seen, images_per_second, seconds, memory_gib, ....
    """

    length: int
    before: int = 0
    after: int = 0
    last: bool = False
    values: dict[str, float] = field(default_factory=dict)

    def is_due(self, period: int) -> bool:
        """Whether something that happens every `period` ticks happens at its end: a matter of images, not of calls, so
        that a resumed run keeps the rhythm."""
        unit = period * self.length
        return self.last or self.after // unit > self.before // unit


class TickMetrics(keras.callbacks.Callback):
    """Measures each tick. Its state is the beginning of a tick that was left in the middle.

    Args:
        gan: The GAN in training.
        tick: Where the result goes.
        total: Images seen at the end of the run.
    """

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
        """See `checkpoints.Remembering`. Between two ticks the sums are 0 and the tick begins here."""
        sums = self.gan.metric_sums.numpy().tolist()
        if int(self.gan.images_seen.numpy()) == self.tick.after:
            return {"before": self.tick.after, "seconds": 0.0, "sums": sums}
        seconds = self.earlier + time.monotonic() - self.started
        return {"before": self.tick.before, "seconds": seconds, "sums": sums}

    def restore(self, state: dict[str, Any]) -> None:
        """See `checkpoints.Remembering`."""
        self.tick.before, self.earlier, self.resumed = int(state["before"]), float(state["seconds"]), True
        self.gan.metric_sums.assign(tf.constant(state["sums"], tf.float32))


class StatusLine(keras.callbacks.Callback):
    """One log line per tick, and the same numbers as one JSON line in `metrics.jsonl`.

    Args:
        tick: The measured tick.
        total: Images seen at the end of the run.
        metrics: The JSON lines file.
    """

    def __init__(self, tick: Tick, total: int, metrics: Path):
        super().__init__()
        self.tick = tick
        self.total = total
        self.metrics = metrics

    def on_epoch_end(self, epoch, logs=None):
        values = self.tick.values
        gpu = f" gpu {values['gpu_memory_gib']:.1f} GiB" if "gpu_memory_gib" in values else ""
        growth = (
            f"{values['resolution']}x{values['resolution']} fade {values['fade']:.2f}  " if "fade" in values else ""
        )
        log.info(
            f"images {values['images_seen']:>9,} of {self.total:,}  {growth}"
            f"{values['images_per_second']:6.1f} img/s  D {values['loss_d']:8.3f}  G {values['loss_g']:8.3f}  "
            f"score real {values['score_real']:7.2f} fake {values['score_fake']:7.2f}  "
            f"memory {values['memory_gib']:.1f} GiB{gpu}  {duration(values['seconds_left'])} left"
        )
        with self.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")


class TensorBoardScalars(keras.callbacks.Callback):
    """Losses, scores, gradient norms, speed and memory for TensorBoard, by images seen.

    Args:
        tick: The measured tick.
        writer: Shared event file writer.
    """

    GROUPS = {
        "loss_d": "loss/discriminator",
        "loss_g": "loss/generator",
        "score_real": "score/real",
        "score_fake": "score/fake",
        "gradient_norm": "penalty/gradient_norm",
        "gradients_g": "gradients/generator",
        "gradients_d": "gradients/discriminator",
        "images_per_second": "speed/images_per_second",
        "fid": "fidelity/fid",
        "diversity": "watchdog/diversity",
        "rollbacks": "watchdog/rollbacks",
        "r_t": "score/r_t",
        "r1": "penalty/r1",
        "r2": "penalty/r2",
        "augmentation_strength": "augmentation/strength",
        "auxiliary_real": "auxiliary/real",
        "auxiliary_fake": "auxiliary/fake",
        "resolution": "growth/resolution",
        "fade": "growth/fade",
        "memory_gib": "memory/process_gib",
        "gpu_memory_gib": "memory/gpu_gib",
    }

    def __init__(self, tick: Tick, writer: tf.summary.SummaryWriter):
        super().__init__()
        self.tick = tick
        self.writer = writer

    def on_epoch_end(self, epoch, logs=None):
        values = self.tick.values
        with self.writer.as_default(step=values["images_seen"]):
            for name, tag in self.GROUPS.items():
                if math.isfinite(values.get(name, math.nan)):
                    tf.summary.scalar(tag, values[name])
        self.writer.flush()


class SampleGrid(keras.callbacks.Callback):
    """The same noise and labels at every period, beside real images of the same label combinations.

    Args:
        gan: The GAN in training; its averaged generator is sampled.
        tick: The measured tick.
        folder: The run.
        period: Ticks between two grids.
        rows: `(names, real images uint8 [rows * columns, R, R, 1], labels float32 [rows * columns, L])`.
        writer: Shared event file writer, or None.
    """

    def __init__(self, gan, tick: Tick, folder: RunFolder, period: int, rows: tuple, writer):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.folder = folder
        self.period = period
        self.names, self.real, self.labels = rows
        self.writer = writer
        # Fixed for all runs of one shape, so that grids of different seeds can be compared.
        self.z = np.random.default_rng(0).standard_normal((len(self.labels), gan.config.latent_size), np.float32)
        # Traced anew for each structure of a growing generator.
        self.sample = tf.function(
            lambda z, labels, structure: gan.ema_generator([z, labels], training=False), autograph=False
        )

    def on_train_begin(self, logs=None):
        if not (self.folder.samples / "latest.png").exists():
            self.write(int(self.gan.images_seen.numpy()))

    def on_epoch_end(self, epoch, logs=None):
        if self.tick.is_due(self.period):
            self.write(self.tick.values["images_seen"])

    def write(self, images_seen: int) -> None:
        """Writes `samples/<images seen>.png` and `samples/latest.png`."""
        batch = 64
        self.gan.refresh_average()
        parts = [
            self.sample(self.z[i : i + batch], self.labels[i : i + batch], self.gan.structure).numpy()
            for i in range(0, len(self.z), batch)
        ]
        columns = len(self.labels) // len(self.names)
        picture = labelled_grid(self.real, to_uint8(np.concatenate(parts)), self.names, columns)
        write_png(self.folder.samples / f"{images_seen:011d}.png", picture)
        write_png(self.folder.samples / "latest.png", picture)
        if self.writer is not None:
            with self.writer.as_default(step=images_seen):
                tf.summary.image("samples", picture[None, :, :, None])
            self.writer.flush()


class SaveCheckpoint(keras.callbacks.Callback):
    """Saves the full state every period and at the end. Comes after `TickMetrics`, so a diverged state is never saved,
    and after every callback whose state it keeps.

    Args:
        gan: The GAN in training.
        tick: The measured tick.
        checkpoints: Where to.
        period: Ticks between two checkpoints.
        remembering: Parts of the run whose own state is kept too, by name.
        writes: False for a worker that leaves the writing to another.
    """

    def __init__(
        self,
        gan: ConditionalGan,
        tick: Tick,
        checkpoints: Checkpoints,
        period: int,
        remembering: Mapping[str, Remembering] | None = None,
        writes: bool = True,
    ):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.checkpoints = checkpoints
        self.period = period
        self.remembering = dict(remembering or {})
        self.writes = writes

    def on_epoch_end(self, epoch, logs=None):
        # An FID costs much, and with it the best generator may have changed.
        if self.tick.is_due(self.period) or "fid" in self.tick.values:
            self.save()

    def save(self) -> None:
        """Saves the state as it is now."""
        if self.writes:
            self.checkpoints.save(self.gan, final=self.tick.last, extra=self.extra())

    def extra(self) -> dict[str, Any]:
        """The state of all parts, by name."""
        return {name: part.state() for name, part in self.remembering.items()}

    def restore(self, extra: dict[str, Any]) -> None:
        """Gives each part what was saved under its name; parts that were not there then begin anew."""
        for name, part in self.remembering.items():
            if name in extra:
                part.restore(extra[name])
