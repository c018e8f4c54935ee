"""Checks at the end of every tick whether training has diverged. The loop decides what happens then."""

import math
from collections.abc import Mapping

import keras
import numpy as np

from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.penalties import PENALTIES
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.sampling import make_sampler
from medgan_tf.training.settings import WatchdogConfig
from medgan_tf.training.state import Tick, WatchdogState


class TrainingDiverged(Exception):
    """Training no longer learns anything. The message is the cause."""


def cause_of_divergence(values: Mapping[str, float], limits: WatchdogConfig) -> str | None:
    """The reason, in words, why the means of one tick show that training has diverged; None if they do not.

    Args:
        values: Means by name; at least the GAN's `metric_names`.
        limits: The limits, section `training.watchdog`.
    """
    # A tick without any step that contained the penalties has no mean of them.
    broken = [name for name, value in values.items() if not math.isfinite(value) and name not in PENALTIES]
    if broken:
        return f"{', '.join(broken)} not finite"
    if limits.score_limit is not None:
        # A private training does not look at the scores of real images.
        for name in ("score_real", "score_fake"):
            if abs(values.get(name, 0.0)) > limits.score_limit:
                return f"critic exploded: {name} {values[name]:.4g} is beyond {limits.score_limit:g}"
    if limits.gradient_floor is not None:
        for name, network in (("gradients_g", "generator"), ("gradients_d", "discriminator")):
            if values.get(name, math.inf) <= limits.gradient_floor:
                return f"dead gradients: {name} {values[name]:.2g}, the {network} no longer learns"
    return None


class Diversity:
    """Differences of generated images with the same labels, as a share of those of real images.

    For each of the most frequent label combinations: the standard deviation over images, averaged over pixels;
    generated divided by real; then the mean over the combinations. The noise is the same in every call.

    Args:
        gan: The GAN in training. The generator itself is sampled, as its average would lag behind.
        fold: The training images and their labels.
        combinations: Number of label combinations.
        images: Number of generated images for each combination.
    """

    def __init__(self, gan: ConditionalGan, fold: FoldArrays, combinations: int = 4, images: int = 16):
        vectors, positions, counts = np.unique(fold.labels, axis=0, return_inverse=True, return_counts=True)
        chosen = [number for number in np.argsort(-counts, kind="stable")[:combinations] if counts[number] > 1]
        spreads = [spread(fold.images[np.flatnonzero(positions == number)[:256]] / 127.5) for number in chosen]
        kept = [(number, value) for number, value in zip(chosen, spreads, strict=True) if value > 0]
        self.real = np.array([value for _, value in kept])
        self.images = images
        self.labels = np.repeat(vectors[[number for number, _ in kept]], images, axis=0).astype(np.float32)
        shape = (len(self.labels), gan.config.latent_size)
        self.z = np.random.default_rng(0).standard_normal(shape, np.float32)
        self.sample = make_sampler(gan, gan.generator)

    def measure(self) -> float:
        """The share; NaN if no combination has two different real images."""
        if not len(self.real):
            return math.nan
        generated = self.sample(self.z, self.labels)
        groups = generated.reshape(len(self.real), self.images, *generated.shape[1:])
        return float(np.mean([spread(group) for group in groups] / self.real))


def spread(images: np.ndarray) -> float:
    """Standard deviation over the images [N, R, R, 1], averaged over the pixels."""
    return float(np.asarray(images, np.float32).std(axis=0).mean())


class Watchdog(keras.callbacks.Callback):
    """Raises `TrainingDiverged` at the end of a tick that shows it. Comes right after `TickMetrics`.

    Args:
        gan: The GAN in training.
        tick: The measured tick; gets `diversity`, `rollbacks` and `rate_factor`.
        limits: The limits, section `training.watchdog`.
        state: Keeps what the watchdog has done so far.
        diversity: Measures diversity; None does not measure it.
        workers: If one of them sees it, all of them raise.
    """

    def __init__(
        self,
        gan: ConditionalGan,
        tick: Tick,
        limits: WatchdogConfig,
        state: WatchdogState,
        diversity: Diversity | None,
        workers: Workers,
    ):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.limits = limits
        self.state = state
        self.diversity = diversity
        self.workers = workers

    def on_epoch_end(self, epoch, logs=None):
        means = {name: self.tick.values[name] for name in self.gan.metric_names}
        cause = cause_of_divergence(means, self.limits)
        if cause is None and self.diversity is not None:
            cause = self._vanished(self.diversity.measure())
        # The workers see the same means, but a difference in the last bit must not make them decide differently.
        if self.workers.largest(int(cause is not None)):
            raise TrainingDiverged(cause or "another worker found that it diverged")
        self.tick.values |= {"rollbacks": len(self.state.events), "rate_factor": self.state.rate_factor}

    def _vanished(self, share: float) -> str | None:
        if math.isnan(share):
            return None
        self.tick.values["diversity"] = share
        floor = self.limits.diversity_floor
        # An untrained generator has little to begin with.
        self.state.diverse |= share > 2 * floor
        if not self.state.diverse or share >= floor:
            return None
        return f"diversity vanished: images with the same labels differ {share:.2%} as much as real ones do"
