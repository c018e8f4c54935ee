"""The training loop: from a prepared dataset to an exported generator.

`train` is the whole run. Its sections, and the functions below it, come in the order in which things happen.
"""

import logging
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.training import conditioned_fold, gan_conditions
from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import RunError
from medgan_tf.files.event_file import EventFile
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.gans.schedule import Phase
from medgan_tf.registry import GANS
from medgan_tf.training import record
from medgan_tf.training.callbacks.checkpoint import SaveCheckpoint, save_checkpoint
from medgan_tf.training.callbacks.fid import FidStop
from medgan_tf.training.callbacks.fid_measure import make_fid_stop
from medgan_tf.training.callbacks.interruption import Interruption, LeaveWhenAsked
from medgan_tf.training.callbacks.profile import Profile
from medgan_tf.training.callbacks.samples import SampleGrid, sample_rows
from medgan_tf.training.callbacks.status import StatusLine
from medgan_tf.training.callbacks.tensorboard import TensorBoardScalars
from medgan_tf.training.callbacks.tick import TickMetrics
from medgan_tf.training.callbacks.watchdog import Diversity, TrainingDiverged, Watchdog
from medgan_tf.training.checkpoints import Checkpoints, Restored
from medgan_tf.training.devices.precision import warn_if_slow, working_precision
from medgan_tf.training.devices.strategy import Workers, check_batch, make_strategy
from medgan_tf.training.export import export_generator, generator_card
from medgan_tf.training.failures import check_dataset, explained_failures
from medgan_tf.training.multi_step import MultiStepFunction
from medgan_tf.training.private.public_start import begin_from_public
from medgan_tf.training.state import RunState, TrainingResult

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
    folder, strategy = run_folder(experiment), make_strategy(experiment.training)
    phases = checked_phases(experiment, dataset, strategy)
    check_dataset(experiment, dataset)
    conditions, workers = gan_conditions(experiment, dataset), Workers(strategy)
    fold = conditioned_fold(dataset, "train", conditions)
    checkpoints = Checkpoints(folder.checkpoints, experiment.training.keep_checkpoints)
    opened = record.opened_folder(experiment, dataset.manifest, folder, workers, resume, conditions)
    with explained_failures(experiment, folder, workers), opened:
        # --- Networks and optimizers.
        gan = make_gan(experiment, dataset, fold.labels, strategy)
        run = RunState(experiment, dataset, fold, phases, folder, strategy, workers, checkpoints, gan, conditions)
        # --- Resume.
        restored = checkpoints.restore_latest(gan)
        workers.check_equal(restored.images_seen if restored else -1, "the images they have seen")
        # --- Callbacks.
        fid, interruption = make_fid_stop(run), Interruption()
        callbacks = make_callbacks(run, fid, interruption)
        restored = begin(run, restored)
        # --- Train phase by phase and tick by tick. If that diverges, go back to the last good state, or give up.
        with interruption:
            while True:
                try:
                    train_phases(run, callbacks)
                    break
                except TrainingDiverged as cause:
                    roll_back(run, cause)
        # --- Export.
        if workers.chief:
            export(run, fid)
        workers.wait()
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
    experiment: Experiment, dataset: DatasetFolder, labels: np.ndarray, strategy: tf.distribute.Strategy
) -> ConditionalGan:
    """The GAN of an experiment, ready for `fit`, with weights drawn from the experiment's seed.

    Args:
        experiment: The experiment.
        dataset: The dataset, for its resolution.
        labels: float32 [N, L], the label vectors of the train fold; the generator's batches draw from them.
        strategy: The strategy in whose scope the variables are made.
    """
    with strategy.scope():
        keras.utils.set_random_seed(experiment.seed)
        gan = GANS.get(experiment.gan.architecture)(
            experiment.gan,
            resolution=dataset.resolution,
            label_count=labels.shape[1],
            precision=working_precision(experiment.training.precision),
        )
        gan.prepare_training(experiment.training, experiment.seed, labels)
    return gan


# --- Resume -----------------------------------------------------------------------------------------------------------


def begin(run: RunState, restored: Restored | None) -> Restored | None:
    """Restores the callbacks' own state, brings the files of the run to that point, and logs what will be trained.

    Returns the checkpoint that the run goes on from: an earlier one, if the state of a callback is damaged.
    """
    training = run.experiment.training
    if restored is not None:
        restored = run.restore(restored)
        log.info(f"resuming at {restored.images_seen:,} images")
    from_public = restored is None and begin_from_public(run)
    if run.workers.chief:
        # A run may also have been killed before its first checkpoint.
        record.drop_metrics_after(run.folder.metrics, restored.images_seen if restored else 0)
        record.write_events(run.folder, run.watchdog.events)
        # A training that began from another one no longer needs that one.
        if from_public or (restored is None and training.watchdog.policy == "rollback"):
            save_checkpoint(run)
    run.workers.wait()
    side, replicas = run.dataset.resolution, run.strategy.num_replicas_in_sync
    log.info(
        f"training {run.experiment.gan.architecture} at {side}x{side} on {len(run.fold.images):,} images with "
        f"{len(run.dataset.label_names)} labels{run.conditions.words}, "
        f"{replicas} replica{'s' if replicas > 1 else ''}, {run.gan.precision}"
    )
    warn_if_slow(run.gan.precision)
    return restored


