"""`medgan-tf run`: every stage of an experiment for any number of seeds, doing only what is out of date.

To add a stage, add a function here that returns it and name it in `SEED_STAGES`. Stages are independent of each other
but for the folders they read; an interrupted one goes on where it was when the same command is given again.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from medgan_tf.classification.weights import weights_file
from medgan_tf.config.schema import Experiment
from medgan_tf.data.prepare import prepared_dataset
from medgan_tf.data.progress import Progress, Silent
from medgan_tf.data.reader import DatasetFolder
from medgan_tf.errors import MedganError, RunError
from medgan_tf.evaluation.classify import Trainers, check_devices, classify, is_finished
from medgan_tf.evaluation.comparison import run_comparison
from medgan_tf.evaluation.conditions import (
    REAL,
    SYNTHETIC,
    Condition,
    baseline_conditions,
    condition_key,
    content_sha256,
    synthetic_dataset,
)
from medgan_tf.evaluation.fid import evaluate, save_results
from medgan_tf.evaluation.gap_job import GapResult, gap_over_seeds
from medgan_tf.evaluation.heartbeat import Heartbeat
from medgan_tf.evaluation.stage import Stage, files_sha256, run_stage
from medgan_tf.gans.paper_settings import resolve_experiment
from medgan_tf.runs import RunFolder
from medgan_tf.synthesis.generate import generate_dataset, real_labels
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training.run import run_folder, train

log = logging.getLogger(__name__)

# These decide where and how fast a GAN is trained, not what comes out.
_NOT_TRAINING = {"output", "strategy", "devices", "tensorboard", "sample_ticks", "checkpoint_ticks", "keep_checkpoints"}


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
    def conditions(self) -> list[Condition]:
        """What classifiers are trained on."""
        return [REAL, SYNTHETIC, *(baseline_conditions(self.experiment.classifier) if self.baselines else [])]


@dataclass
class WorkflowResult:
    """What `run_workflow` did.

    Attributes:
        gap: The gap over all seeds.
        done: Stages that had something to do, "<stage> seed <seed>".
        failed: Optional stages that failed, with the reason.
    """

    gap: GapResult
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def train_stage(context: Context) -> Stage:
    """The GAN and its exported generator."""
    resolved = resolve_experiment(context.experiment)
    inputs = {
        "gan": resolved.gan.model_dump(mode="json"),
        "training": resolved.training.model_dump(mode="json", exclude=_NOT_TRAINING),
        "seed": resolved.seed,
        "dataset": content_sha256(context.dataset.manifest),
    }
    if resolved.evaluation.fid.during_training == "stop":
        inputs["fid"] = resolved.evaluation.fid.model_dump(mode="json")
    return Stage(
        "train",
        context.folder.stages,
        lambda: inputs,
        lambda: (context.folder.generator / "saved_model.pb").is_file(),
        lambda: train(context.experiment, context.dataset, resume=context.resume),
    )


def generate_stage(context: Context) -> Stage:
    """The synthetic dataset."""
    experiment, folder = context.experiment, context.folder
    seed = experiment.seed if experiment.generate.seed is None else experiment.generate.seed

    def work() -> None:
        generate_dataset(
            load_generator(folder.generator),
            real_labels(context.dataset, experiment.generate.folds),
            folder.synthetic,
            experiment.generate,
            seed=seed,
            name=experiment.name,
            run=folder.path.name,
            replace=True,
            progress=context.progress,
        )

    def inputs() -> dict[str, Any]:
        return {
            "generate": experiment.generate.model_dump(mode="json", exclude={"batch", "seed"}),
            "seed": seed,
            "generator": files_sha256(folder.generator),
            "dataset": content_sha256(context.dataset.manifest),
        }

    return Stage("generate", folder.stages, inputs, lambda: (folder.synthetic / "manifest.json").is_file(), work)


def classify_stage(context: Context) -> Stage:
    """All classifiers; those of the real images are shared with the experiment's other GANs."""

    def inputs() -> dict[str, Any]:
        synthetic = synthetic_dataset(context.folder)
        arguments = (context.experiment, context.dataset, synthetic)
        return {condition.name: condition_key(condition, *arguments) for condition in context.conditions}

    def is_there() -> bool:
        synthetic = synthetic_dataset(context.folder)
        arguments = (context.experiment, context.dataset, synthetic)
        return all(is_finished(condition, *arguments) for condition in context.conditions)

    def work() -> None:
        classify(
            context.experiment,
            context.conditions,
            context.dataset,
            trainers=context.trainers,
        )

    return Stage("classify", context.folder.stages, inputs, is_there, work)


