"""Runs a grid's jobs through Snakemake, shows how far they are, and says which failed and why."""

import contextlib
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.config.seeds import parse_seeds
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.presentation.durations import duration
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.text_table import text_table
from medgan_tf.workflow.grid.cluster import snakemake_command
from medgan_tf.workflow.grid.grid_file import load_grid
from medgan_tf.workflow.grid.jobs import DONE, FAILED, PREPARE, STARTED, Job, grid_folder, grid_jobs
from medgan_tf.workflow.grid.times import Lanes, Rest, SavedPlan, job_seconds, saved_plan
from medgan_tf.workflow.study_plan import note_plan

STATUS = "status.json"
TABLE_PERIOD = 600.0
"""Seconds between two status tables while a grid runs."""
_POLL = 2.0


@dataclass(frozen=True)
class GridState:
    """The state of a grid, with the time that it took and the time that is left.

    Attributes:
        jobs: All jobs.
        states: State of each job and, where it failed, the cause.
        seconds: Time of each job, see `job_seconds`.
        lanes: The cores and GPUs that the jobs share.
        plan: Measured times of the trainings, where there are any.
    """

    jobs: tuple[Job, ...]
    states: tuple[tuple[str, str], ...]
    seconds: tuple[float, ...]
    lanes: Lanes = Lanes()
    plan: SavedPlan | None = None

    @classmethod
    def of(
        cls, jobs: Sequence[Job], ended: bool = False, lanes: Lanes | None = None, plan: SavedPlan | None = None
    ) -> "GridState":
        """Reads the jobs' files. With `ended`, no job runs any more, so that one that was started has failed."""
        states = [job.state() for job in jobs]
        if ended:
            cause = (FAILED, "ended without a message; see its log")
            states = [cause if state == STARTED else (state, why) for state, why in states]
        return cls(tuple(jobs), tuple(states), tuple(job_seconds(job) for job in jobs), lanes or Lanes(), plan)

    @property
    def complete(self) -> bool:
        """Whether everything is done."""
        return self.count(DONE) == len(self.jobs)

    @property
    def failed(self) -> dict[str, str]:
        """Name of each failed job to the cause."""
        pairs = zip(self.jobs, self.states, strict=True)
        return {job.name: cause for job, (state, cause) in pairs if state == FAILED}

    @property
    def rest(self) -> Rest:
        """The time that is left."""
        return Rest.of(self.jobs, [state for state, _ in self.states], self.seconds, self.plan)

    def count(self, state: str) -> int:
        """Jobs in one state."""
        return sum(name == state for name, _ in self.states)

    def stages(self) -> dict[str, dict[str, float]]:
        """Sums by stage: jobs, done, failed, not_done; seconds of the done ones and seconds left, NaN if unknown.

        Both are sums over jobs, whether or not they run side by side; failed jobs do not count as left.
        """
        counts = Counter((job.stage, state) for job, (state, _) in zip(self.jobs, self.states, strict=True))
        rest, found = self.rest, {}
        for stage in dict.fromkeys(job.stage for job in self.jobs):
            total = sum(number for (name, _), number in counts.items() if name == stage)
            done, failed = counts[stage, DONE], counts[stage, FAILED]
            pairs = zip(self.jobs, self.seconds, strict=True)
            known = [seconds for job, seconds in pairs if job.stage == stage and math.isfinite(seconds)]
            found[stage] = {
                "jobs": total,
                DONE: done,
                FAILED: failed,
                "not_done": total - done - failed,
                "seconds": sum(known) if known else math.nan,
                "seconds_left": rest.of_stage(stage),
            }
        return found

    def lines(self) -> list[str]:
        """A table by stage, the failed jobs with their causes, and the time that is left."""
        rows = [["stage", "jobs", DONE, FAILED, "not done", "time", "left"]]
        for stage, values in self.stages().items():
            numbers = [str(values[name]) for name in ("jobs", DONE, FAILED, "not_done")]
            took = "-" if math.isnan(values["seconds"]) else duration(values["seconds"])
            left = "?" if math.isnan(values["seconds_left"]) else duration(values["seconds_left"])
            rows.append([stage, *numbers, took, left if values["not_done"] else "-"])
        failed = [f"failed: {name}: {cause}" for name, cause in self.failed.items()]
        return [*text_table(rows), *failed, self.rest.line(self.lanes)]

    def describe(self) -> dict[str, Any]:
        """The state as JSON values, for --json and `status.json`; null is a time that is not known."""
        jobs = {
            job.name: {"state": state, "cause": cause, "log": str(job.log), "seconds": seconds}
            for job, (state, cause), seconds in zip(self.jobs, self.states, self.seconds, strict=True)
        }
        times = {"cores": self.lanes.cores, "gpus": self.lanes.gpus, "seconds_left": self.rest.on(self.lanes)}
        values = {"complete": self.complete, "failed": self.failed, **times, "stages": self.stages(), "jobs": jobs}
        return plain(values)


