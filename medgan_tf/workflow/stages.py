"""The stages of `medgan-tf run` for each seed: the GAN, its images, the classifiers, and evidence of any kind."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from medgan_tf.classification.arms.names import Arm
from medgan_tf.classification.conditions import (
    REAL,
    SHUFFLED,
    Condition,
    condition_key,
    content_sha256,
    synthetic_dataset,
)
from medgan_tf.classification.settings import BASELINES, PERMUTATIONS
from medgan_tf.config.schema import DpConfig, Experiment, FidConfig, GanConfig, GenerateConfig, TrainingConfig
from medgan_tf.config.section import Changes, deciding
from medgan_tf.data.conditions.training import gan_conditions
from medgan_tf.evidence.choice import always_made
from medgan_tf.evidence.privacy.rejection.reject import without_flagged
from medgan_tf.evidence.question import RunEvidence
from medgan_tf.evidence.utility.classifier_results import is_finished
from medgan_tf.evidence.utility.classify import classify
from medgan_tf.evidence.utility.trainers import check_classifier
from medgan_tf.files.hashing import files_sha256
from medgan_tf.files.locks import locked
from medgan_tf.presentation.heartbeat import Heartbeat
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import check_guarantee, check_labels, label_table
from medgan_tf.synthesis.load import generator_guarantee, generator_sha256, load_generator
from medgan_tf.training import record
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.loop import train
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.further_sets import check_arms, make_further_sets, sets_to_make
from medgan_tf.workflow.import_stage import ImportSynthetic
from medgan_tf.workflow.stage import Stage


class Train(Stage):
    """The GAN and its exported generator."""

    name = "train"

    settings = {"gan": GanConfig, "training": TrainingConfig, "fid": FidConfig, "dp": DpConfig}

    def seed(self, experiment: Experiment, seed: int) -> int:
        """That of the one GAN that makes the images of all seeds, where the section `generate` names one."""
        own = experiment.generate.generator_seed
        return seed if own is None else own

    def inputs(self, context: Context) -> dict[str, Any]:
        """The sections `gan` and `training`, the seed and the dataset; `fid` too where it ends the training."""
        experiment = context.experiment
        found = {
            "gan": deciding(experiment.gan),
            "training": deciding(experiment.training),
            "seed": experiment.seed,
            "dataset": content_sha256(context.dataset.manifest),
        }
        if experiment.evaluation.fid.during_training == "stop":
            found["fid"] = deciding(experiment.evaluation.fid)
        if experiment.private:
            found["dp"] = deciding(experiment.privacy.dp, Changes.AFTERWARDS)
        if names := gan_conditions(experiment, context.dataset).names:
            # They depend on `generate.minimum_patients` too.
            found["conditions"] = list(names)
        return found

    def outputs_exist(self, context: Context) -> bool:
        """Whether a generator was exported."""
        return (context.folder.generator / "saved_model.pb").is_file()

    def work(self, context: Context) -> None:
        """Trains, starting from the newest checkpoint if there is one."""
        train(context.experiment, context.dataset, resume=context.resume)

    def reads(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The real dataset."""
        return [context.dataset.path]

    def writes(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The generator and the checkpoints."""
        return [context.folder.generator, context.folder.checkpoints]

    def check(self, context: Context) -> None:
        """Raises `RunError` if there are checkpoints of other settings or other images, `DataError` if labels will
        have to be drawn and a combination is too rare for that, and `ConfigError` if a guarantee would not hold."""
        experiment, folder = context.experiment, context.folder
        conditions = gan_conditions(experiment, context.dataset)
        check_labels(experiment, context.dataset, conditions)
        if context.resume and Checkpoints(folder.checkpoints, experiment.training.keep_checkpoints).list():
            record.check_same_experiment(folder, experiment)
            record.check_same_images(folder, context.dataset.manifest)
            record.check_same_conditions(folder, conditions)


class Generate(Stage):
    """The synthetic dataset."""

    name = "generate"
    settings = {"generate": GenerateConfig}

    def inputs(self, context: Context) -> dict[str, Any]:
        """The section `generate`, the seed, the generator, and the dataset whose labels are used."""
        settings = deciding(context.experiment.generate)
        # The seed that holds stands beside.
        del settings["seed"]
        found = {
            "generate": settings,
            "seed": self._seed(context),
            "generator": generator_sha256(context.trained.generator),
            "dataset": content_sha256(context.dataset.manifest),
        }
        if context.experiment.private:
            # Equal weights may have been charged twice, and the images name what was charged.
            found["guarantee"] = generator_guarantee(context.trained.generator)
        if context.experiment.generate.reject:
            found["search"] = deciding(context.experiment.evaluation.privacy)
            found["classifier"] = condition_key(REAL, context.experiment, context.dataset, None)
        return found

    def earlier_inputs(self, context: Context) -> dict[str, Any]:
        """Version 0.1 knew a generator by its files."""
        return {"generator": files_sha256(context.trained.generator)}

    def outputs_exist(self, context: Context) -> bool:
        """Whether there is a whole dataset folder, whose manifest is written last, and the further sets of arms."""
        return (context.folder.synthetic / "manifest.json").is_file() and not self._to_make(context)

    def work(self, context: Context) -> None:
        """Generates the images for the labels that the section `generate` asks for, and further sets of arms."""
        experiment, folder, seed = context.experiment, context.folder, self._seed(context)
        generator, rejection = load_generator(context.trained.generator, trust=True), None
        if context.trained.path != folder.path:
            # A training writes it otherwise; the report knows a run by it.
            with locked(folder.path):
                record.write_description(folder, experiment)
        check_guarantee(experiment, generator)
        table = label_table(context.dataset, experiment.generate, seed, generator)
        if experiment.generate.reject:
            # The search may need the classifier of real images, which comes after this stage otherwise.
            classify(experiment, [REAL], context.dataset, trainers=context.trainers)
            table, rejection = without_flagged(experiment, context.dataset, generator, table, seed, context.progress)
        generate_dataset(
            generator,
            table,
            folder.synthetic,
            experiment.generate,
            seed=seed,
            rejection=rejection,
            name=experiment.name,
            run=folder.path.name,
            replace=True,
            progress=context.progress,
        )
        make_further_sets(experiment, self._to_make(context), context.dataset, generator, seed, context.progress)

    def reads(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The real dataset and the generator."""
        return [context.dataset.path, context.trained.generator]

    def writes(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The synthetic dataset."""
        return [context.folder.synthetic]

    def check(self, context: Context) -> None:
        """Raises `DataError` if labels are to be drawn and a combination of labels is too rare for that, or if rare
        combinations are to be topped up and that adds nothing or too much."""
        experiment, dataset = context.experiment, context.dataset
        check_labels(experiment, dataset, gan_conditions(experiment, dataset))
        check_arms(context.conditions, context.dataset)

    def _to_make(self, context: Context) -> dict[str, Arm]:
        synthetic = synthetic_dataset(context.folder)
        return sets_to_make(context.experiment, context.conditions, context.dataset, synthetic)

    def _seed(self, context: Context) -> int:
        experiment = context.experiment
        return experiment.seed if experiment.generate.seed is None else experiment.generate.seed


class Classify(Stage):
    """All classifiers; those of the real images are shared with the experiment's other GANs."""

    name = "classify"

    def inputs(self, context: Context) -> dict[str, Any]:
        """The hash, for each classifier, of everything that decides its predictions."""
        synthetic = synthetic_dataset(context.folder)
        arguments = (context.experiment, context.dataset, synthetic)
        return {condition.name: condition_key(condition, *arguments) for condition in context.conditions}

    def earlier_inputs(self, context: Context) -> dict[str, Any]:
        """Version 0.1 trained other baselines where the setting says nothing: that is no reason to train again."""
        if not self._is_default(context):
            return {}
        arguments = (context.experiment, context.dataset, synthetic_dataset(context.folder))
        later = {condition.name: None for condition in context.conditions if condition.came_later}
        return {SHUFFLED.name: condition_key(SHUFFLED, *arguments), **later}

    def outputs_exist(self, context: Context) -> bool:
        """Whether every classifier is trained and tested; one that only a later version trains may be missing."""
        return all(
            self._finished(context, condition) or (self._is_default(context) and self._never_begun(context, condition))
            for condition in context.conditions
        )

    def work(self, context: Context) -> None:
        """Trains and tests those that are missing."""
        classify(context.experiment, context.conditions, context.dataset, trainers=context.trainers)

    def reads(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The real and the synthetic dataset."""
        return [context.dataset.path, context.folder.synthetic]

    def writes(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The folders of the classifiers that will be trained."""
        return [
            condition.folder(context.experiment).classifier
            for condition in context.conditions
            if (condition.synthetic and context.folder.synthetic in pending_outputs)
            or not self._finished(context, condition)
        ]

    def check(self, context: Context) -> None:
        """Raises `DataError` if the weights to begin with are not on this machine."""
        if not context.experiment.classifier.download:
            check_classifier(context.experiment.classifier)

    def _is_default(self, context: Context) -> bool:
        """Whether nobody has asked for other baselines than the default."""
        config = context.experiment.classifier
        return (config.baselines, config.permutations) == (BASELINES, PERMUTATIONS)

    def _never_begun(self, context: Context, condition: Condition) -> bool:
        return condition.came_later and not condition.folder(context.experiment).path.exists()

    def _finished(self, context: Context, condition: Condition) -> bool:
        synthetic = synthetic_dataset(context.folder) if condition.synthetic else None
        return is_finished(condition, context.experiment, context.dataset, synthetic)


class EvidenceStage(Stage):
    """Evidence about a run, as a stage that nothing else needs.

    Args:
        evidence: The evidence of a room.
    """

    required = False

    def __init__(self, evidence: RunEvidence):
        self.evidence, self.name, self.unit = evidence, evidence.key, evidence.unit
        self.settings = evidence.recorded_settings

    def inputs(self, context: Context) -> dict[str, Any]:
        """See `RunEvidence.inputs`."""
        return self.evidence.inputs(context)

    def earlier_inputs(self, context: Context) -> dict[str, Any]:
        """See `RunEvidence.earlier_inputs`."""
        return self.evidence.earlier_inputs(context)

    def outputs_exist(self, context: Context) -> bool:
        """See `RunEvidence.outputs_exist`."""
        return self.evidence.outputs_exist(context)

    def work(self, context: Context) -> None:
        """Makes the evidence, with signs of life while a single step takes long."""
        with Heartbeat(context.progress) as progress:
            self.evidence.make(context, progress)

    def reads(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """See `RunEvidence.reads`."""
        return self.evidence.reads(context, pending_outputs)

    def renew(self, context: Context) -> None:
        """See `RunEvidence.renew`."""
        self.evidence.renew(context)

    def check(self, context: Context) -> None:
        """See `RunEvidence.check`."""
        self.evidence.check(context)


def seed_stages() -> list[Stage]:
    """The stages that every seed has, in order."""
    return [Train(), Generate(), Classify(), *map(EvidenceStage, always_made())]


def external_stages() -> list[Stage]:
    """As `seed_stages`, for a generator from elsewhere: its images are brought in, nothing is trained or generated."""
    return [ImportSynthetic(), Classify(), *map(EvidenceStage, always_made())]
