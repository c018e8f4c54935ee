"""`plan`, `grid` and `benchmark` given a grid: what is on the terminal, and a run with a stand-in for Snakemake."""

import json
import os
import re

import pytest
from click.testing import CliRunner
from small_grid import finish, training_plan, write_grid, write_manifest

from medgan_tf.console.group import main
from medgan_tf.machine import plan as training_plans
from medgan_tf.tools import benchmark
from medgan_tf.workflow.grid import run as grid_run
from medgan_tf.workflow.grid.jobs import grid_jobs
from medgan_tf.workflow.grid.times import Lanes

SNAKEMAKE = """
import os, pathlib, time

# Each job took 100 seconds, and is seen to be done some time after the one before.
for line in os.environ["FAKE_JOBS"].split():
    marker, lock = map(pathlib.Path, line.split(":"))
    lock.touch()
    os.utime(lock, (time.time() - 100,) * 2)
    marker.touch()
    time.sleep(0.3)
"""


@pytest.fixture
def grid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_grid(tmp_path)


@pytest.fixture
def prepared(grid, monkeypatch):
    """With a dataset, and a probe that takes no time: cpd 100 seconds and progressive 300, 0.5 GiB of disk each."""
    write_manifest("datasets/one", images=10)

    def probed(module, function, values, seconds):
        gan = values["gan"]["architecture"]
        return training_plan(values["name"], gan, {"cpd": 100, "progressive": 300}[gan])

    monkeypatch.setattr(training_plans, "in_own_process", probed)
    return grid


@pytest.fixture
def snakemake(grid, monkeypatch):
    """A stand-in that does the jobs of which it is told the names."""
    folder = grid.parent / "stand_in"
    (folder / "snakemake").mkdir(parents=True)
    (folder / "snakemake" / "__init__.py").touch()
    (folder / "snakemake" / "__main__.py").write_text(SNAKEMAKE)
    (grid.parent / "Snakefile").touch()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr(grid_run, "_POLL", 0.02)

    def jobs(names):
        found = {job.name: job for job in grid_jobs(grid)}
        monkeypatch.setenv("FAKE_JOBS", " ".join(f"{found[name].marker}:{found[name].lock}" for name in names))

    return jobs