# --- Callbacks --------------------------------------------------------------------------------------------------------


def make_callbacks(run: RunState, fid: FidStop | None, interruption: Interruption) -> list[keras.callbacks.Callback]:
    """The callbacks of a training, in the order in which they work at the end of a tick.

    Workers other than the chief measure and decide, but write nothing.
    """
    training, folder, chief = run.experiment.training, run.folder, run.workers.chief
    gan, tick, tick_images = run.gan, run.tick, training.images_per_tick
    metrics, limits = TickMetrics(gan, tick, run.total), training.watchdog
    diversity = Diversity(gan, run.fold) if chief and limits.diversity_floor is not None else None
    run.checkpointed = {"tick": metrics, "watchdog": run.watchdog, **({"fid": fid} if fid else {})}
    callbacks = [metrics, Watchdog(gan, tick, limits, run.watchdog, diversity, run.workers), *([fid] if fid else [])]
    if chief:
        callbacks.append(StatusLine(tick, run.total, folder.metrics))
    # Before the pictures: what cannot be made again comes first.
    callbacks.append(SaveCheckpoint(run, training.checkpoint_ticks * tick_images))
    if chief:
        events = EventFile(folder.tensorboard) if training.tensorboard else None
        rows = sample_rows(run.dataset, run.fold, training.sample_rows, training.sample_columns, run.conditions)
        callbacks.append(SampleGrid(gan, tick, folder, training.sample_ticks * tick_images, rows, events))
        if events is not None:
            callbacks.append(TensorBoardScalars(tick, events))
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
        for steps, ticks in remaining_ticks(images_seen, phase, training.images_per_tick):
            batches = training_batches(
                run.fold.images,
                run.fold.labels,
                batch=phase.images_per_step,
                seed=run.experiment.seed,
                start=run.images_seen,
                replicas=run.strategy.num_replicas_in_sync,
                group=run.experiment.gan.mbstd_group_size * phase.n_critic,
            )
            several_steps.prepare(steps)
            gan.fit(batches, epochs=ticks, steps_per_epoch=steps, callbacks=callbacks, shuffle=False, verbose=0)
            if run.finished:
                break


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


# --- Rollback by the watchdog -----------------------------------------------------------------------------------------


def roll_back(run: RunState, cause: TrainingDiverged) -> None:
    """Returns the run to its last good checkpoint with halved learning rates, or ends it. Records which of the two.

    Raises:
        RunError: The policy is `stop`, or the rollbacks are used up.
    """
    limits, tick, watchdog = run.experiment.training.watchdog, run.tick, run.watchdog
    where = f"{cause} between {tick.before:,} and {tick.after:,} images"
    event = {"images_seen": tick.after, "cause": str(cause)}
    done = len(watchdog.events)
    if limits.policy == "stop" or done >= limits.max_rollbacks:
        tried = f" after {done} rollback{'s' * (done > 1)}" if done else ""
        if run.workers.chief:
            record.write_events(run.folder, [*watchdog.events, {**event, "action": f"stopped{tried}"}])
        raise RunError(
            f"training diverged: {where}{tried}; the last checkpoint is kept. Lower the learning rates "
            "(training.generator_learning_rate, training.discriminator_learning_rate) and run again with --restart"
            + ("" if limits.policy == "rollback" else ", or set training.watchdog.policy=rollback")
        )
    factor, events, diverse = watchdog.rate_factor / 2, watchdog.events, watchdog.diverse
    restored = run.restore(run.checkpoints.restore_latest(run.gan))
    action = f"back to {restored.images_seen:,} images, learning rates times {factor:g}"
    # What the watchdog has learnt since then is not taken back.
    watchdog.events, watchdog.rate_factor, watchdog.diverse = [*events, {**event, "action": action}], factor, diverse
    if run.workers.chief:
        # At once, so that a kill before the next checkpoint does not forget it.
        run.checkpoints.replace_extra(restored.path, run.extra())
        record.write_events(run.folder, watchdog.events)
        record.drop_metrics_after(run.folder.metrics, restored.images_seen)
    run.workers.wait()
    log.warning(f"training diverged: {where}; {action} (rollback {done + 1} of {limits.max_rollbacks})")


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
    card = generator_card(run.experiment, run.dataset, best.images_seen if best else images_seen)
    export_generator(run.gan, generator, card)
    which = f", the best by FID, at {best.images_seen:,} images" if best else ""
    log.info(f"generator saved in {generator}{which}")
