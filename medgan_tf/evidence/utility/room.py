"""The gap between classifiers trained on real and on synthetic images, as evidence over all seeds."""

from collections.abc import Sequence
from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.question import SeedsEvidence, SeedsResult
from medgan_tf.evidence.utility.settings import KEY
from medgan_tf.files.run_folders import gap_folder
from medgan_tf.registry import EVIDENCE


@EVIDENCE.register(KEY)
class Gap(SeedsEvidence):
    """How much worse is a classifier that has seen synthetic images only?"""

    key = KEY
    title = "Utility"

    def folder(self, experiment: Experiment) -> Path:
        """The folder that all seeds of an experiment and GAN share."""
        return gap_folder(experiment.training.output, experiment.name, experiment.generator_name)

    def make(self, experiment: Experiment, seeds: Sequence[int]) -> SeedsResult:
        """Measures the gap from the predictions that the classifiers wrote."""
        from medgan_tf.evidence.utility.job import gap_over_seeds
        from medgan_tf.evidence.utility.table import gap_table

        found = gap_over_seeds(experiment, list(seeds))
        return SeedsResult(found.gap, gap_table(found.gap), found.files)
