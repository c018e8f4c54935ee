"""The training loop: from a prepared dataset to an exported generator.

`train` is the whole run. Its sections, and the functions below it, come in the order in which things happen.
"""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.training import conditioned_fold, gan_conditions
from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.files.event_file import EventFile
from medgan_tf.gans.draws import LabelTable
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.gans.schedule import Phase
from medgan_tf.registry import GANS
from medgan_tf.training import record
from medgan_tf.training.callbacks.budget import PrivacyBudget
from medgan_tf.training.callbacks.checkpoint import SaveCheckpoint
from medgan_tf.training.callbacks.fid import FidStop
from medgan_tf.training.callbacks.fid_measure import make_fid_stop
from medgan_tf.training.callbacks.interruption import Interruption, LeaveWhenAsked
from medgan_tf.training.callbacks.profile import Profile
from medgan_tf.training.callbacks.samples import SampleGrid, noisy_rows, sample_rows
from medgan_tf.training.callbacks.status import StatusLine
from medgan_tf.training.callbacks.tick import TickMetrics
from medgan_tf.training.callbacks.tracking import TrackTicks
from medgan_tf.training.callbacks.watchdog import Diversity, TrainingDiverged, Watchdog
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.devices.precision import working_precision
from medgan_tf.training.devices.strategy import Workers, check_batch, make_strategy
from medgan_tf.training.export import export_generator, generator_card
from medgan_tf.training.failures import check_dataset, explained_failures
from medgan_tf.training.multi_step import MultiStepFunction
from medgan_tf.training.private.embedding import begun_mechanism
from medgan_tf.training.private.opening import opened_training
from medgan_tf.training.private.refusals import check_private_training, diversity_is_measured
from medgan_tf.training.private.session import label_table
from medgan_tf.training.resume import begin, roll_back
from medgan_tf.training.state import RunState, TrainingResult
from medgan_tf.training.tracking.follow import followed, make_tracker
from medgan_tf.training.tracking.parameters import run_parameters

log = logging.getLogger(__name__)


def train(experiment: Experiment, dataset: DatasetFolder, *, resume: bool = True) -> TrainingResult:
    """Trains the experiment's GAN on the train fold, or goes on from its last checkpoint, and exports the generator.

    Progress goes to the logger `medgan_tf`, one line per tick, and to the run folder. Of several workers each calls
    this function, and the first one writes.

    Args:
        experiment: The experiment; values left open become the paper's.
        dataset: The prepared dataset.
        resume: Go on if there is a checkpoint to go on from; False removes the run's earlier files first.

    Raises:
        ConfigError: Batch and replicas do not fit, or a device is missing.
        DataError: The dataset does not fit the experiment.
        RunError: The run diverged, cannot be resumed with these settings, the disk is full, or another worker is gone.
        Interrupted: SIGTERM or SIGINT came; the state was saved.
    """
    # --- Data, devices and phases.
    check_private_training(experiment)
    folder, strategy = run_folder(experiment), make_strategy(experiment.training, experiment.private)
    phases = checked_phases(experiment, dataset, strategy)
    check_dataset(experiment, dataset)
    conditions, workers = gan_conditions(experiment, dataset), Workers(strategy)
    fold = conditioned_fold(dataset, "train", conditions)
    checkpoints = Checkpoints(folder.checkpoints, experiment.training.keep_checkpoints)
    opened = record.opened_folder(experiment, dataset.manifest, folder, workers, resume, conditions)
    secret = opened_training(experiment, dataset, fold, conditions, resume)
    with explained_failures(experiment, folder, workers), opened, secret as kept:
        # --- Networks and optimizers.
        gan = make_gan(experiment, dataset, label_table(kept) if kept else fold.labels, strategy)
        private = begun_mechanism(experiment, kept, gan, fold, strategy) if kept else None
        run = RunState(
            experiment, dataset, fold, phases, folder, strategy, workers, checkpoints, gan, conditions, private
        )
        # --- Resume.
        restored = checkpoints.restore_latest(gan)
        workers.check_equal(restored.images_seen if restored else -1, "the images they have seen")
        # --- Callbacks.
        fid, interruption = make_fid_stop(run), Interruption()
        callbacks = make_callbacks(run, fid, interruption)
        restored = begin(run, restored)
        # --- Train phase by phase and tick by tick. If that diverges, go back to the last good state, or give up.
        with interruption, followed(run.tracker):
            while True:
                try:
                    train_phases(run, callbacks)
                    break
                except TrainingDiverged as cause:
                    roll_back(run, cause)
        # --- Export.
        if workers.chief:
            export(run, fid)
        workers.part()
        return TrainingResult(folder, run.images_seen, restored.images_seen if restored else None, run.tick.values)


