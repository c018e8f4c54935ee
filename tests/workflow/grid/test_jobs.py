"""A grid as a graph of commands."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from small_grid import write_grid

from medgan_tf.errors import ConfigError
from medgan_tf.workflow.grid.grid_file import load_grid
from medgan_tf.workflow.grid.jobs import DONE, FAILED, STARTED, WAITING, grid_jobs
from medgan_tf.workflow.grid.run import GridState, run_grid

FOLDER = Path(__file__).resolve().parents[3] / "experiments" / "benchmark"


@pytest.fixture
def grid(tmp_path):
    """2 experiments on one phantom x 2 GANs x 2 seeds."""
    return write_grid(tmp_path)


def test_every_stage_of_every_run_is_a_job(grid):
    jobs = grid_jobs(grid)
    stages = [job.stage for job in jobs]
    assert {stage: stages.count(stage) for stage in dict.fromkeys(stages)} == {
        "prepare": 2,
        "real": 4,
        "train": 8,
        "generate": 8,
        "fid": 8,
        "classify": 8,
        "gap": 4,
    }
    assert len({job.name for job in jobs}) == len(jobs)


def test_jobs_come_after_what_they_need_and_share_the_real_classifier(grid):
    jobs = {job.name: job for job in grid_jobs(grid)}
    seen = set()
    for job in jobs.values():
        assert set(job.needs) <= seen, job.name
        seen.add(job.name)
    assert jobs["train.one.cpd.2"].needs == ("prepare.one",)
    assert jobs["classify.one.cpd.2"].needs == ("generate.one.cpd.2",)
    assert jobs["fid.one.cpd.2"].needs == ("generate.one.cpd.2", "real.one.2")
    assert jobs["fid.one.progressive.2"].needs == ("generate.one.progressive.2", "real.one.2")
    assert jobs["gap.two.cpd"].needs == ("classify.two.cpd.1", "classify.two.cpd.2", "real.two.1", "real.two.2")
    # Two builds must not draw the same phantom at the same time.
    assert jobs["prepare.two"].needs == ("prepare.one",)


def test_evidence_of_every_run(grid):
    """Importance maps compare the real classifiers of all seeds; what is there for a run without evidence stays."""
    before = {job.name: job.marker for job in grid_jobs(grid)}
    grid.write_text(grid.read_text() + "evidence: [privacy, occlusion, neighbours]\n")
    jobs = {job.name: job for job in grid_jobs(grid)}
    assert {name: jobs[name].marker for name in before} == before
    assert sorted({job.stage for job in jobs.values()} - {name.split(".")[0] for name in before}) == [
        "neighbours",
        "occlusion",
        "privacy",
    ]
    assert len(jobs) == len(before) + 3 * 8
    for name in ("neighbours", "privacy"):
        assert jobs[f"{name}.two.progressive.1"].needs == ("generate.two.progressive.1", "real.two.1")
    assert jobs["occlusion.one.cpd.2"].needs == ("classify.one.cpd.2", "real.one.1", "real.one.2")
    assert jobs["occlusion.one.cpd.2"].arguments[0] == "occlusion"
    # A question without an answer is a result.
    assert jobs["privacy.one.cpd.2"].arguments[-1] == "--partial"


def test_arms_are_made_where_the_experiment_asks_for_them(grid):
    before = {job.name: job.marker for job in grid_jobs(grid)}
    text = grid.read_text()
    grid.write_text(text.replace("set_for: {", "set_for: {cpd: ['classifier.fine_tuning=[0.1]'], "))
    jobs = {job.name: job for job in grid_jobs(grid)}
    assert jobs["generate.one.cpd.2"].arguments[-1] == "--further"
    assert jobs["classify.one.cpd.2"].arguments[-3:] == ("--on", "synthetic", "--arms")
    assert jobs["classify.one.progressive.2"].marker == before["classify.one.progressive.2"]
    grid.write_text(text.replace("set: [", "set: ['classifier.fine_tuning=[0.1]', "))
    jobs = {job.name: job for job in grid_jobs(grid)}
    assert jobs["real.one.2"].arguments[-1] == jobs["classify.two.progressive.1"].arguments[-1] == "--arms"


def test_commands(grid):
    jobs = {job.name: job for job in grid_jobs(grid)}
    file, output = str(grid.parent / "one.yaml"), f"training.output={grid.parent}/runs"
    common = ("--set", "training.batch=8", "--set", output)
    assert jobs["real.one.1"].arguments == ("classify", file, *common, "--set", "seed=1", "--on", "real")
    own = ("--set", "gan.architecture=progressive", "--set", "gan.base_channels=64")
    assert jobs["train.one.progressive.2"].arguments == ("train", file, *common, *own, "--set", "seed=2")
    assert jobs["gap.one.progressive"].arguments == ("gap", file, *common, *own, "--seeds", "1,2")
    words = shlex.split(jobs["train.one.cpd.1"].shell(gpus=2))
    assert words[:3] == [sys.executable, "-m", "medgan_tf.workflow.grid.runner"] and words[5] == "2"
    # Without a GPU a job keeps to its cores.
    words = shlex.split(jobs["prepare.one"].shell(gpus=2))
    assert words[:3] == ["env", "TF_NUM_INTRAOP_THREADS=1", sys.executable] and words[7] == "0"
    assert shlex.split(jobs["train.one.cpd.1"].shell(gpus=0))[1] == "TF_NUM_INTRAOP_THREADS=1"


def test_a_change_makes_only_what_depends_on_it_new(grid):
    before = {job.name: job.marker for job in grid_jobs(grid)}
    assert {job.name: job.marker for job in grid_jobs(grid)} == before
    grid.write_text(grid.read_text().replace("base_channels=64", "base_channels=32"))
    changed = {job.name for job in grid_jobs(grid) if job.marker != before[job.name]}
    assert changed == {name for name in before if "progressive" in name}


def test_states(grid):
    jobs = grid_jobs(grid)
    done, failed, started = jobs[:3]
    done.marker.parent.mkdir(parents=True)
    done.marker.touch()
    failed.log.write_text("preparing: 3 of 9\nError: no such folder\n")
    started.log.write_text("preparing: 3 of 9\n")
    state = GridState.of(jobs)
    assert [name for name, _ in state.states[:4]] == [DONE, FAILED, STARTED, WAITING]
    assert (state.complete, state.failed) == (False, {failed.name: "no such folder"})
    assert state.lines()[-2] == f"failed: {failed.name}: no such folder"
    assert state.describe()["jobs"][done.name]["state"] == DONE
    ended = GridState.of(jobs, ended=True)
    assert ended.failed == {failed.name: "no such folder", started.name: "ended without a message; see its log"}


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("name: small", "nmae: small", "nmae: unknown key; the nearest valid key is name"),
        ("[one.yaml, two.yaml]", "[one.yaml, one.yaml]", "experiments: each file may be named once"),
        ("[one.yaml, two.yaml]", "[three.yaml]", "three.yaml: no such file"),
        ("seeds: 1..2", "seeds: one", "expected e.g. 1000..1003"),
        ("seeds: 1..2", "seeds: 1..2\ngans: [cdp]", "unknown GAN architecture 'cdp'; known: biggan, cpd, "),
        (
            "seeds: 1..2",
            "seeds: 1..2\nevidence: [privcy]",
            "unknown evidence 'privcy'; known: neighbours, privacy, occ",
        ),
        ("{progressive: [", "{biggan: [", "set_for: biggan is not among the grid's gans: cpd, progressive"),
    ],
)
def test_mistakes(grid, old, new, message):
    assert old in grid.read_text()
    grid.write_text(grid.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=message):
        grid_jobs(grid)


def test_the_checked_in_grid():
    """2 modalities x 2 GANs x (2 numbers of classes + 2 numbers of samples) x 2 seeds."""
    config, jobs = load_grid(FOLDER / "quick.yaml"), grid_jobs(FOLDER / "quick.yaml")
    assert len(config.experiments) == 8 and config.gans == ("cpd", "progressive")
    assert sum(job.stage == "train" for job in jobs) == 32
    assert {Path(name).name for name in config.experiments} == {path.name for path in FOLDER.glob("quick_*.yaml")}


def test_snakemake_is_asked_for(grid, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"running a grid needs Snakemake: pip install '\.\[benchmark\]'"):
        run_grid(grid, cores=1)


def test_a_job_waits_for_its_other_process(tmp_path):
    """The lock stays with the command that the runner becomes."""
    log, lock = tmp_path / "a.log", tmp_path / "a.lock"
    runner = [sys.executable, "-m", "medgan_tf.workflow.grid.runner", str(log), str(lock), "0", sys.executable, "-c"]
    # The first prints when it has the lock and again before it ends; the second can only write after that.
    first = subprocess.Popen([*runner, "import time; print('first', flush=True); time.sleep(1.5); print('end')"])
    while not (log.is_file() and "first" in log.read_text()):
        assert first.poll() is None
    second = subprocess.Popen([*runner, "print('second')"])
    assert first.wait(20) == 0
    assert second.wait(20) == 0
    assert log.read_text() == "second\n"


def test_a_gpu_for_each_job(tmp_path):
    code = "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES'))"
    for name, gpus, expected in (("a", "2", "0"), ("b", "0", "None")):
        words = [str(tmp_path / f"{name}.log"), str(tmp_path / f"{name}.lock"), gpus, sys.executable, "-c", code]
        environment = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
        subprocess.run([sys.executable, "-m", "medgan_tf.workflow.grid.runner", *words], check=True, env=environment)
        assert (tmp_path / f"{name}.log").read_text().strip() == expected


def test_markers_of_version_0_1_have_the_names_that_they_had(monkeypatch):
    before = Path(__file__).resolve().parents[2] / "golden" / "version_0_1_settings"
    # The names hold a hash of the command, and so of the path by which the grid was called.
    monkeypatch.chdir(before)
    markers = {job.name: str(job.marker) for job in grid_jobs("grid.yaml")}
    assert markers == json.loads((before / "grid_markers.json").read_text())