def call(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def test_plan_of_a_grid(prepared):
    result = call("plan", prepared)
    lines = result.stdout.splitlines()
    assert lines[2].split() == ["one", "cpd", "2", "1", "min", "40", "s", "3", "min", "20", "s"]
    assert "26 min 40 s for 8 trainings, one after the other on this machine" in result.stdout
    assert lines[-1] == f"kept in {prepared.parent}/runs/.grid/small/plan.json"
    assert json.loads(call("plan", prepared, "--json").stdout)["total"]["seconds"] == 1600


def test_plan_ends_with_1_when_disk_is_short(prepared, monkeypatch):
    monkeypatch.setattr(
        training_plans, "in_own_process", lambda *_: training_plan("one", "cpd", 10, disk_gib=2.0, free_disk_gib=3.0)
    )
    result = call("plan", prepared, code=1)
    assert "for 8 trainings" in result.stdout
    assert result.stderr.endswith("Error: 16.0 GiB of disk are needed; 3.0 GiB are free\n")


def test_mistakes_are_one_line(grid):
    result = call("plan", grid, code=1)
    assert "Error: the plan measures on prepared datasets, and there is none for one; first: medgan-tf prepare " in (
        result.stderr
    )
    result = call("plan", grid, grid.parent / "one.yaml", code=2)
    assert f"Error: {grid} is a grid: it is planned alone, without other files" in result.stderr
    result = call("plan", grid, "--set", "seed=1", code=2)
    assert f"Error: --set is for experiments; {grid} is a grid: put overrides under its key `set`" in result.stderr
    assert "none.yaml: no such file" in call("plan", "none.yaml", code=2).stderr


def test_dry_run_ends_with_the_plan(prepared):
    line = call("grid", prepared, "--dry-run").stdout.splitlines()[-1]
    assert line == f"trainings: not measured as they are now; `medgan-tf plan {prepared}` does that"
    assert json.loads(call("grid", prepared, "--dry-run", "--json").stdout)["plan"] is None
    call("plan", prepared)
    result = call("grid", prepared, "--dry-run", "--cores", "2")
    pattern = r"trainings: 26 min 40 s on this machine by the plan of \d{4}-\d\d-\d\d; classifiers not included"
    assert re.fullmatch(pattern, result.stdout.splitlines()[-1])
    assert re.search(r"^time left on 2 cores: about 26 min 40 s, trainings by the plan of ", result.stdout, re.M)
    assert "medgan-tf gap " in result.stdout
    assert json.loads(call("grid", prepared, "--dry-run", "--json").stdout)["plan"]["seconds"] == 1600


def test_the_table_at_the_end(grid, snakemake):
    names = ["prepare.one", "prepare.two", "real.one.1", "train.one.cpd.1"]
    snakemake(names)
    result = call("grid", grid, "--cores", "2", "--every", "0.1", "--no-report", code=1)
    assert result.stdout.splitlines()[0].split() == ["stage", "jobs", "done", "failed", "not", "done", "time", "left"]
    assert "time left on 2 cores: about " in result.stdout
    for name in ("one", "two"):
        (plan,) = json.loads((grid.parent / f"runs/{name}/plan.json").read_text())["plans"]
        assert (plan["results"], plan["content"]["seeds"]) == ([], [1, 2])


def test_status_follows_a_running_grid(grid, snakemake):
    """A table before the end, and what `--status` then says in another terminal."""
    snakemake(["prepare.one", "prepare.two", "real.one.1", "train.one.cpd.1"])
    seen = []

    class Progress:
        def __call__(self, done, total=None, note=""):
            pass

        def note(self, text):
            status = json.loads((grid.parent / "runs/.grid/small/status.json").read_text())
            seen.append((text, status, call("grid", grid, "--status").stdout))

    state = grid_run.run_grid(grid, cores=3, progress=Progress(), period=0.1)
    assert state.lanes == Lanes(3, 0, 1) == grid_run.grid_state(grid).lanes
    assert grid_run.grid_state(grid, cores=8, gpus=1).lanes == Lanes(8, 1, 1)
    assert state.count("done") == 4 and not state.complete
    assert len(seen) > 1
    for text, status, other in seen:
        assert text.startswith("stage ") and "time left on 3 cores" in text and "time left on 3 cores" in other
        assert status["cores"] == 3 and not status["complete"]
    status = json.loads((grid.parent / "runs/.grid/small/status.json").read_text())
    assert status["jobs"]["train.one.cpd.1"]["seconds"] == pytest.approx(100, abs=5)
    assert status["jobs"]["train.one.cpd.2"]["seconds"] is None
    assert status["stages"]["train"]["seconds_left"] == pytest.approx(700, abs=35)


def test_with_json_the_last_table_is_on_standard_error(grid, snakemake):
    for job in grid_jobs(grid):
        finish(job, 10)
    snakemake([])
    result = call("grid", grid, "--json", "--no-report")
    assert json.loads(result.stdout)["complete"] is True
    assert result.stderr.splitlines()[-1] == "time left on 1 core: none"


def test_benchmark_of_a_grid_is_the_command_grid(grid):
    as_grid = call("grid", grid, "--dry-run", "--cores", "2")
    assert call("benchmark", grid, "--dry-run", "--cores", "2").stdout == as_grid.stdout
    assert call("benchmark", "--cores", "2", grid, "--dry-run").stdout == as_grid.stdout
    alone = CliRunner().invoke(benchmark.command, [str(grid), "--dry-run", "--cores", "2"])
    assert (alone.exit_code, alone.stdout) == (0, as_grid.stdout)
    usage = call("benchmark", grid, "--help").stdout
    assert usage.startswith("Usage: medgan-tf benchmark [OPTIONS] GRID.yaml\n") and "--status" in usage
    assert "none.yaml: no such file" in call("benchmark", "none.yaml", code=2).stderr


def test_benchmark_without_a_grid_still_measures():
    result = call("benchmark", "--help")
    assert "--measure" in result.stdout and "--status" not in result.stdout
    assert "medgan-tf benchmark experiments/benchmark/quick.yaml --cores 2" in result.stdout
    assert "Received: resolution=33" in call("benchmark", "--resolution", "33", code=2).stderr
    assert "(see medgan-tf benchmark --help)" in call("benchmark", "--cores", "2", code=2).stderr
