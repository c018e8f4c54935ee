"""What the stages of one seed share."""

from dataclasses import dataclass

from medgan_tf.classification.conditions import REAL, SYNTHETIC, Condition, baseline_conditions
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.utility.classify import Trainers
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress


@dataclass
class Context:
    """What the stages of one seed share.

    Attributes:
        experiment: With the seed set.
        dataset: The prepared dataset.
        resume: Go on with what is there; False lets stages that are out of date begin anew.
        baselines: Whether baselines and mixtures are trained too.
        trainers: Classifier networks shared over seeds.
        progress: Told about stages that take one.
    """

    experiment: Experiment
    dataset: DatasetFolder
    resume: bool
    baselines: bool
    trainers: Trainers
    progress: Progress

    @property
    def folder(self) -> RunFolder:
        """The GAN's run."""
        return run_folder(self.experiment)

    @property
    def real(self) -> RunFolder:
        """What the real images give for this seed."""
        return REAL.folder(self.experiment)

    @property
    def conditions(self) -> list[Condition]:
        """What classifiers are trained on."""
        return [REAL, SYNTHETIC, *(baseline_conditions(self.experiment.classifier) if self.baselines else [])]
