"""One training run: data, networks, resume, ticks, export."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.pipeline import training_batches
from medgan_tf.data.reader import DatasetFolder, FoldArrays
from medgan_tf.errors import DataError, RunError
from medgan_tf.gans.base import ConditionalGan
from medgan_tf.gans.build import build_gan
from medgan_tf.gans.schedule import Phase
from medgan_tf.registry import GANS
from medgan_tf.runs import RunFolder
from medgan_tf.training import callbacks as periodic
from medgan_tf.training import record
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.export import export_generator
from medgan_tf.training.strategy import check_batch, make_strategy

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    """What a run did.

    Attributes:
        folder: The run folder.
        images_seen: Real images shown in all.
        resumed_from: Images seen at the checkpoint it went on from, or None.
        values: The last tick's metrics; empty if there was nothing left to do.
    """

    folder: RunFolder
    images_seen: int
    resumed_from: int | None
    values: dict[str, float]


def run_folder(experiment: Experiment) -> RunFolder:
    """Where the run of an experiment lies."""
    return RunFolder.of(experiment.training.output, experiment.name, experiment.gan.architecture, experiment.seed)


def train(experiment: Experiment, dataset: DatasetFolder, *, resume: bool = True) -> TrainingResult:
    """Trains the experiment's GAN on the train fold, or goes on from its last checkpoint, and exports the generator.

    Progress goes to the logger `medgan_tf`, one line per tick, and to the run folder.

    Args:
        experiment: The resolved experiment.
        dataset: The prepared dataset.
        resume: Go on if there is something to go on from; False removes the run's earlier files first.

    Raises:
        ConfigError: Batch and replicas do not fit, or a device is missing.
        DataError: The dataset does not fit the experiment.
        RunError: The run diverged, cannot be resumed with these settings, or the disk is full.
    """
    folder = run_folder(experiment)
    strategy = make_strategy(experiment.training)
    architecture = GANS.get(experiment.gan.architecture)
    phases = architecture.plan_phases(experiment.gan, dataset.resolution, experiment.training)
    for phase in phases:
        check_batch(phase.batch, experiment.gan.deviation_group, strategy.num_replicas_in_sync)
    fold = _training_fold(experiment, dataset)
    with record.locked(folder):
        if not resume:
            _remove_earlier(folder)
        checkpoints = Checkpoints(folder.checkpoints, experiment.training.keep_checkpoints)
        if checkpoints.list():
            record.check_same_experiment(folder, experiment)
        try:
            record.write_description(folder, experiment)
            with record.logging_to(folder.log):
                return _train(experiment, dataset, fold, phases, folder, strategy, checkpoints)
        except OSError as error:
            reason = f"{error.filename or folder.path}: {error.strerror or error}"
            raise RunError(f"cannot write {reason}; the last checkpoint is kept, the same command resumes") from error
        except tf.errors.ResourceExhaustedError as error:
            raise RunError(_exhausted(folder, experiment, str(error))) from error


def _exhausted(folder: RunFolder, experiment: Experiment, message: str) -> str:
    if "No space left" in message:
        return f"cannot write {folder.path}: No space left on device; the last checkpoint is kept"
    return (
        f"the device ran out of memory with training.batch={experiment.training.batch}; lower it, or gan.max_channels, "
        "or use training.precision=mixed_bfloat16"
    )


def _train(experiment, dataset, fold, phases, folder, strategy, checkpoints) -> TrainingResult:
    training, replicas = experiment.training, strategy.num_replicas_in_sync
    # --- networks ---
    gan = make_gan(experiment, dataset, fold.labels, strategy)
    # --- resume ---
    restored = checkpoints.restore_latest(gan)
    resumed_from = restored.images_seen if restored else None
    # A run may also have been killed before its first checkpoint.
    record.drop_metrics_after(folder.metrics, resumed_from or 0)
    if resumed_from is not None:
        log.info(f"resuming at {resumed_from:,} images")
    side, images = dataset.resolution, len(fold.images)
    log.info(
        f"training {experiment.gan.architecture} at {side}x{side} on {images:,} images with {len(dataset.label_names)} "
        f"labels, {replicas} replica{'s' if replicas > 1 else ''}, {training.precision}"
    )
    # --- phases and their ticks ---
    tick = periodic.Tick(training.images_per_tick)
    called = _callbacks(experiment, dataset, fold, folder, gan, tick, checkpoints, phases[-1].end)
    for phase in phases:
        images_seen = int(gan.images_seen.numpy())
        if images_seen >= phase.end and phase is not phases[-1]:
            continue
        gan.enter_phase(phase, begins=images_seen == phase.start)
        if len(phases) > 1 and images_seen < phase.end:
            log.info(_announcement(phase))
        for steps, ticks in tick_plan(images_seen, phase, training.images_per_tick):
            batches = training_batches(
                fold.images,
                fold.labels,
                batch=phase.batch,
                seed=experiment.seed,
                start=int(gan.images_seen.numpy()),
                replicas=replicas,
                group=experiment.gan.deviation_group,
            )
            gan.fit(batches, epochs=ticks, steps_per_epoch=steps, callbacks=called, shuffle=False, verbose=0)
    # --- export ---
    images_seen = int(gan.images_seen.numpy())
    if tick.values or not folder.generator.exists():
        export_generator(gan, folder.generator, generator_card(experiment, dataset, images_seen))
        log.info(f"generator saved in {folder.generator}")
    else:
        log.info(f"nothing to do: {images_seen:,} images are done and the generator is in {folder.generator}")
    return TrainingResult(folder, images_seen, resumed_from, tick.values)


def make_gan(experiment: Experiment, dataset: DatasetFolder, labels: np.ndarray, strategy) -> ConditionalGan:
    """The GAN of an experiment, ready for `fit`, with weights drawn from the experiment's seed."""
    options = experiment.gan.model_dump(exclude={"architecture"})
    with strategy.scope():
        keras.utils.set_random_seed(experiment.seed)
        gan = build_gan(
            experiment.gan.architecture,
            resolution=dataset.resolution,
            label_count=len(dataset.label_names),
            precision=experiment.training.precision,
            **options,
        )
        gan.prepare_training(experiment.training, experiment.seed, labels)
    return gan


