"""FID of the averaged generator while it trains: fixed real images, fixed noise, the real images' labels."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.features.extractor import Extractor
from medgan_tf.features.load import configured_extractor
from medgan_tf.features.real_moments import MomentsCache, feature_moments, fold_sha256
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.base import ConditionalGan
from medgan_tf.gans.draws import draw_seed, normal
from medgan_tf.metrics.frechet import frechet_distance
from medgan_tf.metrics.moments import Moments
from medgan_tf.metrics.streams import chosen_rows
from medgan_tf.presentation.durations import duration
from medgan_tf.training.callbacks.fid_stop import FidStop, paper_maximum, paper_minimum
from medgan_tf.training.callbacks.periodic import Tick
from medgan_tf.training.callbacks.sample_grid import to_uint8

if TYPE_CHECKING:
    from medgan_tf.training.session import Session

log = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES = 5.0
_BATCHES_AT_ONCE = 16
_SAME_FOR_ALL_RUNS = 0


def compared_rows(count: int, wanted: int) -> np.ndarray:
    """Which images of a fold are compared: the same for every run and seed, so that their statistics are kept once."""
    return chosen_rows(count, wanted, np.random.default_rng(_SAME_FOR_ALL_RUNS))


class FidMeasure:
    """Called, gives the FID of the averaged generator as it is now.

    Args:
        gan: The GAN in training.
        extractor: Makes the features.
        real: Moments of the real images' features.
        labels: Their labels, float32 [N, L]; one image is generated for each.
        seed: Of the noise, which is the same in every call.
        batch: Images at a time.
    """

    def __init__(
        self, gan: ConditionalGan, extractor: Extractor, real: Moments, labels: np.ndarray, seed: int, batch: int
    ):
        self.gan = gan
        self.extractor = extractor
        self.real = real
        self.labels = labels
        self.batch = batch
        self.z = normal(draw_seed(seed, "latents of FID", 0), [len(labels), gan.config.latent_size]).numpy()
        # Traced anew for each structure of a growing generator.
        self.sample = tf.function(
            lambda z, labels, structure: gan.ema_generator([z, labels], training=False),
            autograph=False,
            reduce_retracing=True,
        )

    def __call__(self) -> float:
        self.gan.refresh_average()
        generated, waiting = Moments.empty(self.extractor.card.feature_size), []
        progress, total = TimedLines("FID: generated"), len(self.labels)
        for start in range(0, total, self.batch):
            rows = slice(start, start + self.batch)
            images = to_uint8(self.sample(self.z[rows], self.labels[rows], self.gan.structure).numpy())
            waiting.append(self.extractor.features(images, self.batch))
            # Large products are quicker than many small ones.
            if len(waiting) == _BATCHES_AT_ONCE or start + self.batch >= total:
                generated, waiting = generated.add(np.concatenate(waiting)), []
            progress(min(start + self.batch, total), total)
        return frechet_distance(self.real, generated)


class TimedLines:
    """A log line every few seconds on how far a long job inside the training is.

    Args:
        what: Its beginning.
        clock: Seconds, rising; exchangeable for tests.
    """

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic):
        self.what = what
        self.clock = clock
        self.started = self.shown = clock()

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` images are finished."""
        now = self.clock()
        if now - self.shown >= _SECONDS_BETWEEN_LINES:
            self.shown = now
            left = duration((now - self.started) * (total - done) / done)
            log.info(f"{self.what} {done:,} of {total:,} images, {left} left")


def make_fid_stop(session: Session, gan: ConditionalGan, tick: Tick) -> FidStop | None:
    """The callback of a run, or None when FID is not computed while training.

    Loads the extractor and computes the real statistics, so that what is missing is said before training begins.

    Raises:
        ConfigError, DataError: The extractor cannot be had.
    """
    experiment, workers = session.experiment, session.workers
    settings = experiment.evaluation.fid
    if settings.during_training == "never":
        return None
    minimum = settings.minimum_images
    if minimum is None:
        minimum = paper_minimum(session.dataset.resolution)
    measure = _measure(session, gan) if workers.chief else None
    end = session.phases[-1].end
    if settings.during_training == "stop" and minimum + settings.patience * settings.every_images > end:
        log.warning(
            f"FID cannot stop this run: it counts from {minimum:,} images on, and the run ends at {end:,}. The paper's "
            f"upper limit at this resolution is {paper_maximum(session.dataset.resolution):,} (training.total_images)"
        )
    first = max(minimum, session.phases[-1].start)
    return FidStop(gan, tick, settings, first, measure, session.folder.best, workers)


def _measure(session: Session, gan: ConditionalGan) -> FidMeasure:
    experiment, fold = session.experiment, session.fold
    settings, training = experiment.evaluation.fid, experiment.training
    classifier = RunFolder.of_real(training.output, experiment.name, experiment.seed).classifier / "model"
    extractor = configured_extractor(settings, classifier)
    rows = compared_rows(len(fold.images), settings.images)
    size = extractor.card.feature_size
    if len(rows) <= size:
        log.warning(
            f"FID of {len(rows):,} images with {size:,} features is far above its true value, as there are not more "
            "images than features; compare it with itself only"
        )
    real = _real_moments(fold, rows, extractor, settings.batch, session)
    return FidMeasure(gan, extractor, real, fold.labels[rows], experiment.seed, settings.batch)


def _real_moments(fold: FoldArrays, rows: np.ndarray, extractor: Extractor, batch: int, session: Session) -> Moments:
    cache = MomentsCache(Path(session.experiment.training.output) / ".real_statistics")

    def compute() -> Moments:
        log.info(f"FID: statistics of {len(rows):,} real images, once for this dataset")
        return feature_moments(extractor, fold.images[rows], batch, TimedLines("FID: real"))

    return cache.get(fold_sha256(session.dataset.manifest, "train"), rows, extractor, compute)
