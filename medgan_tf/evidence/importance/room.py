"""Importance maps of the classifiers, as evidence for those who ask."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from medgan_tf.config.section import deciding
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.importance.compared import classifier_folders, occlusion_settings
from medgan_tf.evidence.importance.settings import KEY, OcclusionConfig
from medgan_tf.evidence.question import CLASSIFY, EVERY_REAL, RunEvidence
from medgan_tf.files.hashing import files_sha256
from medgan_tf.presentation.progress import Progress
from medgan_tf.registry import EVIDENCE


@EVIDENCE.register(KEY)
class ImportanceMaps(RunEvidence):
    """Do classifiers trained on synthetic images look at the same places as those trained on real ones?"""

    key = KEY
    title = "Importance maps"
    unit = "masks"
    result = "occlusion.json"
    # The maps of another seed's real classifier show how much real-trained ones agree, so all of them come before.
    needs = (CLASSIFY, EVERY_REAL)
    command = (KEY,)

    def settings(self, run: ExperimentRun) -> OcclusionConfig:
        """The section, with the published code's patch where `original_code` asks for it."""
        return occlusion_settings(run.experiment)

    def inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """The options, the real dataset and every classifier that is compared."""
        from medgan_tf.classification.conditions import content_sha256

        classifiers = classifier_folders(run.experiment)
        return {
            KEY: deciding(self.settings(run)),
            "dataset": content_sha256(run.dataset.manifest),
            **{title: files_sha256(path / "model") for title, path in classifiers.items()},
        }

    def reads(self, run: ExperimentRun, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The real dataset and the folders of the classifiers."""
        return [run.dataset.path, *classifier_folders(run.experiment, pending_outputs).values()]

    def check(self, run: ExperimentRun) -> None:
        """Raises `ConfigError` for a label that the dataset lacks."""
        from medgan_tf.evidence.importance.measure import checked_labels

        checked_labels(self.settings(run).labels, run.dataset.label_names)

    def make(self, run: ExperimentRun, progress: Progress) -> None:
        """Maps of all classifiers, and how far they agree with that of the real images."""
        from medgan_tf.evidence.importance import job

        job.save_occlusion(run.folder.evaluation, job.occlude_experiment(run.experiment, progress))

    def summarise(self, result: dict[str, Any]) -> str:
        """The rank correlation of each classifier's maps with the real-trained ones."""
        from medgan_tf.evidence.importance.table import summarise_occlusion

        return summarise_occlusion(result)
