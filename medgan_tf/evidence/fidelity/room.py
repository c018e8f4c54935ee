"""FID and its companions, as evidence that is a part of every run."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from medgan_tf.config.section import deciding
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.fidelity.settings import KEY
from medgan_tf.evidence.question import RunEvidence, When
from medgan_tf.files.hashing import files_sha256
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress
from medgan_tf.registry import EVIDENCE


@EVIDENCE.register(KEY)
class Fidelity(RunEvidence):
    """How far are the generator's images from real ones? It makes images of its own, so it reads the generator; of a
    generator from elsewhere it takes the images that were imported."""

    key = KEY
    title = "Fidelity"
    when = When.EVERY_RUN
    command = (KEY,)

    def inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """The options, the seed of the images, the generator or the images from elsewhere, the real dataset and, if it
        is used, the classifier."""
        from medgan_tf.classification.conditions import content_sha256, synthetic_dataset
        from medgan_tf.synthesis.load import generator_sha256

        fid = run.experiment.evaluation.fid
        if run.experiment.external is None:
            made = {"generator": generator_sha256(run.trained.generator)}
        else:
            made = {"synthetic": content_sha256(synthetic_dataset(run.folder).manifest)}
        return {
            KEY: deciding(fid),
            "seed": run.experiment.seed,
            **made,
            "dataset": content_sha256(run.dataset.manifest),
            "classifier": files_sha256(run.real.classifier / "model") if fid.extractor == "classifier" else "",
        }

    def earlier_inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """Version 0.1 knew a generator by its files."""
        return {"generator": files_sha256(run.trained.generator)}

    def reads(self, run: ExperimentRun, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The real dataset, the generator or the images from elsewhere, and the real-trained classifier where its
        features are used."""
        asked = [run.real.classifier] if run.experiment.evaluation.fid.extractor == "classifier" else []
        made = run.trained.generator if run.experiment.external is None else run.folder.synthetic
        return [run.dataset.path, made, *asked]

    def outputs_exist(self, run: ExperimentRun) -> bool:
        """Whether there is a result of any extractor."""
        return any(run.folder.evaluation.glob("fid-*.json"))

    def make(self, run: ExperimentRun, progress: Progress) -> None:
        """Compares images of the run's generator with the real ones, in the features of the experiment's extractor."""
        from medgan_tf.evidence.fidelity import job

        job.run_fidelity(run, progress)

    def summary(self, folder: RunFolder) -> str:
        """The FID of each extractor that was used."""
        return "; ".join(self.line_of(path) for path in sorted(folder.evaluation.glob("fid-*.json")))

    def summarise(self, result: dict[str, Any]) -> str:
        """The FID, and that of held-out real images."""
        from medgan_tf.evidence.fidelity.table import summarise_fidelity

        return summarise_fidelity(result)
