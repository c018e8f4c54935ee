"""What the stages of one seed share."""

from dataclasses import dataclass

from medgan_tf.classification.conditions import REAL, SYNTHETIC, Condition, baseline_conditions
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.utility.classify import Trainers
from medgan_tf.presentation.progress import Progress


@dataclass
class Context(ExperimentRun):
    """What the stages of one seed share.

    Attributes:
        resume: Go on with what is there; False lets stages that are out of date begin anew.
        baselines: Whether baselines and mixtures are trained too.
        trainers: Classifier networks shared over seeds.
        progress: Told about stages that take one.
    """

    resume: bool
    baselines: bool
    trainers: Trainers
    progress: Progress

    @property
    def conditions(self) -> list[Condition]:
        """What classifiers are trained on."""
        return [REAL, SYNTHETIC, *(baseline_conditions(self.experiment.classifier) if self.baselines else [])]