# --- Data, devices and phases -----------------------------------------------------------------------------------------


def checked_phases(experiment: Experiment, dataset: DatasetFolder, strategy: tf.distribute.Strategy) -> list[Phase]:
    """The phases of a run, in order. Raises `ConfigError` when a phase's batch does not fit the replicas."""
    training, group = experiment.training, experiment.gan.mbstd_group_size
    phases = plan_phases(experiment.gan, dataset.resolution, training)
    for phase in phases:
        check_batch(phase.batch, group, strategy.num_replicas_in_sync, training.accumulation)
    return phases


# --- Networks and optimizers ------------------------------------------------------------------------------------------


def make_gan(
    experiment: Experiment, dataset: DatasetFolder, labels: np.ndarray | LabelTable, strategy: tf.distribute.Strategy
) -> ConditionalGan:
    """The GAN of an experiment, ready for `fit`, with weights drawn from the experiment's seed.

    Args:
        experiment: The experiment.
        dataset: The dataset, for its resolution.
        labels: float32 [N, L], the label vectors of the train fold, or a table; the generator's batches draw from them.
        strategy: The strategy in whose scope the variables are made.
    """
    with strategy.scope():
        keras.utils.set_random_seed(experiment.seed)
        gan = GANS.get(experiment.gan.architecture)(
            experiment.gan,
            resolution=dataset.resolution,
            label_count=(labels.combinations if isinstance(labels, LabelTable) else labels).shape[1],
            precision=working_precision(experiment.training.precision),
        )
        gan.prepare_training(experiment.training, experiment.seed, labels)
    return gan


# --- Callbacks --------------------------------------------------------------------------------------------------------


def make_callbacks(run: RunState, fid: FidStop | None, interruption: Interruption) -> list[keras.callbacks.Callback]:
    """The callbacks of a training, in the order in which they work at the end of a tick.

    Workers other than the chief measure and decide, but write nothing.
    """
    training, folder, chief = run.experiment.training, run.folder, run.workers.chief
    gan, tick, tick_images = run.gan, run.tick, training.images_per_tick
    metrics, limits = TickMetrics(gan, tick, run.total), training.watchdog
    diversity = Diversity(gan, run.fold) if chief and diversity_is_measured(run.experiment) else None
    parts = {"tick": metrics, "watchdog": run.watchdog, "fid": fid, "privacy": run.private}
    run.checkpointed = {name: part for name, part in parts.items() if part is not None}
    callbacks = [metrics, *([PrivacyBudget(gan, tick, run.private, run.total)] if run.private else [])]
    callbacks += [Watchdog(gan, tick, limits, run.watchdog, diversity, run.workers), *([fid] if fid else [])]
    if chief:
        target = run.private.terms.target_epsilon if run.private else None
        callbacks.append(StatusLine(tick, run.total, folder.metrics, target))
    # Before the pictures: what cannot be made again comes first.
    callbacks.append(SaveCheckpoint(run, training.checkpoint_ticks * tick_images))
    if chief:
        events = EventFile(folder.tensorboard) if training.tensorboard else None
        size = training.sample_rows, training.sample_columns
        counts = run.private.counts if run.private else None
        rows = noisy_rows(counts, *size) if counts else sample_rows(run.dataset, run.fold, *size, run.conditions)
        callbacks.append(SampleGrid(gan, tick, folder, training.sample_ticks * tick_images, rows, events))
        run.tracker = make_tracker(run.experiment, folder, events)
        callbacks.append(TrackTicks(tick, run.tracker, run_parameters(run.experiment), fid))
        if training.profile_steps is not None:
            callbacks.append(Profile(folder.tensorboard, training.profile_steps))
    return [*callbacks, LeaveWhenAsked(interruption, run)]


