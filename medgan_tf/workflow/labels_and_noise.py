"""The labels of a synthetic dataset and, where images are rejected, the noise of those that are left."""

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.synthesis import Rejection
from medgan_tf.evidence.privacy.rejection.reject import without_flagged
from medgan_tf.presentation.progress import Progress
from medgan_tf.synthesis.labels import LabelTable, frequency_labels, label_table
from medgan_tf.synthesis.load import Generator


def labels_and_noise(
    experiment: Experiment, generator: Generator, images: int | None, seed: int, progress: Progress
) -> tuple[LabelTable, Rejection | None]:
    """The labels, with the noise of images that may be released where some are rejected, and what was rejected.

    Args:
        experiment: The experiment.
        generator: The generator.
        images: Number of training images whose labels are drawn by the frequencies on the generator's card; None: the
            labels that the section `generate` asks for, for which the prepared dataset is needed.
        seed: Seed of labels and noise.
        progress: Shows how far the search is.

    Raises:
        DataError: See `frequency_labels`, `label_table` and `without_flagged`.
    """
    if images:
        table = frequency_labels(generator, {"train": images}, seed)
    else:
        table = label_table(DatasetFolder(experiment.dataset_dir), experiment.generate, seed, generator)
    if not experiment.generate.reject:
        return table, None
    return without_flagged(experiment, DatasetFolder(experiment.dataset_dir), generator, table, seed, progress)
