"""Reasons why a training cannot start or ends early, in the user's words."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.checkpoints import first_line
from medgan_tf.training.devices.strategy import Workers


def check_dataset(experiment: Experiment, dataset: DatasetFolder) -> None:
    """Raises `DataError` when the dataset does not fit the experiment, or a GAN cannot be trained on it."""
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
    if not dataset.manifest.images["train"]:
        raise DataError(f"{dataset.path} has no training images; prepare it with a train fold")


@contextlib.contextmanager
def explained_failures(experiment: Experiment, folder: RunFolder, workers: Workers) -> Iterator[None]:
    """Turns errors of the disk and of TensorFlow in the block into `RunError`, where it is known what to do."""
    try:
        yield
    except OSError as error:
        reason = f"{error.filename or folder.path}: {error.strerror or error}"
        raise RunError(f"cannot write {reason}; the last checkpoint is kept, the same command resumes") from error
    except tf.errors.OpError as error:
        raise explained(error, folder, experiment, workers) from error


def explained(error: tf.errors.OpError, folder: RunFolder, experiment: Experiment, workers: Workers) -> Exception:
    """The meaning of a TensorFlow error for the user, or the error itself when that is not known."""
    message = str(error)
    if isinstance(error, tf.errors.ResourceExhaustedError):
        if "No space left" in message:
            return RunError(f"cannot write {folder.path}: No space left on device; the last checkpoint is kept")
        return RunError(
            f"the device ran out of memory with training.batch={experiment.training.batch}; lower it, raise "
            "training.accumulation, lower gan.max_channels, or use training.precision=mixed_bfloat16"
        )
    limit = experiment.training.communication.timeout_seconds
    if isinstance(error, tf.errors.DeadlineExceededError) and limit and workers.count > 1:
        return RunError(
            f"worker {workers.number} of {workers.count} heard nothing from another one for {limit:g} s "
            "(training.communication.timeout_seconds); the last checkpoint is kept. Start all workers again to resume"
        )
    if workers.count > 1:
        return RunError(
            f"worker {workers.number} of {workers.count} lost the others ({_reason(error)}); the last checkpoint is "
            "kept. Start all workers again to resume"
        )
    return error


def _reason(error: tf.errors.OpError) -> str:
    """What became of the other workers: an error in a graph begins with where it happened."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line for line in lines if line.startswith("Collective ops is aborted by")), first_line(error))
