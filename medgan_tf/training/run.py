"""One training run from outside: which devices and phases, who may write, and how it ends when it cannot go on."""

import contextlib
import shutil

import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.training import record
from medgan_tf.training.checkpoints import Checkpoints, first_line
from medgan_tf.training.devices.strategy import Workers, check_batch, make_strategy
from medgan_tf.training.session import Session, TrainingResult


def run_folder(experiment: Experiment) -> RunFolder:
    """Where the run of an experiment lies."""
    return RunFolder.of(experiment.training.output, experiment.name, experiment.gan.architecture, experiment.seed)


def train(experiment: Experiment, dataset: DatasetFolder, *, resume: bool = True) -> TrainingResult:
    """Trains the experiment's GAN on the train fold, or goes on from its last checkpoint, and exports the generator.

    Progress goes to the logger `medgan_tf`, one line per tick, and to the run folder. Of several workers each calls
    this function, and the first one writes.

    Args:
        experiment: The experiment.
        dataset: The prepared dataset.
        resume: Go on if there is something to go on from; False removes the run's earlier files first.

    Raises:
        ConfigError: Batch and replicas do not fit, or a device is missing.
        DataError: The dataset does not fit the experiment.
        RunError: The run diverged, cannot be resumed with these settings, the disk is full, or another worker is gone.
        Interrupted: SIGTERM or SIGINT came; the state was saved.
    """
    folder, training = run_folder(experiment), experiment.training
    strategy = make_strategy(training)
    phases = plan_phases(experiment.gan, dataset.resolution, training)
    for phase in phases:
        group = experiment.gan.mbstd_group_size
        check_batch(phase.batch, group, strategy.num_replicas_in_sync, training.accumulation)
    fold = _training_fold(experiment, dataset)
    workers = Workers(strategy)
    checkpoints = Checkpoints(folder.checkpoints, training.keep_checkpoints)
    session = Session(experiment, dataset, fold, phases, folder, strategy, workers, checkpoints)
    with record.locked(folder) if workers.chief else contextlib.nullcontext():
        try:
            if workers.chief:
                if not resume:
                    _remove_earlier(folder)
                if checkpoints.list():
                    record.check_same_experiment(folder, experiment)
                record.write_description(folder, experiment)
            # The others look into the folder only after that.
            workers.wait()
            with record.logging_to(folder.log) if workers.chief else contextlib.nullcontext():
                return session.train()
        except OSError as error:
            reason = f"{error.filename or folder.path}: {error.strerror or error}"
            raise RunError(f"cannot write {reason}; the last checkpoint is kept, the same command resumes") from error
        except tf.errors.OpError as error:
            raise explained(error, folder, experiment, workers) from error


def explained(error: tf.errors.OpError, folder: RunFolder, experiment: Experiment, workers: Workers) -> Exception:
    """What a TensorFlow error means to the user, or the error itself when that is not known."""
    message = str(error)
    if isinstance(error, tf.errors.ResourceExhaustedError):
        if "No space left" in message:
            return RunError(f"cannot write {folder.path}: No space left on device; the last checkpoint is kept")
        return RunError(
            f"the device ran out of memory with training.batch={experiment.training.batch}; lower it, raise "
            "training.accumulation, lower gan.max_channels, or use training.precision=mixed_bfloat16"
        )
    if workers.count > 1:
        return RunError(
            f"worker {workers.number} of {workers.count} lost the others ({first_line(error)}); the last checkpoint is "
            "kept. Start all workers again to resume"
        )
    return error


def _training_fold(experiment: Experiment, dataset: DatasetFolder) -> FoldArrays:
    if dataset.resolution != experiment.data.resolution:
        raise DataError(
            f"{dataset.path} holds {dataset.resolution}x{dataset.resolution} images. "
            f"Received: data.resolution={experiment.data.resolution}; prepare another dataset_dir"
        )
    if not dataset.label_names:
        raise DataError(
            f"{dataset.path} has no labels, and a conditional GAN needs at least one; prepare it with a label column, "
            "if need be one that is 1 for every image"
        )
    fold = dataset.read_fold("train")
    if not len(fold.images):
        raise DataError(f"{dataset.path} has no training images")
    return fold


def _remove_earlier(folder: RunFolder) -> None:
    for path in (folder.checkpoints, folder.samples, folder.tensorboard, folder.generator, folder.best):
        shutil.rmtree(path, ignore_errors=True)
    for path in (folder.metrics, folder.log, folder.events):
        path.unlink(missing_ok=True)
