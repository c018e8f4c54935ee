"""Time, memory and disk of all trainings of a grid, from one short probe of each that differs."""

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import FILE_NAME, Manifest
from medgan_tf.errors import DataError
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.gans.resolve import checked_experiment
from medgan_tf.machine.plan import TrainingPlan, plan_training, shortages
from medgan_tf.presentation.durations import duration
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.text_table import text_table
from medgan_tf.workflow.grid.grid_file import load_grid
from medgan_tf.workflow.grid.jobs import DONE, Job, grid_folder, grid_jobs
from medgan_tf.workflow.grid.times import (
    PLAN,
    PLAN_VERSION,
    TRAIN,
    job_seconds,
    stage_mean,
    training_key,
    trainings,
    written_key,
)

Probe = Callable[[Experiment, float], TrainingPlan]


@dataclass(frozen=True)
class PlannedTraining:
    """One experiment with one GAN, for all seeds.

    Attributes:
        experiment, gan: Their names.
        runs, done: Seeds, and how many of them are trained.
        sha256: See `written_key`.
        plan: The plan of one run; trainings that share a probe share the object.
    """

    experiment: str
    gan: str
    runs: int
    done: int
    sha256: str
    plan: TrainingPlan

    @property
    def seconds(self) -> float:
        """Seconds of all runs, one after the other."""
        return self.runs * self.plan.seconds


@dataclass(frozen=True)
class GridPlan:
    """The needs of a grid's trainings on this machine, one after the other.

    Attributes:
        name: Name of the grid.
        made: Time of planning, ISO 8601.
        rows: One for each experiment and GAN.
        others: Each other stage that has finished jobs: how many, and their mean seconds.
        took: Seconds that planning took.
        file: File that keeps it.
    """

    name: str
    made: str
    rows: tuple[PlannedTraining, ...]
    others: Mapping[str, tuple[int, float]]
    took: float
    file: Path

    @property
    def seconds(self) -> float:
        """Seconds of all trainings."""
        return sum(row.seconds for row in self.rows)

    @property
    def seconds_left(self) -> float:
        """Seconds of the trainings that are not done."""
        return sum((row.runs - row.done) * row.plan.seconds for row in self.rows)

    @property
    def disk_gib(self) -> float:
        """Disk of all runs, GiB."""
        return sum(row.runs * row.plan.disk_gib for row in self.rows)

    @property
    def shortages(self) -> list[str]:
        """Shortages of this machine for the trainings that are not done, in words; empty if there are none."""
        left = {id(row.plan): row.plan for row in self.rows if row.runs > row.done}
        runs = {key: sum(row.runs - row.done for row in self.rows if row.plan is plan) for key, plan in left.items()}
        plans = [
            replace(plan, name=f"{plan.name} with {plan.architecture}", disk_gib=runs[key] * plan.disk_gib)
            for key, plan in left.items()
        ]
        return shortages(plans) if plans else []

    def lines(self) -> list[str]:
        """A table by experiment and GAN, totals, and what is not in them."""
        table = [["experiment", "GAN", "runs", "time each", "time"]]
        table += [
            [row.experiment, row.gan, str(row.runs), duration(row.plan.seconds), duration(row.seconds)]
            for row in self.rows
        ]
        runs, done = sum(row.runs for row in self.rows), sum(row.done for row in self.rows)
        plans = [row.plan for row in self.rows]
        left = f"; {done} done, the others take {duration(self.seconds_left)}" if done else ""
        gpu = max(plan.gpu_memory_gib for plan in plans)
        return [
            *text_table(table),
            f"  time    {duration(self.seconds)} for {runs} trainings, one after the other on this machine{left}",
            f"  memory  up to {max(plan.memory_gib for plan in plans):.2f} GiB of "
            f"{min(plan.available_memory_gib for plan in plans):.1f} available for one training"
            + (f", GPU {gpu:.2f} GiB" if gpu else "")
            + "; side by side each takes its own",
            f"  disk    {self.disk_gib:.2f} GiB of {min(plan.free_disk_gib for plan in plans):.1f} free",
            "Classifiers, FID and evidence come on top, and so does the rest of the workflow. " + self._others(),
        ]

    def _others(self) -> str:
        if not self.others:
            return "No such job of this grid is done yet, so nothing tells how long they take."
        means = (f"{stage} {duration(mean)} ({count})" for stage, (count, mean) in self.others.items())
        return f"Those of this grid that are done took, on average: {', '.join(means)}."

    def describe(self) -> dict[str, Any]:
        """The plan as JSON values, for `plan.json` and --json."""
        rows = [
            {
                "experiment": row.experiment,
                "gan": row.gan,
                "runs": row.runs,
                "done": row.done,
                "sha256": row.sha256,
                "probed": row.plan.name,
                "seconds_each": row.plan.seconds,
                "seconds": row.seconds,
                "disk_gib": row.runs * row.plan.disk_gib,
                "memory_gib": row.plan.memory_gib,
            }
            for row in self.rows
        ]
        probes = {id(row.plan): row.plan.as_dict() for row in self.rows}
        total = {"seconds": self.seconds, "seconds_left": self.seconds_left, "disk_gib": self.disk_gib}
        others = {stage: {"jobs": count, "mean_seconds": mean} for stage, (count, mean) in self.others.items()}
        head = {"format_version": PLAN_VERSION, "what": "grid plan", "name": self.name, "made": self.made}
        tail = {"shortages": self.shortages, "took_seconds": self.took}
        return plain({**head, "rows": rows, "total": total, "probes": [*probes.values()], "others": others, **tail})