def tick_plan(images_seen: int, phase: Phase, images_per_tick: int) -> Iterator[tuple[int, int]]:
    """What is left of a phase as (steps per tick, ticks): the rest of a tick that was begun, whole ticks, a shorter
    one."""
    per_tick = periodic.steps_per_tick(images_per_tick, phase.batch)
    step, total = (images_seen - phase.start) // phase.batch, (phase.end - phase.start) // phase.batch
    while step < total:
        steps = min(per_tick - step % per_tick, total - step)
        ticks = max(1, (total - step) // per_tick) if steps == per_tick else 1
        yield steps, ticks
        step += steps * ticks


def _announcement(phase: Phase) -> str:
    what = "fades in" if phase.fading else "stabilises"
    return f"{phase.resolution}x{phase.resolution} {what} until {phase.end:,} images, batch {phase.batch}"


def generator_card(experiment: Experiment, dataset: DatasetFolder, images_seen: int) -> dict:
    """What an exported generator says about itself. Counts only, nothing about a patient."""
    return {
        "format_version": 1,
        "experiment": experiment.name,
        "architecture": experiment.gan.architecture,
        "seed": experiment.seed,
        "images_seen": images_seen,
        "resolution": dataset.resolution,
        "latent_size": experiment.gan.latent_size,
        "label_names": list(dataset.label_names),
        "combinations": [
            {"labels": list(combination.labels), "vector": list(combination.vector), "train": combination.train}
            for combination in dataset.manifest.combinations
        ],
        "dataset": dataset.manifest.build_hash,
    }


def _training_fold(experiment: Experiment, dataset: DatasetFolder) -> FoldArrays:
    if dataset.resolution != experiment.data.resolution:
        raise DataError(
            f"{dataset.path} holds {dataset.resolution}x{dataset.resolution} images. "
            f"Received: data.resolution={experiment.data.resolution}; prepare another dataset_dir"
        )
    fold = dataset.read_fold("train")
    if not len(fold.images):
        raise DataError(f"{dataset.path} has no training images")
    return fold


def _remove_earlier(folder: RunFolder) -> None:
    for path in (folder.checkpoints, folder.samples, folder.tensorboard, folder.generator):
        shutil.rmtree(path, ignore_errors=True)
    for path in (folder.metrics, folder.log):
        path.unlink(missing_ok=True)


def _callbacks(experiment, dataset, fold, folder, gan, tick, checkpoints, total) -> list:
    training = experiment.training
    writer = tf.summary.create_file_writer(str(folder.tensorboard)) if training.tensorboard else None
    rows = sample_rows(dataset, fold, training.sample_rows, training.sample_columns)
    called = [
        periodic.TickMetrics(gan, tick, total),
        periodic.StatusLine(tick, total, folder.metrics),
        # Before the pictures: what cannot be made again comes first.
        periodic.SaveCheckpoint(gan, tick, checkpoints, training.checkpoint_ticks),
        periodic.SampleGrid(gan, tick, folder, training.sample_ticks, rows, writer),
    ]
    return [*called, periodic.TensorBoardScalars(tick, writer)] if writer else called


def sample_rows(
    dataset: DatasetFolder, fold: FoldArrays, rows: int, columns: int
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The most frequent label combinations with real images of each, repeated where there are fewer than `columns`.

    Returns:
        Row names, real images uint8 [rows * columns, R, R, 1], labels float32 [rows * columns, L].
    """
    names, positions = [], []
    frequent = sorted(dataset.manifest.combinations, key=lambda combination: -combination.train)
    for combination in frequent[:rows]:
        found = np.flatnonzero((fold.labels == np.asarray(combination.vector, np.float32)).all(axis=1))
        if len(found):
            names.append("|".join(combination.labels) or "(none)")
            positions.append(np.resize(found, columns))
    chosen = np.concatenate(positions)
    return names, fold.images[chosen], fold.labels[chosen]
