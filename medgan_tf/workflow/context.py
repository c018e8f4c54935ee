"""The settings and helpers that the stages of one seed share."""

from dataclasses import dataclass

from medgan_tf.classification.conditions import REAL, SYNTHETIC, Condition, baseline_conditions
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.utility.trainers import Trainers
from medgan_tf.presentation.progress import Progress


@dataclass
class Context(ExperimentRun):
    """The settings and helpers that the stages of one seed share.

    Attributes:
        resume: Go on with interrupted stages; False lets stages that are out of date start again from the beginning.
        baselines: Whether baselines and mixtures are trained too.
        trainers: Classifier networks shared over seeds.
        progress: Shows the progress of the stages that report any.
    """

    resume: bool
    baselines: bool
    trainers: Trainers
    progress: Progress

    @property
    def conditions(self) -> list[Condition]:
        """The training sets of the classifiers."""
        external = self.experiment.external is not None
        extra = baseline_conditions(self.experiment.classifier, external) if self.baselines else []
        return [REAL, SYNTHETIC, *extra]
