"""Further evidence as stages of `medgan-tf run`: nearest real images, the privacy audit, importance maps.

All are done for those who ask, and all are optional: nothing else needs them.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from medgan_tf.classification.conditions import content_sha256, synthetic_dataset
from medgan_tf.config.renamed import as_today
from medgan_tf.config.section import Section, deciding
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.importance import job as occlusion_job
from medgan_tf.evidence.importance.measure import ALL_LABELS, checked_labels
from medgan_tf.evidence.neighbours import measure as neighbours
from medgan_tf.evidence.neighbours.job import experiment_neighbours
from medgan_tf.evidence.privacy import audit as privacy
from medgan_tf.evidence.privacy.job import audit_experiment
from medgan_tf.evidence.privacy.verdicts import FAIL, NOT_RUN
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.files.hashing import files_sha256, sha256_of
from medgan_tf.files.result_files import read_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.heartbeat import Heartbeat
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stage import Stage


def neighbours_stage(context: Context) -> Stage:
    """Nearest real images of the synthetic ones."""
    settings = context.experiment.evaluation.neighbours

    def work() -> None:
        with Heartbeat(context.progress) as progress:
            experiment_neighbours(context.experiment, settings, context.folder.evaluation, progress)

    return _feature_stage(context, "neighbours", settings, neighbours.RESULT, work)


def privacy_stage(context: Context) -> Stage:
    """The privacy audit. A broken limit is a result; the stage fails only when there is no audit."""
    settings = context.experiment.evaluation.privacy

    def work() -> None:
        with Heartbeat(context.progress) as progress:
            audit_experiment(context.experiment, settings, context.folder.evaluation, progress)

    return _feature_stage(context, "privacy", settings, privacy.RESULT, work, context.folder.checkpoints)


def occlusion_stage(context: Context) -> Stage:
    """Importance maps of the classifiers, with the real-trained one of another seed where there is one."""
    experiment, folder = context.experiment, context.folder
    settings = occlusion_job.occlusion_settings(experiment)

    def inputs() -> dict[str, Any]:
        classifiers = occlusion_job.classifier_folders(experiment)
        return {
            "occlusion": deciding(settings),
            "dataset": content_sha256(context.dataset.manifest),
            **{title: files_sha256(path / "model") for title, path in classifiers.items()},
        }

    def work() -> None:
        result = occlusion_job.occlude_experiment(experiment, context.progress)
        occlusion_job.save_occlusion(folder.evaluation, result)

    def reads(coming: Collection[Path]) -> list[Path]:
        return [context.dataset.path, *occlusion_job.classifier_folders(experiment, coming).values()]

    def check() -> None:
        checked_labels(settings.labels, context.dataset.label_names)

    return Stage(
        "occlusion",
        folder.stages,
        inputs,
        lambda: _is_result_of(folder.evaluation / occlusion_job.RESULT, settings),
        work,
        required=False,
        reads=reads,
        check=check,
        settings={"occlusion": type(settings)},
    )


def _feature_stage(
    context: Context,
    name: str,
    settings: FeatureSettings,
    result: str,
    work: Callable[[], None],
    checkpoints: Path | None = None,
) -> Stage:
    """A stage that compares real and synthetic images in an extractor's features, and may ask a checkpoint."""
    folder, real = context.folder, context.real.classifier

    def inputs() -> dict[str, Any]:
        found = {
            name: deciding(settings),
            "dataset": content_sha256(context.dataset.manifest),
            "synthetic": content_sha256(synthetic_dataset(folder).manifest),
            "extractor": _extractor_sha256(settings, real / "model"),
        }
        if checkpoints is not None:
            newest = Checkpoints(checkpoints, keep=1).list()[-1:]
            found["checkpoint"] = files_sha256(newest[0]) if newest else ""
        return found

    shared = [context.dataset.path, folder.synthetic, *([checkpoints] if checkpoints else [])]
    if settings.extractor == "classifier" and not settings.weights:
        shared.append(real)
    return Stage(
        name,
        folder.stages,
        inputs,
        lambda: _is_result_of(folder.evaluation / result, settings),
        work,
        required=False,
        reads=lambda coming: shared,
        settings={name: type(settings)},
    )


def _extractor_sha256(settings: FeatureSettings, classifier: Path) -> str:
    """SHA-256 of the extractor's files; "" where the installation decides them."""
    own = classifier if settings.extractor == "classifier" else Path(settings.extractor)
    path = Path(settings.weights) if settings.weights else own
    return sha256_of(path) if path.is_file() else files_sha256(path)


def _is_result_of(path: Path, settings: Section) -> bool:
    """Whether a result file was made with these settings: a command with an option of its own writes to its place."""
    if not path.is_file():
        return False
    written = read_json(path).get("settings")
    if not isinstance(written, dict):
        return False
    return as_today(written, type(settings)) == deciding(settings)


EVIDENCE_STAGES: dict[str, Callable[[Context], Stage]] = {
    "neighbours": neighbours_stage,
    "privacy": privacy_stage,
    "occlusion": occlusion_stage,
}
"""By the name that `medgan-tf run --with` takes, in the order in which they are done."""


def chosen_evidence(names: Sequence[str]) -> list[Callable[[Context], Stage]]:
    """The stages of these names, in the order of `EVIDENCE_STAGES`. Raises `ConfigError` for an unknown one."""
    unknown = [name for name in names if name not in EVIDENCE_STAGES]
    if unknown:
        raise ConfigError(f"no evidence {unknown[0]!r}; expected some of {', '.join(EVIDENCE_STAGES)}")
    return [make for name, make in EVIDENCE_STAGES.items() if name in names]


def evidence_told(name: str, folder: RunFolder) -> str:
    """What the result of a stage says, in one line.

    Raises:
        DataError: The result cannot be read.
    """
    if name == "neighbours":
        return _neighbours_told(read_json(folder.evaluation / neighbours.RESULT))
    if name == "privacy":
        return _privacy_told(read_json(folder.evaluation / privacy.RESULT))
    return _occlusion_told(read_json(folder.evaluation / occlusion_job.RESULT))


def _neighbours_told(result: dict[str, Any]) -> str:
    medians = {name: values["50%"] for name, values in result["nearest_distance"].items()}
    # Among more images there is a nearer one by chance, so as many training as held-out images are compared.
    equal = next((name for name in medians if name.startswith("train_part_of_")), "train")
    told = f"median distance to the nearest training image {medians[equal]:.4g}"
    return f"{told}, held-out image {medians['held_out']:.4g}" if "held_out" in medians else told


def _privacy_told(result: dict[str, Any]) -> str:
    def named(status: str) -> str:
        return ", ".join(verdict["name"] for verdict in result["verdicts"] if verdict["status"] == status)

    broken, unanswered = named(FAIL), named(NOT_RUN)
    told = f"limits broken: {broken}" if broken else "no limit broken"
    return f"{told}; not answered: {unanswered}" if unanswered else told


def _occlusion_told(result: dict[str, Any]) -> str:
    found = {
        title: labels[ALL_LABELS]["rank_correlation"]["value"]
        for title, labels in result["agreement_with_real"].items()
    }
    told = [f"{title} {'undefined' if value is None else f'{value:.3f}'}" for title, value in found.items()]
    return f"rank correlation with the real-trained maps: {'; '.join(told) or 'nothing to compare'}"
