"""How Snakemake is called for a grid: on this machine, or with a profile on a cluster.

A profile is a folder with options of Snakemake, which say how the jobs reach the nodes.
"""

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.config.document import read_document
from medgan_tf.errors import ConfigError
from medgan_tf.workflow.grid.grid_file import GridConfig, load_grid
from medgan_tf.workflow.grid.times import Lanes

FILE = "config.yaml"


@dataclass(frozen=True)
class Profile:
    """A profile's folder, and what this package reads of it; the rest is for Snakemake.

    Attributes:
        folder: The folder.
        jobs: Jobs that are queued or running at the same time.
    """

    folder: Path
    jobs: int


def load_profile(folder: str | Path) -> Profile:
    """Reads a profile.

    Raises:
        ConfigError: There is no profile, it lacks the executor or the number of jobs, or the plugin is missing.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise ConfigError(
            f"{folder} is no profile: expected a folder with {FILE}. `medgan-tf init --example benchmark/quick` "
            "brings benchmark/profiles/slurm"
        )
    values = read_document(path).values
    executor, jobs = values.get("executor"), values.get("jobs")
    if not isinstance(executor, str) or not executor.isidentifier():
        raise ConfigError(f"{path}: executor: expected the name of a plugin, such as slurm; received {executor!r:.60}")
    if not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 1:
        raise ConfigError(f"{path}: jobs: expected how many jobs run at the same time; received {jobs!r:.60}")
    if importlib.util.find_spec(f"snakemake_executor_plugin_{executor}") is None:
        advice = "'.[slurm]'" if executor == "slurm" else f"snakemake-executor-plugin-{executor}"
        raise ConfigError(f"{path}: executor: {executor} needs a plugin of Snakemake: pip install {advice}")
    return Profile(Path(folder), jobs)


def snakemake_command(
    path: str | Path, grid: GridConfig, cores: int | None, gpus: int, profile: str | Path | None
) -> tuple[list[str], Lanes]:
    """The command that does a grid's jobs, and the cores and GPUs that they share.

    Args:
        path: The grid's file; Snakefile lies beside it.
        grid: What is in it.
        cores: CPU cores for all jobs together. None means one, or as many as the profile's jobs take.
        gpus: GPUs for all jobs together; each job that trains gets one of its own.
        profile: Folder of a profile; None for this machine.

    Raises:
        ConfigError: Snakemake or the Snakefile is missing, or the profile has a mistake.
    """
    snakefile = Path(path).parent / "Snakefile"
    if importlib.util.find_spec("snakemake") is None:
        raise ConfigError("running a grid needs Snakemake: pip install '.[benchmark]'")
    if not snakefile.is_file():
        raise ConfigError(f"no {snakefile}; put the grid's file beside experiments/benchmark/Snakefile or copy that")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
    settings = ["--config", f"grid={path}", f"gpus={gpus}"]
    if profile is None:
        lanes = Lanes(cores or 1, gpus, grid.cores)
        command += ["--cores", str(lanes.cores), *settings]
    else:
        found = load_profile(profile)
        lanes = Lanes(cores or found.jobs * grid.cores, gpus, grid.cores)
        command += ["--workflow-profile", str(found.folder), "--jobs", str(lanes.jobs), *settings, "cluster=true"]
    command += ["--resources", f"gpu={gpus}"]
    return [*command, "--keep-going", "--rerun-incomplete", "--nolock", "--rerun-triggers", "mtime"], lanes


def try_profile(path: str | Path, cores: int | None, gpus: int, profile: str | Path) -> str:
    """Asks Snakemake what it would do with a grid and a profile. No job begins.

    Args:
        path, cores, gpus, profile: As for `snakemake_command`.

    Returns:
        What it says, job by job.

    Raises:
        ConfigError: As for `snakemake_command`, or Snakemake does not accept the profile.
    """
    command, _ = snakemake_command(path, load_grid(path), cores, gpus, profile)
    done = subprocess.run(
        [*command, "--dry-run", "--printshellcmds"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    said = f"{done.stdout}{done.stderr}"
    if done.returncode:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        raise ConfigError(f"{profile}: Snakemake does not accept it: {lines[-1] if lines else done.returncode}")
    return said
