"""`medgan-tf run`: every stage of an experiment for any number of seeds, doing only what is out of date.

Each seed has the stages of `stages.seed_stages`, or of `external_stages` for a generator from elsewhere. Then come the
measurements over all seeds, and then the evidence that was asked for. Stages are independent of each other but for the
folders they read. Given again after an interruption, the command goes on where it was.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.prepare import existing_dataset, prepared_dataset
from medgan_tf.errors import MedganError, RunError
from medgan_tf.evidence.choice import chosen_evidence, names_of_runs, over_seeds
from medgan_tf.evidence.question import SeedsResult
from medgan_tf.evidence.utility.classify import check_devices
from medgan_tf.evidence.utility.trainers import Trainers, check_classifier
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stage import Stage, reason_to_do, run_stage, stage_record
from medgan_tf.workflow.stage_times import StageTimes
from medgan_tf.workflow.stages import Classify, EvidenceStage, external_stages, seed_stages
from medgan_tf.workflow.study_plan import note_plan

log = logging.getLogger(__name__)

ShowProgress = Callable[[str, str], AbstractContextManager[Progress]]
"""Function from the name of a stage and the unit of its progress to a context manager that shows the progress."""
UP_TO_DATE, NOT_REACHED = "up to date", "not reached"


@dataclass
class WorkflowResult:
    """The result of `run_workflow`.

    Attributes:
        over_seeds: Results over all seeds, by the key of the evidence.
        done: Stages that had something to do, "<stage> seed <seed>".
        failed: Optional stages that failed, with the reason.
        evidence: One line on the evidence of each seed, by "<stage> seed <seed>".
        times: The time that each stage took in this call, also to find out that it is up to date, by "prepare",
            "<stage> seed <seed>" and the key of a result over all seeds.
    """

    over_seeds: dict[str, SeedsResult] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    times: StageTimes = field(default_factory=StageTimes)

    def described(self) -> dict[str, Any]:
        """The result as JSON values, but for the times."""
        files = [str(file) for found in self.over_seeds.values() for file in found.files]
        named = {"files": files, "done": self.done, "failed": self.failed, "evidence": self.evidence}
        return {key: found.values for key, found in self.over_seeds.items()} | named

    def lines(self) -> list[str]:
        """The result for a terminal, but for the times."""
        found = self.over_seeds.values()
        return [
            *(line for one in found for line in (one.text, "")),
            *(f"{stage}: {summary}" for stage, summary in self.evidence.items()),
            *(f"look at {one.files[0]}" for one in found),
        ]


def run_workflow(
    experiment: Experiment,
    seeds: list[int],
    *,
    resume: bool = True,
    baselines: bool = True,
    evidence: Sequence[str] = (),
    progress: ShowProgress | None = None,
) -> WorkflowResult:
    """Prepares, trains, generates, classifies, and makes the evidence. Stages that are up to date are not done again.

    The plan of the experiment is written before anything is trained, if there is none, see `study_plan`. Progress goes
    to the logger `medgan_tf`.

    Args:
        experiment: The experiment; its own seed does not matter.
        seeds: Seeds of GAN, generated images and classifiers.
        resume: Go on with interrupted stages; False starts stages that are out of date from the beginning, e.g. after a
            change of the GAN's settings.
        baselines: Whether to train the baselines and mixtures too.
        evidence: Keys of evidence that is made on request.
        progress: Shows the progress of each stage.

    Raises:
        ConfigError, DataError, RunError: What the stages raise. What was finished stays finished.
    """
    always, further = _always(experiment), [EvidenceStage(one) for one in chosen_evidence(evidence)]
    check_devices(experiment.training)
    if not all(_is_classified(experiment, seed) for seed in seeds):
        # What is missing should show before hours of work.
        check_classifier(experiment.classifier)
    result = WorkflowResult()
    context = _context(experiment, resume, baselines, progress, result.times)
    doing = _Doing(context, progress, len(seeds) * len([*always, *further]), result)
    for made in further:
        # A mistake in the options of the last stages should show then, too.
        made.check(doing.context)
    note_plan(experiment, seeds)
    for seed, stage in product(seeds, always):
        doing.do(seed, stage)
    for one in over_seeds():
        with result.times.measured(one.key):
            result.over_seeds[one.key] = one.make(experiment, seeds)
    # After all classifiers, as evidence may compare those of several seeds.
    for seed, stage in product(seeds, further):
        doing.do(seed, stage)
    return result


def run_evidence(
    experiment: Experiment, seeds: list[int], evidence: Sequence[str], progress: ShowProgress | None = None
) -> WorkflowResult:
    """Makes some evidence from finished images and classifiers, and nothing else, unless it is up to date.

    Args:
        experiment: The experiment; its own seed does not matter.
        seeds: Seeds whose images and classifiers are there.
        evidence: Keys of evidence about runs.
        progress: Shows the progress of each stage.

    Raises:
        ConfigError: Unknown evidence.
        DataError, RunError: The dataset cannot be had.
    """
    stages = [EvidenceStage(one) for one in chosen_evidence(evidence, names_of_runs())]
    result = WorkflowResult()
    context = _context(experiment, True, True, progress, result.times)
    doing = _Doing(context, progress, len(seeds) * len(stages), result)
    for seed, stage in product(seeds, stages):
        doing.do(seed, stage)
    return result


def _always(experiment: Experiment) -> list[Stage]:
    """The stages that every seed has, in order."""
    return seed_stages() if experiment.external is None else external_stages()


def _context(
    experiment: Experiment, resume: bool, baselines: bool, progress: ShowProgress | None, times: StageTimes
) -> Context:
    """The context that all seeds share, with the dataset prepared."""
    with times.measured("prepare"), _shown(progress, "prepare", "images") as shown:
        dataset = prepared_dataset(experiment, shown)
    return Context(experiment, dataset, resume, baselines, Trainers(), Silent())


def _shown(progress: ShowProgress | None, name: str, unit: str) -> AbstractContextManager[Progress]:
    return nullcontext(Silent()) if progress is None else progress(name, unit)


def _is_classified(experiment: Experiment, seed: int) -> bool:
    return stage_record(run_folder(_seeded(experiment, seed)), Classify.name).is_file()


@dataclass
class _Doing:
    """Does stages one by one and records the results."""

    context: Context
    progress: ShowProgress | None
    total: int
    result: WorkflowResult
    position: int = 0

    def do(self, seed: int, stage: Stage) -> None:
        """Does a stage of a seed if it is out of date. One that is not required may fail."""
        seed = stage.seed(self.context.experiment, seed)
        self.position, title = self.position + 1, _title(seed, stage)
        log.info(f"stage {self.position} of {self.total}: {stage.name}, seed {seed}")
        with self.result.times.measured(title), _shown(self.progress, stage.name, stage.unit) as shown:
            context = replace(self.context, experiment=_seeded(self.context.experiment, seed), progress=shown)
            try:
                if run_stage(stage, context):
                    self.result.done.append(title)
                if isinstance(stage, EvidenceStage):
                    self.result.evidence[title] = stage.evidence.summary(context.folder)
            except MedganError as error:
                if stage.required:
                    raise
                self.result.failed[title] = str(error)
                log.warning(f"{stage.name}, seed {seed} failed: {error}")


def dry_run(
    experiment: Experiment,
    seeds: list[int],
    *,
    resume: bool = True,
    baselines: bool = True,
    evidence: Sequence[str] = (),
    only: Sequence[str] = (),
) -> dict[str, str]:
    """The work that `run_workflow` would do, as far as it is known without doing any of it.

    Args:
        experiment, seeds, resume, baselines, evidence: See `run_workflow`.
        only: Keys of evidence: what `run_evidence` would do with these.

    Returns:
        By "prepare" and "<stage> seed <seed>", in order: "up to date"; "to do (<reason>)"; "would fail: <reason>"; or
        "not reached" where a stage before it, which is needed, would fail.

    Raises:
        ConfigError: Unknown evidence, or a cluster.
    """
    further = [EvidenceStage(one) for one in chosen_evidence(evidence)]
    check_devices(experiment.training)
    jobs = [*product(seeds, _always(experiment)), *product(seeds, further)]
    if only:
        jobs = [*product(seeds, map(EvidenceStage, chosen_evidence(only, names_of_runs())))]
    jobs = list(dict.fromkeys((stage.seed(experiment, seed), stage) for seed, stage in jobs))
    titles = [_title(seed, stage) for seed, stage in jobs]
    if existing_dataset(experiment.dataset_dir) is None:
        return {"prepare": "to do (not done yet)"} | dict.fromkeys(titles, "to do (after prepare)")
    try:
        dataset = prepared_dataset(experiment)
    except MedganError as error:
        return {"prepare": f"would fail: {error}"} | dict.fromkeys(titles, NOT_REACHED)
    states = {"prepare": UP_TO_DATE} | dict.fromkeys(titles, NOT_REACHED)
    pending_outputs: dict[Path, str] = {}
    for seed, stage in jobs:
        title = _title(seed, stage)
        context = Context(_seeded(experiment, seed), dataset, resume, baselines, Trainers(), Silent())
        try:
            states[title] = _state(stage, context, title, pending_outputs)
        except MedganError as error:
            states[title] = f"would fail: {error}"
            if stage.required:
                break
    return states


def _state(stage: Stage, context: Context, title: str, pending_outputs: dict[Path, str]) -> str:
    """The state of a stage in a dry run. Adds its folders to `pending_outputs`, which names each folder's stage."""
    folders = stage.reads(context, pending_outputs)
    before = dict.fromkeys(pending_outputs[folder] for folder in folders if folder in pending_outputs)
    # What is not there yet cannot be compared.
    reason = f"after {', '.join(before)}" if before else reason_to_do(stage, context, stage.inputs(context))
    if not reason:
        return UP_TO_DATE
    stage.check(context)
    pending_outputs |= dict.fromkeys(stage.writes(context, pending_outputs), title)
    return f"to do ({reason})"


def output_folders(experiment: Experiment, seeds: Sequence[int]) -> dict[str, Path]:
    """The folders that `run_workflow` writes to: one for each seed, and those of the results over all seeds."""
    folders = {f"seed {seed}": run_folder(_seeded(experiment, seed)).path for seed in seeds}
    return folders | {one.key: one.folder(experiment) for one in over_seeds()}


def _seeded(experiment: Experiment, seed: int) -> Experiment:
    return experiment.model_copy(update={"seed": seed})


def _title(seed: int, stage: Stage) -> str:
    return f"{stage.name} seed {seed}"


def raise_failures(result: WorkflowResult) -> None:
    """Raises `RunError` naming the optional stages that failed, so that a script sees it; the rest is done."""
    if result.failed:
        names = "; ".join(f"{name}: {reason}" for name, reason in result.failed.items())
        raise RunError(f"{len(result.failed)} of the stages failed, everything else is done. {names}")
