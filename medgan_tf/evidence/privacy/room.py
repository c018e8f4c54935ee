"""The privacy audit, as evidence for those who ask."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.section import deciding, without_added
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.question import RunEvidence
from medgan_tf.evidence.run_guarantee import run_guarantee
from medgan_tf.files.hashing import files_sha256
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress
from medgan_tf.registry import EVIDENCE


@EVIDENCE.register(KEY)
class PrivacyAudit(RunEvidence):
    """What do the synthetic images give away? A broken limit is a result; it fails only when there is no audit."""

    key = KEY
    title = "Privacy audit"
    result = "privacy.json"
    # Too few patients for one question are a result, not a job that failed.
    command = (KEY, "--partial")

    def inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """The inputs of every evidence, and the newest checkpoint, whose discriminator is attacked; "" without one.

        The guarantee of a private training is an input too, since it is held against the audit. With canaries also the
        newest checkpoint of the reference generator. Of a generator from elsewhere there is no checkpoint.
        """
        if run.experiment.external is not None:
            return super().inputs(run)
        found = super().inputs(run) | {"checkpoint": _newest(run.folder)}
        if run.experiment.private:
            filed = run_guarantee(LenientReader(run.folder.path), run.folder)
            found["guarantee"] = filed.guarantee.as_json() if filed and filed.guarantee else None
        if run.experiment.data.canaries:
            from medgan_tf.data.canary_sets import reference_experiment

            found["reference"] = _newest(run_folder(reference_experiment(run.experiment)))
        return found

    def earlier_inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """Version 0.1 recorded limits that lay where no leak lies. Its results are read, as not decided."""
        settings = self.settings(run)
        return {KEY: deciding(settings) | {"thresholds": without_added(settings.thresholds)}}

    def reads(self, run: ExperimentRun, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The folders that every evidence reads, and the checkpoints."""
        dataset, synthetic, *extractor = super().reads(run, pending_outputs)
        return [dataset, synthetic, run.folder.checkpoints, *extractor]

    def make(self, run: ExperimentRun, progress: Progress) -> None:
        """Audits the synthetic dataset and the newest checkpoint."""
        from medgan_tf.evidence.privacy.job import run_audit

        run_audit(run.experiment, self.settings(run), run.folder.evaluation, progress=progress)

    def renew(self, run: ExperimentRun) -> None:
        """Writes the annex again where the statements of `context` are others than those it was written with."""
        from medgan_tf.evidence.privacy.annex.renew import renew_statements

        renew_statements(run.folder.evaluation, self.settings(run))

    def summarise(self, result: dict[str, Any]) -> str:
        """Names of the limits that are broken, and of the questions without an answer."""
        from medgan_tf.evidence.privacy.table import summarise_audit

        return summarise_audit(result)


def _newest(folder: RunFolder) -> str:
    """The hash of the newest checkpoint of a run; "" without one."""
    from medgan_tf.training.checkpoints import Checkpoints

    newest = Checkpoints(folder.checkpoints, keep=1).list()[-1:]
    return files_sha256(newest[0]) if newest else ""
