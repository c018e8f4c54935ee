"""FID of the averaged generator while it trains: fixed real images, fixed noise, the real images' labels."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from medgan_tf.config.run_folders import real_folder
from medgan_tf.data.images import to_uint8
from medgan_tf.features.extractor import Extractor
from medgan_tf.features.load import configured_extractor
from medgan_tf.features.real_moments import MomentsCache, feature_moments, fold_sha256
from medgan_tf.gans.draws import draw_seed, normal
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.metrics.frechet import frechet_distance
from medgan_tf.metrics.moments import Moments
from medgan_tf.metrics.streams import chosen_rows
from medgan_tf.presentation.durations import duration
from medgan_tf.training.callbacks.fid import FidStop, paper_maximum, paper_minimum
from medgan_tf.training.sampling import make_sampler
from medgan_tf.training.state import RunState

log = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES = 5.0
_BATCHES_AT_ONCE = 16
_SAME_FOR_ALL_RUNS = 0


def compared_rows(count: int, wanted: int) -> np.ndarray:
    """Rows of a fold that are compared. They are the same for every run and seed, so their statistics are kept once."""
    return chosen_rows(count, wanted, np.random.default_rng(_SAME_FOR_ALL_RUNS))


class FidMeasure:
    """A call computes the FID of the averaged generator as it is at that time.

    Args:
        gan: The GAN in training.
        extractor: Computes the features of images.
        real: Moments of the real images' features.
        labels: Labels of the real images, float32 [N, L]; one image is generated for each.
        seed: Seed of the noise. The noise is the same in every call.
        batch: Images that are generated at a time.
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
        self.sample = make_sampler(gan, gan.ema_generator)

    def __call__(self) -> float:
        self.gan.refresh_average()
        generated, waiting = Moments.empty(self.extractor.description.feature_size), []
        progress, total = TimedLines("FID: generated"), len(self.labels)
        for start in range(0, total, self.batch):
            rows = slice(start, start + self.batch)
            images = to_uint8(self.sample(self.z[rows], self.labels[rows]))
            waiting.append(self.extractor.features(images, self.batch))
            # Large products are quicker than many small ones.
            if len(waiting) == _BATCHES_AT_ONCE or start + self.batch >= total:
                generated, waiting = generated.add(np.concatenate(waiting)), []
            progress(min(start + self.batch, total), total)
        return frechet_distance(self.real, generated)


class TimedLines:
    """Logs every few seconds how much of a long job inside the training is done.

    Args:
        what: The words that a line begins with.
        clock: Returns a time in seconds that never falls; tests replace it.
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


def make_fid_stop(run: RunState) -> FidStop | None:
    """The callback of a run, or None when FID is not computed while training.

    Loads the extractor and computes the statistics of the real images, so that a missing file is reported before
    training begins.

    Raises:
        ConfigError, DataError: The extractor cannot be had.
    """
    settings, resolution = run.experiment.evaluation.fid, run.dataset.resolution
    if settings.during_training == "never":
        return None
    minimum = settings.minimum_images
    if minimum is None:
        minimum = paper_minimum(resolution)
    measure = _measure(run) if run.workers.chief else None
    if settings.during_training == "stop" and minimum + settings.patience * settings.every_images > run.total:
        log.warning(
            f"FID cannot stop this run: it counts from {minimum:,} images on, and the run ends at {run.total:,}. The "
            f"paper's upper limit at this resolution is {paper_maximum(resolution):,} (training.total_images)"
        )
    first = max(minimum, run.phases[-1].start)
    return FidStop(run.gan, run.tick, settings, first, measure, run.folder.best, run.workers)


def _measure(run: RunState) -> FidMeasure:
    settings, fold = run.experiment.evaluation.fid, run.fold
    extractor = configured_extractor(settings, real_folder(run.experiment).classifier / "model")
    rows = compared_rows(len(fold.images), settings.images)
    size = extractor.description.feature_size
    if len(rows) <= size:
        log.warning(
            f"FID of {len(rows):,} images with {size:,} features is far above its true value, as there are not more "
            "images than features; compare it with itself only"
        )
    real = _real_moments(run, rows, extractor)
    return FidMeasure(run.gan, extractor, real, fold.labels[rows], run.experiment.seed, settings.batch)


def _real_moments(run: RunState, rows: np.ndarray, extractor: Extractor) -> Moments:
    cache = MomentsCache(Path(run.experiment.training.output) / ".real_statistics")

    def compute() -> Moments:
        log.info(f"FID: statistics of {len(rows):,} real images, once for this dataset")
        batch = run.experiment.evaluation.fid.batch
        return feature_moments(extractor, run.fold.images[rows], batch, TimedLines("FID: real"))

    return cache.get(fold_sha256(run.dataset.manifest, "train"), rows, extractor, compute)
