"""`medgan-tf run`: every stage of an experiment for any number of seeds, doing only what is out of date.

To add a stage, add a function that returns it to `SEED_STAGES`, or to `EVIDENCE_STAGES` if it is for those who ask.
Stages are independent of each other but for the folders they read; an interrupted one goes on where it was when the
same command is given again.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from medgan_tf.classification.weights import weights_file
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.prepare import existing_dataset, prepared_dataset
from medgan_tf.errors import MedganError, RunError
from medgan_tf.evidence.utility.classify import Trainers, check_devices
from medgan_tf.evidence.utility.job import GapResult, gap_over_seeds
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.evidence_stages import chosen_evidence, evidence_told
from medgan_tf.workflow.stage import Stage, reason_to_do, run_stage
from medgan_tf.workflow.stages import SEED_STAGES

log = logging.getLogger(__name__)

MakeStage = Callable[[Context], Stage]
ShowProgress = Callable[[str], AbstractContextManager[Progress]]
UP_TO_DATE, NOT_REACHED = "up to date", "not reached"


@dataclass
class WorkflowResult:
    """What `run_workflow` did.

    Attributes:
        gap: The gap over all seeds.
        done: Stages that had something to do, "<stage> seed <seed>".
        failed: Optional stages that failed, with the reason.
        evidence: What the evidence that was asked for says, one line by stage and seed.
    """

    gap: GapResult
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)


def run_workflow(
    experiment: Experiment,
    seeds: list[int],
    *,
    resume: bool = True,
    baselines: bool = True,
    evidence: Sequence[str] = (),
    progress: ShowProgress | None = None,
) -> WorkflowResult:
    """Prepares, trains, generates, classifies, measures FID and the gap; what is up to date is not done again.

    Progress goes to the logger `medgan_tf`.

    Args:
        experiment: The experiment; its own seed does not matter.
        seeds: Seeds of GAN, generated images and classifiers.
        resume: Go on with interrupted stages; False begins those that are out of date anew, e.g. after a change of the
            GAN's settings.
        baselines: Whether to train the baselines and mixtures too.
        evidence: Names of `EVIDENCE_STAGES` to be done as well.
        progress: Gives, by the name of a stage, what shows its progress, as a context.

    Raises:
        ConfigError, DataError, RunError: What the stages raise. What was finished stays finished.
    """
    further = chosen_evidence(evidence)
    check_devices(experiment.training)
    folders = {seed: run_folder(_seeded(experiment, seed)) for seed in seeds}
    if not all((folder.stages / "classify.json").is_file() for folder in folders.values()):
        # What is missing should show before hours of work.
        weights_file(experiment.classifier)
    progress = progress or (lambda _: nullcontext(Silent()))
    with progress("prepare") as shown:
        dataset = prepared_dataset(experiment, shown)
    context = Context(experiment, dataset, resume, baselines, Trainers(), Silent())
    for make in further:
        # So should a mistake in the section of what comes last.
        make(context).check()
    doing = _Doing(context, progress, len(seeds) * len([*SEED_STAGES, *further]))
    for seed, make in product(seeds, SEED_STAGES):
        doing.do(seed, make)
    gap = gap_over_seeds(experiment, seeds)
    told = {}
    # After all classifiers, as importance maps are also compared with those of another seed.
    for seed, make in product(seeds, further):
        if doing.do(seed, make):
            told[_title(seed, make)] = evidence_told(_name(make), folders[seed])
    return WorkflowResult(gap, doing.done, doing.failed, told)


@dataclass
class _Doing:
    """Does stages one by one and keeps account."""

    context: Context
    progress: ShowProgress
    total: int
    position: int = 0
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def do(self, seed: int, make: MakeStage) -> bool:
        """Does a stage of a seed if it is out of date; False if it is an optional one that failed."""
        self.position, title = self.position + 1, _title(seed, make)
        log.info(f"stage {self.position} of {self.total}: {_name(make)}, seed {seed}")
        with self.progress(_name(make)) as shown:
            experiment = _seeded(self.context.experiment, seed)
            stage = make(replace(self.context, experiment=experiment, progress=shown))
            try:
                if run_stage(stage):
                    self.done.append(title)
            except MedganError as error:
                if stage.required:
                    raise
                self.failed[title] = str(error)
                log.warning(f"{_name(make)}, seed {seed} failed: {error}")
        return title not in self.failed


def plan_workflow(
    experiment: Experiment,
    seeds: list[int],
    *,
    resume: bool = True,
    baselines: bool = True,
    evidence: Sequence[str] = (),
) -> dict[str, str]:
    """What `run_workflow` would do, as far as that can be told without doing any of it.

    Args:
        experiment, seeds, resume, baselines, evidence: As for `run_workflow`.

    Returns:
        By "prepare" and "<stage> seed <seed>", in order: "up to date"; "to do (<reason>)"; "would fail: <reason>"; or
        "not reached" where a stage before it, which is needed, would fail.

    Raises:
        ConfigError: Unknown evidence, or a cluster.
    """
    further = chosen_evidence(evidence)
    check_devices(experiment.training)
    jobs = [*product(seeds, SEED_STAGES), *product(seeds, further)]
    titles = [_title(seed, make) for seed, make in jobs]
    if existing_dataset(experiment.dataset_dir) is None:
        return {"prepare": "to do (not done yet)"} | dict.fromkeys(titles, "to do (after prepare)")
    try:
        dataset = prepared_dataset(experiment)
    except MedganError as error:
        return {"prepare": f"would fail: {error}"} | dict.fromkeys(titles, NOT_REACHED)
    plan, coming = {"prepare": UP_TO_DATE} | dict.fromkeys(titles, NOT_REACHED), {}
    for seed, make in jobs:
        title = _title(seed, make)
        stage = make(Context(_seeded(experiment, seed), dataset, resume, baselines, Trainers(), Silent()))
        try:
            plan[title] = _planned(stage, title, coming)
        except MedganError as error:
            plan[title] = f"would fail: {error}"
            if stage.required:
                break
    return plan


def _planned(stage: Stage, title: str, coming: dict[Path, str]) -> str:
    """What would be done with a stage. `coming`, folders that will be written and by what, grows by those it writes."""
    before = dict.fromkeys(coming[folder] for folder in stage.reads(coming) if folder in coming)
    # What is not there yet cannot be compared.
    reason = f"after {', '.join(before)}" if before else reason_to_do(stage, stage.inputs())
    if not reason:
        return UP_TO_DATE
    stage.check()
    coming |= dict.fromkeys(stage.writes(coming), title)
    return f"to do ({reason})"


def _seeded(experiment: Experiment, seed: int) -> Experiment:
    return experiment.model_copy(update={"seed": seed})


def _name(make: MakeStage) -> str:
    return make.__name__.removesuffix("_stage")


def _title(seed: int, make: MakeStage) -> str:
    return f"{_name(make)} seed {seed}"


def raise_failures(result: WorkflowResult) -> None:
    """Raises `RunError` naming the optional stages that failed, so that a script sees it; the rest is done."""
    if result.failed:
        names = "; ".join(f"{name}: {reason}" for name, reason in result.failed.items())
        raise RunError(f"{len(result.failed)} of the stages failed, everything else is done. {names}")
