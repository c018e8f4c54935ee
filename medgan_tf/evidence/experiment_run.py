"""One seed of an experiment, as the rooms of evidence are given it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgan_tf.config.run_folders import real_folder, run_folder, trained_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.files.run_folders import RunFolder

if TYPE_CHECKING:
    # Reading shards needs TensorFlow. Rooms are listed without it.
    from medgan_tf.data.records.reader import DatasetFolder


@dataclass
class ExperimentRun:
    """One seed of an experiment with its GAN.

    Attributes:
        experiment: The experiment; its seed is the run's.
        dataset: The prepared dataset.
    """

    experiment: Experiment
    dataset: "DatasetFolder"

    @property
    def folder(self) -> RunFolder:
        """The GAN's run."""
        return run_folder(self.experiment)

    @property
    def trained(self) -> RunFolder:
        """The run whose generator made the images, which is another one with `generate.generator_seed`."""
        return trained_folder(self.experiment)

    @property
    def real(self) -> RunFolder:
        """The folder of what is computed from the real images for this seed; all GANs of the experiment share it."""
        return real_folder(self.experiment)