def grid_state(path: str | Path, cores: int | None = None, gpus: int | None = None) -> GridState:
    """The state of a grid, from its files alone; the grid may run at the same time.

    Args:
        path: The grid's file.
        cores, gpus: The time left is estimated for these. None means those of the last start, or else one core, no GPU.

    Raises:
        ConfigError: The grid has a mistake.
    """
    grid, jobs = load_grid(path), grid_jobs(path)
    folder = grid_folder(grid)
    try:
        before = read_json(folder / STATUS)
        last = int(before["cores"]), int(before["gpus"])
    except (DataError, KeyError, TypeError, ValueError):
        # Never started, or by a version that did not note them.
        last = 1, 0
    lanes = Lanes(last[0] if cores is None else cores, last[1] if gpus is None else gpus, grid.cores)
    return GridState.of(jobs, lanes=lanes, plan=saved_plan(folder, jobs))


def run_grid(
    path: str | Path,
    cores: int | None = None,
    gpus: int = 0,
    progress: Progress | None = None,
    period: float = TABLE_PERIOD,
    profile: str | Path | None = None,
) -> GridState:
    """Does every job that is not done. A failed job stops what needs it and nothing else.

    `status.json` in the grid's folder follows it, as the tables do. Each experiment without a plan gets one before
    anything is done, see `study_plan`.

    Args:
        path: The grid's file; Snakefile lies beside it.
        cores: CPU cores for all jobs together. None means one, or as many as the profile's jobs take.
        gpus: GPUs; each job that trains gets one of its own.
        progress: Shows how many jobs are finished, and the status table as a note.
        period: Seconds between two status tables.
        profile: Folder with options of Snakemake that bring the jobs to the nodes of a cluster, see `cluster`.

    Raises:
        ConfigError: The grid or the profile has a mistake, or Snakemake or the Snakefile is missing.
        RunError: Snakemake itself failed before any job.
    """
    grid, jobs = load_grid(path), grid_jobs(path)
    command, lanes = snakemake_command(path, grid, cores, gpus, profile)
    folder, progress = grid_folder(grid), progress or Silent()
    folder.mkdir(parents=True, exist_ok=True)
    plan = saved_plan(folder, jobs)

    def record(ended: bool = False) -> GridState:
        state = GridState.of(jobs, ended, lanes, plan)
        write_json(folder / STATUS, {"format_version": 1, "what": "grid", "name": grid.name, **state.describe()})
        return state

    def show() -> None:
        # A disk that is full now may have room again when the grid is through.
        with contextlib.suppress(RunError):
            progress.note("\n".join(record().lines()))

    record()
    for experiment in {job.experiment.name: job.experiment for job in jobs if job.stage == PREPARE}.values():
        note_plan(experiment, parse_seeds(grid.seeds, experiment.seed))
    # Snakemake ends if this process is killed. Its jobs may go on: `grid.runner` waits for them at the next start.
    command = [sys.executable, "-m", "medgan_tf.workflow.grid.bound", *command]
    log = folder / "snakemake.log"
    with open(log, "w", encoding="utf-8") as stream:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stream, stderr=stream) as process:
            code = _watch(process, jobs, progress, show, period)
    state = record(ended=True)
    if code and not state.failed:
        raise RunError(f"Snakemake ended with code {code} before any job failed; see {log}")
    return state


def _watch(
    process: subprocess.Popen, jobs: Sequence[Job], progress: Progress, show: Callable[[], None], period: float
) -> int:
    """Waits for Snakemake. Reports finished jobs at once, and calls `show` every `period` seconds."""
    due = time.monotonic() + period
    while process.poll() is None:
        state = GridState.of(jobs)
        running = [job.name for job, (name, _) in zip(jobs, state.states, strict=True) if name == STARTED]
        progress(state.count(DONE), len(jobs), ", ".join(running[:2]))
        if time.monotonic() >= due:
            show()
            due = time.monotonic() + period
        time.sleep(_POLL)
    progress(GridState.of(jobs).count(DONE), len(jobs), "")
    return process.returncode
