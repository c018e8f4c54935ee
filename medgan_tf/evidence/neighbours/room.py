"""The nearest real images of synthetic ones, as evidence for those who ask."""

from typing import Any

from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.neighbours.settings import KEY
from medgan_tf.evidence.question import RunEvidence
from medgan_tf.presentation.progress import Progress
from medgan_tf.registry import EVIDENCE


@EVIDENCE.register(KEY)
class NearestNeighbours(RunEvidence):
    """Which real images are nearest to the synthetic ones, and are images of other patients as near?"""

    key = KEY
    title = "Nearest real images"
    result = "neighbours.json"
    command = (KEY,)

    def make(self, run: ExperimentRun, progress: Progress) -> None:
        """Looks up synthetic images among training and held-out ones."""
        from medgan_tf.evidence.neighbours.job import run_neighbours

        run_neighbours(run.experiment, self.settings(run), run.folder.evaluation, progress=progress)

    def summarise(self, result: dict[str, Any]) -> str:
        """The median distances to training and to held-out images."""
        from medgan_tf.evidence.neighbours.table import summarise_neighbours

        return summarise_neighbours(result)