def fid_stage(context: Context) -> Stage:
    """FID and its companions, with the experiment's extractor."""
    experiment, folder = context.experiment, context.folder
    fid = experiment.evaluation.fid
    real = REAL.folder(experiment).classifier / "model"

    def inputs() -> dict[str, Any]:
        return {
            "fid": fid.model_dump(mode="json"),
            "seed": experiment.seed,
            "generator": files_sha256(folder.generator),
            "dataset": content_sha256(context.dataset.manifest),
            "classifier": files_sha256(real) if fid.extractor == "classifier" else "",
        }

    def work() -> None:
        with Heartbeat(context.progress) as progress:
            comparison = run_comparison(experiment, context.dataset, folder.generator, progress)
            results = evaluate(comparison, fid, real, progress=progress)
        save_results(folder.evaluation, results, folder, fid.extractor)

    return Stage("fid", folder.stages, inputs, lambda: any(folder.evaluation.glob("fid-*.json")), work, required=False)


SEED_STAGES: list[Callable[[Context], Stage]] = [train_stage, generate_stage, classify_stage, fid_stage]
"""Stages of each seed, in order. The gap over all seeds comes after them."""


def run_workflow(
    experiment: Experiment,
    seeds: list[int],
    *,
    resume: bool = True,
    baselines: bool = True,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> WorkflowResult:
    """Prepares, trains, generates, classifies, measures FID and the gap; what is up to date is not done again.

    Progress goes to the logger `medgan_tf`.

    Args:
        experiment: The experiment; its own seed does not matter.
        seeds: Seeds of GAN, generated images and classifiers.
        resume: Go on with interrupted stages; False begins those that are out of date anew, e.g. after a change of the
            GAN's settings.
        baselines: Whether to train the baselines and mixtures too.
        progress: Gives, by the name of a stage, what shows its progress, as a context.

    Raises:
        ConfigError, DataError, RunError: What the stages raise. What was finished stays finished.
    """
    check_devices(experiment.training)
    if not all((folder.stages / "classify.json").is_file() for folder in _folders(experiment, seeds)):
        # What is missing should show before hours of work.
        weights_file(experiment.classifier)
    progress = progress or (lambda _: nullcontext(Silent()))
    with progress("prepare") as shown:
        dataset = prepared_dataset(experiment, shown)
    trainers, failed, done = Trainers(), {}, []
    for number, seed in enumerate(seeds):
        seeded = experiment.model_copy(update={"seed": seed})
        for position, make in enumerate(SEED_STAGES, start=1 + number * len(SEED_STAGES)):
            name = make.__name__.removesuffix("_stage")
            log.info(f"stage {position} of {len(seeds) * len(SEED_STAGES)}: {name}, seed {seed}")
            with progress(name) as shown:
                stage = make(Context(seeded, dataset, resume, baselines, trainers, shown))
                try:
                    if run_stage(stage):
                        done.append(f"{name} seed {seed}")
                except MedganError as error:
                    if stage.required:
                        raise
                    failed[f"{name} seed {seed}"] = str(error)
                    log.warning(f"{name}, seed {seed} failed: {error}")
    return WorkflowResult(gap_over_seeds(experiment, seeds), done, failed)


def _folders(experiment: Experiment, seeds: list[int]) -> list[RunFolder]:
    return [run_folder(experiment.model_copy(update={"seed": seed})) for seed in seeds]


def raise_failures(result: WorkflowResult) -> None:
    """Raises `RunError` naming the optional stages that failed, so that a script sees it; the rest is done."""
    if result.failed:
        names = "; ".join(f"{name}: {reason}" for name, reason in result.failed.items())
        raise RunError(f"{len(result.failed)} of the stages failed, everything else is done. {names}")
