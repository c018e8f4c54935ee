"""How Snakemake is called, and what is asked of a profile. What Snakemake makes of it is tried in .ci/run."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_grid import write_grid

from medgan_tf.errors import ConfigError
from medgan_tf.workflow.grid.cluster import Profile, load_profile, snakemake_command, try_profile
from medgan_tf.workflow.grid.grid_file import load_grid
from medgan_tf.workflow.grid.times import Lanes

SLURM = Path(__file__).parents[3] / "experiments" / "benchmark" / "profiles" / "slurm"


@pytest.fixture
def installed(monkeypatch):
    """Snakemake and its plugin for Slurm seem to be there."""
    known = {"snakemake", "snakemake_executor_plugin_slurm"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name if name in known else None)


@pytest.fixture
def grid(tmp_path):
    (tmp_path / "Snakefile").touch()
    file = write_grid(tmp_path)
    file.write_text(file.read_text() + "cores: 4\n")
    return file


def options(command):
    """The options of a command with their values: {"--jobs": ["8"], ...}."""
    found = {}
    for word in command[3:]:
        if word.startswith("--"):
            found[word] = []
        else:
            found[list(found)[-1]].append(word)
    return found


def test_on_this_machine(installed, grid):
    command, lanes = snakemake_command(grid, load_grid(grid), cores=8, gpus=1, profile=None)
    found = options(command)
    assert found["--config"] == [f"grid={grid}", "gpus=1"] and found["--cores"] == ["8"]
    assert not {"--jobs", "--workflow-profile"} & set(found)
    assert lanes == Lanes(8, 1, 4)
    assert snakemake_command(grid, load_grid(grid), None, 0, None)[1] == Lanes(1, 0, 4)


def test_on_a_cluster(installed, grid):
    command, lanes = snakemake_command(grid, load_grid(grid), cores=None, gpus=3, profile=SLURM)
    found = options(command)
    assert found["--workflow-profile"] == [str(SLURM)] and found["--jobs"] == ["32"] and "--cores" not in found
    # The Snakefile asks the cluster for a GPU, and no more than three are asked for at the same time.
    assert found["--config"] == [f"grid={grid}", "gpus=3", "cluster=true"] and found["--resources"] == ["gpu=3"]
    # 32 jobs with 4 cores each.
    assert lanes == Lanes(128, 3, 4) and lanes.jobs == 32
    assert options(snakemake_command(grid, load_grid(grid), 20, 0, SLURM)[0])["--jobs"] == ["5"]


def test_the_profile_of_the_package(installed):
    assert load_profile(SLURM) == Profile(SLURM, 32)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobs: 3\n", "executor: expected the name of a plugin, such as slurm; received None"),
        ("executor: ../x\njobs: 3\n", "executor: expected the name of a plugin"),
        ("executor: slurm\n", "jobs: expected how many jobs run at the same time; received None"),
        ("executor: slurm\njobs: unlimited\n", "jobs: expected how many jobs"),
        ("executor: slurm\njobs: true\n", "jobs: expected how many jobs"),
        ("executor: lsf\njobs: 3\n", "lsf needs a plugin of Snakemake: pip install snakemake-executor-plugin-lsf"),
        (None, "is no profile: expected a folder with config.yaml"),
    ],
)
def test_mistakes_in_a_profile(installed, tmp_path, text, message):
    if text is not None:
        (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_profile(tmp_path)


def test_slurm_comes_with_an_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"slurm needs a plugin of Snakemake: pip install '\.\[slurm\]'"):
        load_profile(SLURM)


@pytest.mark.parametrize("code", [0, 1])
def test_what_snakemake_says_is_told(installed, grid, monkeypatch, code):
    asked = []

    def done(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, code, "job train\n", "first\nno such option\n\n")

    monkeypatch.setattr(subprocess, "run", done)
    if code:
        with pytest.raises(ConfigError, match="Snakemake does not accept it: no such option$"):
            try_profile(grid, None, 0, SLURM)
    else:
        assert try_profile(grid, None, 0, SLURM) == "job train\nfirst\nno such option\n\n"
    assert asked[0][:3] == [sys.executable, "-m", "snakemake"] and "--dry-run" in asked[0]


def test_every_job_of_a_cluster_sees_the_gpu_that_it_was_given(tmp_path):
    """Slurm names the GPU of a job in CUDA_VISIBLE_DEVICES; with 0 shared GPUs `grid.runner` leaves it alone."""
    code = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    words = [str(tmp_path / "a.log"), str(tmp_path / "a.lock"), "0", sys.executable, "-c", code]
    runner = [sys.executable, "-m", "medgan_tf.workflow.grid.runner", *words]
    subprocess.run(runner, check=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": "5"})
    assert (tmp_path / "a.log").read_text() == "5\n"
