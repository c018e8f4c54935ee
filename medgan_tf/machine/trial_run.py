"""The parts of a training, made to be timed: networks, steps and callbacks' work, in a folder of its own."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.training import conditioned_fold, gan_conditions
from medgan_tf.data.private.units import training_units, unit_numbers
from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.private.embedding.features import ImageFeatures
from medgan_tf.gans.private.embedding.training import EmbeddingTraining
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.terms import SECRET_STREAMS
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.gans.schedule import Phase
from medgan_tf.metrics.streams import stream
from medgan_tf.training.callbacks.checkpoint import save_checkpoint
from medgan_tf.training.callbacks.fid_measure import make_fid_stop
from medgan_tf.training.callbacks.interruption import Interruption
from medgan_tf.training.callbacks.samples import SampleGrid
from medgan_tf.training.callbacks.tracking import TrackTicks
from medgan_tf.training.callbacks.watchdog import Watchdog
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.devices.strategy import Workers, make_strategy
from medgan_tf.training.loop import make_callbacks, make_gan
from medgan_tf.training.private.terms import private_terms
from medgan_tf.training.state import RunState
from medgan_tf.training.tracking.tags import TAGS

_DRAWS = 64


def make_trial(experiment: Experiment, dataset: DatasetFolder, folder: Path) -> RunState:
    """The state of a run that has not begun.

    Args:
        experiment: The resolved experiment.
        dataset: The dataset that it trains on.
        folder: Takes the place of the run folder.
    """
    strategy = make_strategy(experiment.training, experiment.private)
    conditions = gan_conditions(experiment, dataset)
    fold = conditioned_fold(dataset, "train", conditions)
    phases = plan_phases(experiment.gan, dataset.resolution, experiment.training)
    gan = make_gan(experiment, dataset, fold.labels, strategy)
    if experiment.private:
        _prepare_private(experiment, gan, fold, dataset, strategy)
    checkpoints = Checkpoints(folder / "checkpoints", 1)
    workers = Workers(strategy)
    return RunState(
        experiment, dataset, fold, phases, RunFolder(folder), strategy, workers, checkpoints, gan, conditions
    )


def _prepare_private(experiment: Experiment, gan: ConditionalGan, fold: FoldArrays, dataset: DatasetFolder, strategy):
    """Makes the GAN a private one. A mean embedding is left at zero: steps towards it take as long as to another."""
    options = experiment.privacy.dp.embedding
    if options is not None:
        features = ImageFeatures.drawn(gan.resolution, options.features, experiment.seed)
        with strategy.scope():
            EmbeddingTraining(gan, features, np.unique(fold.labels, axis=0), experiment.training.batch).prepare()
        return
    units = training_units(experiment.privacy.dp, fold.patients, str(dataset.path))
    terms = private_terms(experiment, len(set(unit_numbers(units).tolist())), len(fold.images))
    with strategy.scope():
        gan.prepare_private(terms.step, Patients.of(fold.images, fold.labels, units))


def enter(run: RunState, phase: Phase) -> tf.data.Dataset:
    """Puts the GAN at the beginning of a phase, and returns the batches that the loop would train on there.

    Those of a private training are seeds of its draws. Here they are not secret, and nothing of the trial is kept.
    """
    run.gan.images_seen.assign(phase.start)
    run.gan.enter_phase(phase, begins=True)
    if run.experiment.private:
        draws = stream(run.experiment.seed, "private draws of a trial")
        seeds = draws.integers(0, 2**63, (_DRAWS, 1, len(SECRET_STREAMS), 2))
        return tf.data.Dataset.from_tensor_slices(seeds.repeat(run.strategy.num_replicas_in_sync, axis=1)).repeat()
    return training_batches(
        run.fold.images,
        run.fold.labels,
        batch=phase.images_per_step,
        seed=run.experiment.seed,
        start=phase.start,
        replicas=run.strategy.num_replicas_in_sync,
        group=run.experiment.gan.mbstd_group_size * phase.n_critic,
    )


def on_devices(run: RunState, batches: tf.data.Dataset) -> Iterator:
    """The batches as the run's devices get them."""
    return iter(run.strategy.experimental_distribute_dataset(batches))


@dataclass
class PeriodicWork:
    """The work of a training beside its steps, each kind as a call that can be timed.

    Attributes:
        checkpoint: Saves the whole state.
        grid: Writes one picture of samples.
        tick: Measures diversity and writes the scalars, where the settings ask for these.
    """

    checkpoint: Callable[[], Any]
    grid: Callable[[], Any]
    tick: Callable[[], Any]


def periodic_work(run: RunState) -> PeriodicWork:
    """The work of the run's own callbacks. Fails as the training would where an extractor of FID is missing."""
    callbacks = {type(one): one for one in make_callbacks(run, make_fid_stop(run), Interruption())}
    grid, watchdog, scalars = (callbacks.get(kind) for kind in (SampleGrid, Watchdog, TrackTicks))

    def tick() -> None:
        if watchdog.diversity is not None:
            watchdog.diversity.measure()
        if scalars is not None:
            scalars.on_epoch_end(0)

    if scalars is not None:
        run.tick.values = {"images_seen": 0, **dict.fromkeys(TAGS, 1.0)}
    return PeriodicWork(lambda: save_checkpoint(run), lambda: grid.write(0), tick)


def timed(call: Callable[[], Any], times: int = 2) -> float:
    """Seconds of the last of a few calls; the first one may trace."""
    for _ in range(times):
        begun = time.perf_counter()
        call()
        seconds = time.perf_counter() - begun
    return seconds
