"""Looks for broken training at the end of every tick, and answers with a stop or a return to the last good state."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.errors import RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.penalties import PENALTIES
from medgan_tf.training import record
from medgan_tf.training.callbacks.periodic import Tick
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.settings import WatchdogConfig

if TYPE_CHECKING:
    from medgan_tf.training.periodic_work import PeriodicWork
    from medgan_tf.training.session import Session

log = logging.getLogger(__name__)


class Trouble(Exception):
    """Training is broken; the message is the cause."""


def find_trouble(values: Mapping[str, float], limits: WatchdogConfig) -> str | None:
    """What is wrong with the means of one tick, in words, or None.

    Args:
        values: Means by name, at least those of `gans.objective.METRICS`.
        limits: What counts as wrong.
    """
    # A tick without any step that contained the penalties has no mean of them.
    broken = [name for name, value in values.items() if not math.isfinite(value) and name not in PENALTIES]
    if broken:
        return f"{', '.join(broken)} not finite"
    if limits.score_limit is not None:
        for name in ("score_real", "score_fake"):
            if abs(values[name]) > limits.score_limit:
                return f"critic exploded: {name} {values[name]:.4g} is beyond {limits.score_limit:g}"
    if limits.gradient_floor is not None:
        for name, network in (("gradients_g", "generator"), ("gradients_d", "discriminator")):
            if values[name] <= limits.gradient_floor:
                return f"dead gradients: {name} {values[name]:.2g}, the {network} no longer learns"
    return None


class Diversity:
    """How much generated images with the same labels differ, as a share of how much real ones do.

    For each of the most frequent label combinations: the standard deviation over images, averaged over pixels;
    generated divided by real; then the mean over the combinations. The noise is the same in every call.

    Args:
        gan: The GAN in training; the generator itself is sampled, as its average would lag behind.
        fold: Training images.
        combinations: How many label combinations.
        images: Generated images for each.
    """

    def __init__(self, gan: ConditionalGan, fold: FoldArrays, combinations: int = 4, images: int = 16):
        self.gan = gan
        vectors, positions, counts = np.unique(fold.labels, axis=0, return_inverse=True, return_counts=True)
        chosen = [number for number in np.argsort(-counts, kind="stable")[:combinations] if counts[number] > 1]
        spreads = [spread(fold.images[np.flatnonzero(positions == number)[:256]] / 127.5) for number in chosen]
        kept = [(number, value) for number, value in zip(chosen, spreads, strict=True) if value > 0]
        self.real = np.array([value for _, value in kept])
        self.images = images
        self.labels = np.repeat(vectors[[number for number, _ in kept]], images, axis=0).astype(np.float32)
        shape = (len(self.labels), gan.config.latent_size)
        self.z = np.random.default_rng(0).standard_normal(shape, np.float32)
        # Traced anew for each structure of a growing generator.
        self.sample = tf.function(
            lambda z, labels, structure: gan.generator([z, labels], training=False), autograph=False
        )

    def measure(self) -> float:
        """The share; NaN where no combination has two different real images."""
        if not len(self.real):
            return math.nan
        generated = self.sample(self.z, self.labels, self.gan.structure).numpy()
        groups = generated.reshape(len(self.real), self.images, *generated.shape[1:])
        return float(np.mean([spread(group) for group in groups] / self.real))


def spread(images: np.ndarray) -> float:
    """Standard deviation over the images [N, R, R, 1], averaged over the pixels."""
    return float(np.asarray(images, np.float32).std(axis=0).mean())


@dataclass
class Answers:
    """What the watchdog has done in a run; kept by checkpoints.

    Attributes:
        events: One for each trouble: images_seen, cause and action.
        rate_factor: What the learning rates are multiplied by, 1 / 2 ** rollbacks.
        diverse: Whether diversity has ever been clearly above its floor.
    """

    events: list[dict[str, Any]]
    rate_factor: float = 1.0
    diverse: bool = False

    def state(self) -> dict[str, Any]:
        """See `checkpoints.Remembering`."""
        return {"events": self.events, "rate_factor": self.rate_factor, "diverse": self.diverse}

    def restore(self, state: dict[str, Any]) -> None:
        """See `checkpoints.Remembering`."""
        self.events, self.rate_factor = list(state["events"]), float(state["rate_factor"])
        self.diverse = bool(state["diverse"])


class Watchdog(keras.callbacks.Callback):
    """Raises `Trouble` at the end of a broken tick. Comes right after `TickMetrics`.

    Args:
        gan: The GAN in training.
        tick: The measured tick; gets `diversity`, `rollbacks` and `rate_factor`.
        limits: What counts as broken.
        answers: What was done so far.
        diversity: Measures diversity, or None not to.
        workers: All of them see the same trouble.
    """

    def __init__(
        self,
        gan: ConditionalGan,
        tick: Tick,
        limits: WatchdogConfig,
        answers: Answers,
        diversity: Diversity | None,
        workers: Workers,
    ):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.limits = limits
        self.answers = answers
        self.diversity = diversity
        self.workers = workers

    def on_epoch_end(self, epoch, logs=None):
        means = {name: self.tick.values[name] for name in self.gan.metric_names}
        cause = find_trouble(means, self.limits)
        if cause is None and self.diversity is not None:
            cause = self._vanished(self.diversity.measure())
        # Workers see the same means, but a difference in the last bit must not part them.
        if self.workers.largest(int(cause is not None)):
            raise Trouble(cause or "another worker found trouble")
        self.tick.values |= {"rollbacks": len(self.answers.events), "rate_factor": self.answers.rate_factor}

    def _vanished(self, share: float) -> str | None:
        if math.isnan(share):
            return None
        self.tick.values["diversity"] = share
        floor = self.limits.diversity_floor
        # An untrained generator has little to begin with.
        self.answers.diverse |= share > 2 * floor
        if not self.answers.diverse or share >= floor:
            return None
        return f"diversity vanished: images with the same labels differ {share:.2%} as much as real ones do"


def answer(trouble: Trouble, session: Session, work: PeriodicWork) -> None:
    """Returns the run to its last good checkpoint with halved learning rates, or ends it, and records which.

    Raises:
        RunError: The policy is `stop`, or the rollbacks are used up.
    """
    folder, workers = session.folder, session.workers
    tick, save, answers = work.tick, work.save, work.answers
    limits = session.experiment.training.watchdog
    where = f"{trouble} between {tick.before:,} and {tick.after:,} images"
    event = {"images_seen": tick.after, "cause": str(trouble)}
    done = len(answers.events)
    if limits.policy == "stop" or done >= limits.max_rollbacks:
        tried = f" after {done} rollback{'s' * (done > 1)}" if done else ""
        if workers.chief:
            write_events(folder, [*answers.events, {**event, "action": f"stopped{tried}"}])
        raise RunError(
            f"training diverged: {where}{tried}; the last checkpoint is kept. Lower the learning rates "
            "(training.generator_learning_rate, training.discriminator_learning_rate) and run again with --restart"
            + ("" if limits.policy == "rollback" else ", or set training.watchdog.policy=rollback")
        )
    factor, events, diverse = answers.rate_factor / 2, answers.events, answers.diverse
    restored = save.checkpoints.restore_latest(save.gan)
    save.restore(restored.extra)
    action = f"back to {restored.images_seen:,} images, learning rates times {factor:g}"
    answers.events, answers.rate_factor, answers.diverse = [*events, {**event, "action": action}], factor, diverse
    if workers.chief:
        # At once, so that a kill before the next checkpoint does not forget it.
        save.checkpoints.replace_extra(restored.path, save.extra())
        write_events(folder, answers.events)
        record.drop_metrics_after(folder.metrics, restored.images_seen)
    workers.wait()
    log.warning(f"training diverged: {where}; {action} (rollback {done + 1} of {limits.max_rollbacks})")


def write_events(folder: RunFolder, events: list[dict[str, Any]]) -> None:
    """Writes what the watchdog did, one JSON object per line; no file while there was nothing."""
    if events:
        record.write_text(folder.events, "".join(json.dumps(event) + "\n" for event in events))