# --- Train phase by phase and tick by tick ----------------------------------------------------------------------------


def train_phases(run: RunState, callbacks: list[keras.callbacks.Callback]) -> None:
    """Trains the rest of all phases. An epoch of `fit` is a tick.

    Raises:
        TrainingDiverged: The watchdog saw it at the end of a tick.
    """
    gan, training = run.gan, run.experiment.training
    several_steps = MultiStepFunction(gan, training.steps_per_call)
    for phase in run.phases:
        images_seen = run.images_seen
        if run.finished or (images_seen >= phase.end and phase is not run.phases[-1]):
            continue
        gan.learning_rate_factor = run.watchdog.rate_factor
        gan.enter_phase(phase, begins=images_seen == phase.start)
        if len(run.phases) > 1 and images_seen < phase.end:
            what = "fades in" if phase.fading else "stabilises"
            log.info(f"{phase.resolution}x{phase.resolution} {what} until {phase.end:,} images, batch {phase.batch}")
        end = min(phase.end, run.private.last_images) if run.private else phase.end
        for steps, ticks in remaining_ticks(images_seen, replace(phase, end=end), training.images_per_tick):
            several_steps.prepare(steps)
            batches = make_batches(run, phase, steps)
            with run.private.own_failures() if run.private else contextlib.nullcontext():
                gan.fit(batches, epochs=ticks, steps_per_epoch=steps, callbacks=callbacks, shuffle=False, verbose=0)
            if run.finished:
                break


def make_batches(run: RunState, phase: Phase, steps: int) -> tf.data.Dataset:
    """What the next steps take: training images with labels, or in a private run the seeds of their draws.

    Args:
        run: The run.
        phase: The phase that it is in.
        steps: Steps of a tick.
    """
    replicas = run.strategy.num_replicas_in_sync
    if run.private:
        return run.private.seed_batches(run.private.step_of(run.images_seen), steps, replicas)
    return training_batches(
        run.fold.images,
        run.fold.labels,
        batch=phase.images_per_step,
        seed=run.experiment.seed,
        start=run.images_seen,
        replicas=replicas,
        group=run.experiment.gan.mbstd_group_size * phase.n_critic,
    )


def remaining_ticks(images_seen: int, phase: Phase, images_per_tick: int) -> Iterator[tuple[int, int]]:
    """The ticks that are left of a phase, as pairs of (steps per tick, number of ticks).

    First comes the rest of a tick that was begun, then all whole ticks, then a shorter one at the end of the phase. A
    whole tick is `images_per_tick` rounded to whole steps.
    """
    per_step = phase.images_per_step
    per_tick = max(1, round(images_per_tick / per_step))
    step, total = (images_seen - phase.start) // per_step, (phase.end - phase.start) // per_step
    while step < total:
        steps = min(per_tick - step % per_tick, total - step)
        ticks = max(1, (total - step) // per_tick) if steps == per_tick else 1
        yield steps, ticks
        step += steps * ticks


# --- Export -----------------------------------------------------------------------------------------------------------


def export(run: RunState, fid: FidStop | None) -> None:
    """Exports the averaged generator, or the best one by FID where FID may stop the run.

    A run that had nothing left to do keeps its generator.
    """
    generator, images_seen = run.folder.generator, run.images_seen
    if not run.tick.values and generator.exists():
        log.info(f"nothing to do: {images_seen:,} images are done and the generator is in {generator}")
        return
    best = fid.take_best() if fid else None
    if run.private:
        run.private.write_guarantee()
    told = (run.private.counts, run.private.guarantee()) if run.private else (None, None)
    card = generator_card(run.experiment, run.dataset, best.images_seen if best else images_seen, *told)
    export_generator(run.gan, generator, card)
    which = f", the best by FID, at {best.images_seen:,} images" if best else ""
    log.info(f"generator saved in {generator}{which}")
