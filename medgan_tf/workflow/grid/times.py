"""How long the finished jobs of a grid took, and how long the others will take, by these times or by a plan."""

import hashlib
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.config.loading import written_values
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.presentation.durations import duration
from medgan_tf.workflow.grid.jobs import DONE, FAILED, Job

PLAN = "plan.json"
PLAN_VERSION = 1
TRAIN = "train"
PRIVATE = ("unit", "images_per_patient", "expected_batch", "discriminator_steps", "chunk", "embedding")
"""Those settings of `privacy.dp` that decide how long a step takes."""


@dataclass(frozen=True)
class Lanes:
    """The cores and GPUs that the jobs share.

    Attributes:
        cores, gpus: Given to the whole grid.
        job_cores: Cores that one job takes.
    """

    cores: int = 1
    gpus: int = 0
    job_cores: int = 1

    @property
    def jobs(self) -> int:
        """Jobs side by side."""
        return max(1, self.cores // self.job_cores)

    def __str__(self) -> str:
        gpus = f" and {self.gpus} GPU{'s' * (self.gpus > 1)}" if self.gpus else ""
        return f"{self.cores} core{'s' * (self.cores > 1)}{gpus}"


@dataclass(frozen=True)
class SavedPlan:
    """The measured times of a grid's trainings, from its `plan.json`.

    Attributes:
        made: The day, e.g. 2026-11-24.
        each: Name of each `train` job to the seconds that it takes when nothing else runs on the machine.
    """

    made: str
    each: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """All trainings, one after the other."""
        return sum(self.each.values())


def training_key(experiment: Experiment) -> str:
    """SHA-256 of what decides how long a training takes: sections `gan` and `training`, the resolution, and `PRIVATE`.

    The name, the seed and the folder of the runs do not matter, nor does the epsilon of a private training. Two
    trainings with the same key take equally long.
    """
    return _key(experiment, experiment.model_dump(mode="json"))


def written_key(experiment: Experiment) -> str:
    """As `training_key`, but of the values as the experiment's file gives them. It is the same in every version."""
    return _key(experiment, written_values(experiment))


def _key(experiment: Experiment, values: dict[str, Any]) -> str:
    training = {name: value for name, value in values["training"].items() if name != "output"}
    sections = [values["gan"], training, experiment.data.resolution]
    if experiment.private:
        sections.append(experiment.privacy.dp.model_dump(mode="json", include=set(PRIVATE)))
    return hashlib.sha256(json.dumps(sections, sort_keys=True).encode()).hexdigest()


def trainings(jobs: Sequence[Job]) -> dict[tuple[str, str], list[Job]]:
    """(experiment, GAN) to its `train` jobs, one for each seed."""
    found: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if job.stage == TRAIN:
            found.setdefault((job.experiment.name, job.experiment.generator_name), []).append(job)
    return found


def saved_plan(folder: Path, jobs: Sequence[Job]) -> SavedPlan | None:
    """The plan in a grid's folder if it covers all its trainings as they are now; None if not, or if there is none.

    A plan holds for more or fewer seeds and for a part of its experiments too. One that cannot be read counts as none,
    since measuring again replaces it.
    """
    try:
        values = read_json(folder / PLAN)
        if values["format_version"] != PLAN_VERSION:
            return None
        rows = {(row["experiment"], row["gan"]): row for row in values["rows"]}
        each = {}
        for row, members in trainings(jobs).items():
            if row not in rows or rows[row]["sha256"] != written_key(members[0].experiment):
                return None
            each |= {job.name: float(rows[row]["seconds_each"]) for job in members}
        return SavedPlan(str(values["made"])[:10], each)
    except (DataError, KeyError, TypeError, ValueError):
        return None


def job_seconds(job: Job) -> float:
    """Seconds of a finished job's last attempt; NaN if it is not done or its files have no times.

    `grid.runner` sets the time of the lock when the command begins, after waiting for an older process of the same job
    and for a GPU; the marker is made when the command has ended. What an attempt before it had done is not counted.
    """
    try:
        seconds = job.marker.stat().st_mtime - job.lock.stat().st_mtime
    except OSError:
        return math.nan
    return seconds if seconds >= 0 else math.nan


def stage_mean(jobs: Sequence[Job], seconds: Sequence[float], stage: str) -> float:
    """Mean seconds of the finished jobs of a stage whose time is known; NaN without any."""
    known = [time for job, time in zip(jobs, seconds, strict=True) if job.stage == stage and math.isfinite(time)]
    return statistics.fmean(known) if known else math.nan


@dataclass(frozen=True)
class Rest:
    """The work that is left.

    Attributes:
        jobs: All jobs, each after those it needs.
        seconds: Time that each job still takes: 0 if it is done, or has failed and is not tried again; NaN if unknown.
        by_plan: Day of the plan that the trainings' times are from; None if they are means of finished trainings.
    """

    jobs: tuple[Job, ...]
    seconds: tuple[float, ...]
    by_plan: str | None

    @classmethod
    def of(
        cls, jobs: Sequence[Job], states: Sequence[str], seconds: Sequence[float], plan: SavedPlan | None = None
    ) -> "Rest":
        """Estimates each job by the mean of the finished ones of its stage; trainings without such a mean, by the plan.

        Args:
            jobs: All jobs.
            states: State of each job.
            seconds: Time of each job, see `job_seconds`.
            plan: See `saved_plan`.
        """
        means = {stage: stage_mean(jobs, seconds, stage) for stage in {job.stage for job in jobs}}
        planned = plan is not None and TRAIN in means and math.isnan(means[TRAIN])
        expected = []
        for job, state in zip(jobs, states, strict=True):
            if state in (DONE, FAILED):
                expected.append(0.0)
            elif planned and job.stage == TRAIN:
                expected.append(plan.each[job.name])
            else:
                expected.append(means[job.stage])
        return cls(tuple(jobs), tuple(expected), plan.made if planned else None)

    def of_stage(self, stage: str) -> float:
        """Seconds of one stage's jobs, one after the other; NaN if unknown."""
        return sum(seconds for job, seconds in zip(self.jobs, self.seconds, strict=True) if job.stage == stage)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Stages whose jobs' time is not known."""
        pairs = zip(self.jobs, self.seconds, strict=True)
        return tuple(dict.fromkeys(job.stage for job, seconds in pairs if math.isnan(seconds)))

    def on(self, lanes: Lanes) -> float:
        """Seconds until all jobs with a known time are done; NaN if no job has one.

        The largest of: all jobs over the lanes, those with a GPU over the GPUs, and the longest chain of jobs that need
        each other. Planned trainings were measured alone on the machine: on a CPU, side by side, each takes as many
        times longer as there are lanes.
        """
        ends: dict[str, float] = {}
        work = work_on_gpus = 0.0
        for job, seconds in zip(self.jobs, self.seconds, strict=True):
            known = 0.0 if math.isnan(seconds) else seconds
            ends[job.name] = known + max((ends[need] for need in job.needs), default=0.0)
            slowed = job.stage == TRAIN and self.by_plan is not None and not lanes.gpus
            work += known * (lanes.jobs if slowed else 1)
            work_on_gpus += known if job.gpu else 0.0
        if self.unknown and work == 0:
            return math.nan
        shares = [work / lanes.jobs, work_on_gpus / lanes.gpus if lanes.gpus else 0.0]
        return max(*shares, *ends.values())

    def line(self, lanes: Lanes) -> str:
        """The time left, in words."""
        seconds, unknown = self.on(lanes), ", ".join(self.unknown)
        if math.isnan(seconds):
            return f"time left on {lanes}: ? (not known before a job of {unknown} is done)"
        text = f"time left on {lanes}: about {duration(seconds)}" if seconds else f"time left on {lanes}: none"
        if self.by_plan and seconds:
            text += f", trainings by the plan of {self.by_plan}"
        return f"{text}; not known yet: {unknown}" if unknown else text