def plan_grid(
    path: str | Path, seconds: float = 30.0, progress: Progress | None = None, probe: Probe = plan_training
) -> GridPlan:
    """Probes each distinct training of a grid once, and keeps the sum as `plan.json` in the grid's folder.

    Trainings are the same if their sections `gan` and `training`, with the paper's settings filled in, and the
    resolution of their datasets are. Name, seed and output folder do not matter, and the number of labels hardly: it
    only widens the layers that take or give labels. Of those that share a probe, the one with the most training images
    is probed, since these are held in memory. Classifiers and evidence are not probed.

    Args:
        path: The grid's file.
        seconds: Time for the timed steps of each probe.
        progress: Shows how many probes are finished.
        probe: Measures one training, as `plan_training`.

    Raises:
        ConfigError: The grid, or a training of it, has a mistake.
        DataError: A dataset that is needed is not prepared.
        RunError: A probe ended without a result, or the plan cannot be written.
    """
    begun, progress = time.perf_counter(), progress or Silent()
    grid, jobs = load_grid(path), grid_jobs(path)
    rows = trainings(jobs)
    if not rows:
        raise DataError(f"{path} trains nothing: all its generators are from elsewhere, so there is nothing to plan")
    keys = {row: training_key(checked_experiment(members[0].experiment)) for row, members in rows.items()}
    shared: dict[str, list[Job]] = {}
    for row, members in rows.items():
        shared.setdefault(keys[row], []).append(members[0])
    chosen = _probed(shared, jobs)
    plans = {}
    for number, (key, experiment) in enumerate(chosen.items()):
        progress(number, len(chosen), f"{experiment.name} with {experiment.gan.architecture}")
        plans[key] = probe(experiment, seconds)
    progress(len(chosen), len(chosen), "")
    planned = []
    for row, members in rows.items():
        done = sum(job.state()[0] == DONE for job in members)
        written = written_key(members[0].experiment)
        planned.append(PlannedTraining(*row, len(members), done, written, plans[keys[row]]))
    made, file = datetime.now(UTC).isoformat(timespec="seconds"), grid_folder(grid) / PLAN
    result = GridPlan(grid.name, made, tuple(planned), _others(jobs), time.perf_counter() - begun, file)
    write_json(file, result.describe())
    return result


def _probed(shared: Mapping[str, Sequence[Job]], jobs: Sequence[Job]) -> dict[str, Experiment]:
    """The experiment to probe: of the `train` jobs that share a probe, the one with the most training images."""
    named = {job.name: job for job in jobs}
    chosen: dict[str, Experiment] = {}
    missing: dict[str, str] = {}
    for key, members in shared.items():
        images = {job.name: _training_images(job.experiment) for job in members}
        largest = max(images, key=images.__getitem__)
        if images[largest]:
            chosen[key] = named[largest].experiment
        else:
            first = members[0]
            missing[first.experiment.name] = shlex.join(["medgan-tf", *named[first.needs[0]].arguments])
    if missing:
        raise DataError(
            f"the plan measures on prepared datasets, and there is none for {', '.join(missing)}; first: "
            + " && ".join(missing.values())
        )
    return chosen


def _training_images(experiment: Experiment) -> int:
    """Images in the training fold; 0 if the dataset is not prepared, or at another resolution."""
    if not (Path(experiment.dataset_dir) / FILE_NAME).is_file():
        return 0
    manifest = Manifest.load(experiment.dataset_dir)
    return manifest.images["train"] if manifest.image_shape[0] == experiment.data.resolution else 0


def _others(jobs: Sequence[Job]) -> dict[str, tuple[int, float]]:
    seconds = [job_seconds(job) for job in jobs]
    done: dict[str, int] = {}
    for job, time_taken in zip(jobs, seconds, strict=True):
        if job.stage != TRAIN and time_taken >= 0:
            done[job.stage] = done.get(job.stage, 0) + 1
    return {stage: (count, stage_mean(jobs, seconds, stage)) for stage, count in done.items()}
