"""The status line on the terminal and the line of `metrics.jsonl`, after every tick."""

import logging
from pathlib import Path

import keras

from medgan_tf.files.result_files import json_text
from medgan_tf.presentation.durations import duration
from medgan_tf.training.callbacks.budget import epsilon_words
from medgan_tf.training.state import Tick

log = logging.getLogger(__name__)


class StatusLine(keras.callbacks.Callback):
    """One log line per tick, and the same numbers as one JSON line in `metrics.jsonl`: null for what is not finite.

    Args:
        tick: The measured tick.
        total: Images seen at the end of the run.
        metrics: The JSON lines file.
        target_epsilon: The budget of a private training, or None.
    """

    def __init__(self, tick: Tick, total: int, metrics: Path, target_epsilon: float | None = None):
        super().__init__()
        self.tick = tick
        self.total = total
        self.metrics = metrics
        self.target_epsilon = target_epsilon

    def on_epoch_end(self, epoch, logs=None):
        values = self.tick.values
        gpu = f" gpu {values['gpu_memory_gib']:.1f} GiB" if "gpu_memory_gib" in values else ""
        growth = (
            f"{values['resolution']}x{values['resolution']} fade {values['fade']:.2f}  " if "fade" in values else ""
        )
        # A private training does not look at the scores of real images.
        real = f"real {values['score_real']:7.2f} " if "score_real" in values else ""
        # A training towards a mean embedding has no discriminator.
        critic = f"D {values['loss_d']:8.3f}  " if "loss_d" in values else ""
        scores = f"score {real}fake {values['score_fake']:7.2f}  " if "score_fake" in values else ""
        privacy = f"{epsilon_words(values['epsilon'], self.target_epsilon)}  " if "epsilon" in values else ""
        log.info(
            f"images {values['images_seen']:>9,} of {self.total:,}  {growth}"
            f"{values['images_per_second']:6.1f} img/s  {critic}G {values['loss_g']:8.3f}  {scores}{privacy}"
            f"memory {values['memory_gib']:.1f} GiB{gpu}  {duration(values['seconds_left'])} left"
        )
        with self.metrics.open("a", encoding="utf-8") as file:
            file.write(json_text(values) + "\n")
