"""What every seed of an experiment needs, as stages of `medgan-tf run`: the GAN, its images, classifiers and FID."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from medgan_tf.classification.conditions import Condition, condition_key, content_sha256, synthetic_dataset
from medgan_tf.classification.weights import weights_file
from medgan_tf.evidence.comparison import run_comparison
from medgan_tf.evidence.fidelity.job import evaluate, save_results
from medgan_tf.evidence.utility.classify import classify, is_finished
from medgan_tf.gans.paper_settings import resolve_experiment
from medgan_tf.presentation.heartbeat import Heartbeat
from medgan_tf.synthesis.generate import generate_dataset, real_labels
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training import record
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.run import train
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stage import Stage, files_sha256

# These decide where and how fast a GAN is trained, not what comes out.
_NOT_TRAINING = {"output", "strategy", "devices", "tensorboard", "sample_ticks", "checkpoint_ticks", "keep_checkpoints"}


def train_stage(context: Context) -> Stage:
    """The GAN and its exported generator."""
    resolved, folder = resolve_experiment(context.experiment), context.folder
    inputs = {
        "gan": resolved.gan.model_dump(mode="json"),
        "training": resolved.training.model_dump(mode="json", exclude=_NOT_TRAINING),
        "seed": resolved.seed,
        "dataset": content_sha256(context.dataset.manifest),
    }
    if resolved.evaluation.fid.during_training == "stop":
        inputs["fid"] = resolved.evaluation.fid.model_dump(mode="json")

    def check() -> None:
        if context.resume and Checkpoints(folder.checkpoints, resolved.training.keep_checkpoints).list():
            record.check_same_experiment(folder, resolved)

    return Stage(
        "train",
        folder.stages,
        lambda: inputs,
        lambda: (folder.generator / "saved_model.pb").is_file(),
        lambda: train(context.experiment, context.dataset, resume=context.resume),
        reads=lambda coming: [context.dataset.path],
        writes=lambda coming: [folder.generator, folder.checkpoints],
        check=check,
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

    return Stage(
        "generate",
        folder.stages,
        inputs,
        lambda: (folder.synthetic / "manifest.json").is_file(),
        work,
        reads=lambda coming: [context.dataset.path, folder.generator],
        writes=lambda coming: [folder.synthetic],
    )


def classify_stage(context: Context) -> Stage:
    """All classifiers; those of the real images are shared with the experiment's other GANs."""

    def inputs() -> dict[str, Any]:
        synthetic = synthetic_dataset(context.folder)
        arguments = (context.experiment, context.dataset, synthetic)
        return {condition.name: condition_key(condition, *arguments) for condition in context.conditions}

    def finished(condition: Condition) -> bool:
        synthetic = synthetic_dataset(context.folder) if condition.synthetic else None
        return is_finished(condition, context.experiment, context.dataset, synthetic)

    def is_there() -> bool:
        return all(finished(condition) for condition in context.conditions)

    def work() -> None:
        classify(
            context.experiment,
            context.conditions,
            context.dataset,
            trainers=context.trainers,
        )

    def writes(coming: Collection[Path]) -> list[Path]:
        return [
            condition.folder(context.experiment).classifier
            for condition in context.conditions
            if (condition.synthetic and context.folder.synthetic in coming) or not finished(condition)
        ]

    def check() -> None:
        if not context.experiment.classifier.download:
            weights_file(context.experiment.classifier)

    reads = [context.dataset.path, context.folder.synthetic]
    return Stage(
        "classify",
        context.folder.stages,
        inputs,
        is_there,
        work,
        reads=lambda coming: reads,
        writes=writes,
        check=check,
    )


def fid_stage(context: Context) -> Stage:
    """FID and its companions, with the experiment's extractor."""
    experiment, folder = context.experiment, context.folder
    fid = experiment.evaluation.fid
    real, shared = context.real.classifier / "model", [context.dataset.path, folder.generator]
    if fid.extractor == "classifier":
        shared.append(context.real.classifier)

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
            results = evaluate(comparison, fid, real, seed=experiment.seed, progress=progress)
        save_results(folder.evaluation, results, folder, fid.extractor)

    return Stage(
        "fid",
        folder.stages,
        inputs,
        lambda: any(folder.evaluation.glob("fid-*.json")),
        work,
        required=False,
        reads=lambda coming: shared,
    )


SEED_STAGES: list[Callable[[Context], Stage]] = [train_stage, generate_stage, classify_stage, fid_stage]
"""Stages of each seed, in order."""
