"""Runs a grid's jobs through Snakemake, shows how far they are, and says which failed and why."""

import ctypes
import importlib.util
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.config.grid import load_grid
from medgan_tf.data.progress import Progress, Silent
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.evaluation.grid_jobs import DONE, FAILED, STARTED, Job, grid_folder, grid_jobs
from medgan_tf.evaluation.result_files import write_json
from medgan_tf.evaluation.text_table import text_table

STATUS = "status.json"
_POLL = 2.0
_PR_SET_PDEATHSIG = 1
_STAGES = ("prepare", "real", "train", "generate", "classify", "fid", "privacy", "gap")


@dataclass(frozen=True)
class GridState:
    """How far a grid is.

    Attributes:
        jobs: All jobs.
        states: Of each: state and, where it failed, the cause.
    """

    jobs: tuple[Job, ...]
    states: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, jobs: Sequence[Job], ended: bool = False) -> "GridState":
        """Reads the jobs' files. With `ended`, no job runs any more, so that one that was started has failed."""
        states = [job.state() for job in jobs]
        if ended:
            cause = (FAILED, "ended without a message; see its log")
            states = [cause if state == STARTED else (state, why) for state, why in states]
        return cls(tuple(jobs), tuple(states))

    @property
    def complete(self) -> bool:
        """Whether everything is done."""
        return self.count(DONE) == len(self.jobs)

    @property
    def failed(self) -> dict[str, str]:
        """Name of each failed job to the cause."""
        pairs = zip(self.jobs, self.states, strict=True)
        return {job.name: cause for job, (state, cause) in pairs if state == FAILED}

    def count(self, state: str) -> int:
        """Jobs in one state."""
        return sum(name == state for name, _ in self.states)

    def lines(self) -> list[str]:
        """A table by stage, then the failed jobs with their causes."""
        counts = Counter((job.stage, state) for job, (state, _) in zip(self.jobs, self.states, strict=True))
        rows = [["stage", "jobs", DONE, FAILED, "not done"]]
        for stage in (stage for stage in _STAGES if any(job.stage == stage for job in self.jobs)):
            total = sum(number for (name, _), number in counts.items() if name == stage)
            done, failed = counts[stage, DONE], counts[stage, FAILED]
            rows.append([stage, *map(str, (total, done, failed, total - done - failed))])
        return [*text_table(rows), *(f"failed: {name}: {cause}" for name, cause in self.failed.items())]

    def describe(self) -> dict[str, Any]:
        """For --json."""
        pairs = zip(self.jobs, self.states, strict=True)
        jobs = {job.name: {"state": state, "cause": cause, "log": str(job.log)} for job, (state, cause) in pairs}
        return {"complete": self.complete, "failed": self.failed, "jobs": jobs}


def run_grid(path: str | Path, cores: int, gpus: int = 0, progress: Progress | None = None) -> GridState:
    """Does every job that is not done. A failed job stops what needs it and nothing else.

    Args:
        path: The grid's file; Snakefile lies beside it.
        cores: CPU cores for all jobs together.
        gpus: GPUs; each job that trains gets one of its own.
        progress: Told about finished jobs.

    Raises:
        ConfigError: The grid has a mistake, or Snakemake or the Snakefile is missing.
        RunError: Snakemake itself failed before any job.
    """
    grid, jobs = load_grid(path), grid_jobs(path)
    snakefile = Path(path).parent / "Snakefile"
    if importlib.util.find_spec("snakemake") is None:
        raise ConfigError("running a grid needs Snakemake: pip install '.[benchmark]'")
    if not snakefile.is_file():
        raise ConfigError(f"no {snakefile}; put the grid's file beside experiments/benchmark/Snakefile or copy that")
    folder = grid_folder(grid)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--cores", str(cores)]
    command += ["--config", f"grid={path}", f"gpus={gpus}", "--resources", f"gpu={gpus}"]
    command += ["--keep-going", "--rerun-incomplete", "--nolock", "--rerun-triggers", "mtime"]
    log = folder / "snakemake.log"
    with open(log, "w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, preexec_fn=_die_with_parent)
        code = _watch(process, jobs, progress or Silent())
    state = GridState.of(jobs, ended=True)
    if code and not state.failed:
        raise RunError(f"Snakemake ended with code {code} before any job failed; see {log}")
    write_json(folder / STATUS, {"format_version": 1, "what": "grid", "name": grid.name, **state.describe()})
    return state


def _watch(process: subprocess.Popen, jobs: Sequence[Job], progress: Progress) -> int:
    while process.poll() is None:
        state = GridState.of(jobs)
        running = [job.name for job, (name, _) in zip(jobs, state.states, strict=True) if name == STARTED]
        progress(state.count(DONE), len(jobs), ", ".join(running[:2]))
        time.sleep(_POLL)
    progress(GridState.of(jobs).count(DONE), len(jobs), "")
    return process.returncode


def _die_with_parent() -> None:
    """Snakemake must not outlive the command that was killed; the jobs may, `grid_runner` sees to that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
