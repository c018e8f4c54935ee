"""The datasets of patients who were set apart for the privacy audit, and the experiment of the reference generator."""

from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.data.folds.canaries import CANARIES, REFERENCE
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError, DataError


def set_folder(experiment: Experiment, suffix: str) -> Path:
    """The folder of one of an experiment's datasets, by what its name ends in; "" is the experiment's own."""
    path = Path(experiment.dataset_dir)
    return path.with_name(path.name + suffix)


def canaries_dataset(experiment: Experiment) -> DatasetFolder:
    """Patients with a coin: fold `train` was trained on, fold `valid` was not.

    Raises:
        ConfigError: The experiment has no canaries.
        DataError: Their dataset is not there.
    """
    return _dataset(experiment, CANARIES)


def reference_dataset(experiment: Experiment) -> DatasetFolder:
    """The dataset of the reference generator. Raises as `canaries_dataset`."""
    return _dataset(experiment, REFERENCE)


def reference_experiment(experiment: Experiment) -> Experiment:
    """The experiment of the reference generator: the same GAN, training and seed, on patients who were set apart.

    It has a run folder of its own. Its dataset is made by `prepare` of the experiment itself.
    """
    data = experiment.data.model_copy(update={"dataset_dir": str(set_folder(experiment, REFERENCE))})
    return experiment.model_copy(update={"name": experiment.name + REFERENCE, "data": data})


def _dataset(experiment: Experiment, suffix: str) -> DatasetFolder:
    if not experiment.data.canaries:
        raise ConfigError("no patients were set apart: data.canaries is 0")
    path = set_folder(experiment, suffix)
    if not path.is_dir():
        raise DataError(f"{path} is missing; `medgan-tf prepare` makes it together with {experiment.dataset_dir}")
    return DatasetFolder(path)
