"""How long jobs of a grid took and will take: sums and means by hand."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_grid import END, finish, write_grid

from medgan_tf.config.schema import Experiment
from medgan_tf.workflow.grid.jobs import DONE, FAILED, WAITING, grid_jobs
from medgan_tf.workflow.grid.run import GridState
from medgan_tf.workflow.grid.times import (
    Lanes,
    Rest,
    SavedPlan,
    job_seconds,
    stage_mean,
    training_key,
    trainings,
    written_key,
)


@pytest.fixture
def jobs(tmp_path):
    """By name: 2 prepare, 4 real, 8 train, 8 generate, 8 classify, 8 fid, 4 gap."""
    return {job.name: job for job in grid_jobs(write_grid(tmp_path))}


def some_done(jobs):
    for name, seconds in (("prepare.one", 10), ("prepare.two", 20), ("real.one.1", 100)):
        finish(jobs[name], seconds)
    for name, seconds in (("train.one.cpd.1", 300), ("train.one.cpd.2", 500)):
        finish(jobs[name], seconds)


def rest_of(jobs, plan=None):
    members = list(jobs.values())
    return Rest.of(members, [job.state()[0] for job in members], [job_seconds(job) for job in members], plan)


def test_a_job_took_from_its_lock_to_its_marker(jobs):
    job, unlocked, turned, waiting = list(jobs.values())[:4]
    finish(job, 200)
    finish(unlocked, None)
    finish(turned, -5)
    assert job_seconds(job) == pytest.approx(200)
    assert all(math.isnan(job_seconds(one)) for one in (unlocked, turned, waiting))
    assert stage_mean([job, unlocked], [200.0, math.nan], "prepare") == 200


def test_the_last_attempt_counts(jobs):
    """A lock that is there since an earlier attempt gets the time at which the command begins."""
    job = jobs["train.one.cpd.1"]
    finish(job, 5000)
    job.marker.unlink()
    runner = [sys.executable, "-m", "medgan_tf.workflow.grid.runner", str(job.log), str(job.lock), "0"]
    subprocess.run([*runner, sys.executable, "-c", f"print(__import__('os').stat({str(job.lock)!r}).st_mtime)"])
    began = float(job.log.read_text())
    # No test is that late, and the earlier attempt was at a set time.
    assert began != END - 5000
    job.marker.touch()
    os.utime(job.marker, (began + 42, began + 42))
    assert job_seconds(job) == pytest.approx(42)


def test_each_job_takes_the_mean_of_its_stage(jobs):
    some_done(jobs)
    rest = rest_of(jobs)
    # 3 of 4 real classifiers as long as the first; 6 of 8 trainings of (300 + 500) / 2.
    assert (rest.of_stage("prepare"), rest.of_stage("real"), rest.of_stage("train")) == (0, 300, 2400)
    assert rest.unknown == ("generate", "classify", "fid", "gap") and math.isnan(rest.of_stage("gap"))
    assert rest.by_plan is None


@pytest.mark.parametrize(
    "lanes, seconds",
    [
        (Lanes(), 2700),
        (Lanes(cores=2), 1350),
        (Lanes(cores=4, job_cores=2), 1350),
        (Lanes(cores=1, job_cores=2), 2700),
        # No job is cut in pieces.
        (Lanes(cores=32), 400),
        (Lanes(cores=32, gpus=2), 1350),
    ],
)
def test_time_left_on_cores_and_gpus(jobs, lanes, seconds):
    some_done(jobs)
    assert rest_of(jobs).on(lanes) == pytest.approx(seconds)


def test_a_chain_of_jobs_is_not_done_side_by_side(jobs):
    names = ("prepare.one", "train.one.cpd.1", "generate.one.cpd.1", "classify.one.cpd.1")
    members = [jobs[name] for name in names]
    rest = Rest(tuple(members), (0.0, 100.0, 20.0, 3.0), None)
    assert rest.on(Lanes(cores=8)) == pytest.approx(123)


def plan_of(jobs):
    seconds = {"cpd": 100.0, "progressive": 300.0}
    trains = [job for job in jobs.values() if job.stage == "train"]
    return SavedPlan("2026-11-24", {job.name: seconds[job.experiment.gan.architecture] for job in trains})


def test_without_a_training_the_plan_tells(jobs):
    plan = plan_of(jobs)
    assert plan.seconds == 4 * 100 + 4 * 300
    rest = rest_of(jobs, plan)
    assert (rest.of_stage("train"), rest.by_plan) == (1600, "2026-11-24")
    # Measured alone on all cores: side by side is no faster there, but it is on GPUs.
    assert [rest.on(Lanes(cores=2)), rest.on(Lanes(cores=2, gpus=2))] == [1600, 800]
    assert rest.line(Lanes(cores=2)) == (
        "time left on 2 cores: about 26 min 40 s, trainings by the plan of 2026-11-24; "
        "not known yet: prepare, real, generate, classify, fid, gap"
    )
    finish(jobs["train.two.progressive.1"], 50)
    rest = rest_of(jobs, plan)
    assert (rest.of_stage("train"), rest.by_plan) == (350, None)


def test_status_table(jobs):
    some_done(jobs)
    failed = jobs["real.two.2"]
    failed.log.write_text("Error: one class only\n")
    state = GridState.of(list(jobs.values()), lanes=Lanes(cores=2))
    assert [" ".join(line.split()) for line in state.lines()] == [
        "stage jobs done failed not done time left",
        "-" * 64,
        "prepare 2 2 0 0 30 s -",
        "real 4 1 1 2 1 min 40 s 3 min 20 s",
        "train 8 2 0 6 13 min 20 s 40 min 00 s",
        "generate 8 0 0 8 - ?",
        "classify 8 0 0 8 - ?",
        "fid 8 0 0 8 - ?",
        "gap 4 0 0 4 - ?",
        "failed: real.two.2: one class only",
        "time left on 2 cores: about 21 min 40 s; not known yet: generate, classify, fid, gap",
    ]
    values = state.describe()
    assert (values["cores"], values["gpus"], values["seconds_left"]) == (2, 0, 1300)
    assert values["jobs"]["train.one.cpd.2"] == {
        "state": DONE,
        "cause": "",
        "log": str(jobs["train.one.cpd.2"].log),
        "seconds": 500,
    }
    assert (values["jobs"]["real.two.2"]["state"], values["jobs"]["real.two.2"]["seconds"]) == (FAILED, None)
    assert values["jobs"]["gap.one.cpd"]["state"] == WAITING
    # JSON has no NaN.
    numbers = {"jobs": 8, "done": 0, "failed": 0, "not_done": 8, "seconds": None, "seconds_left": None}
    assert values["stages"]["fid"] == numbers


def test_nothing_known_and_nothing_left(jobs):
    state = GridState.of(list(jobs.values()), lanes=Lanes(cores=1, gpus=2))
    assert math.isnan(state.rest.on(state.lanes)) and state.describe()["seconds_left"] is None
    assert state.lines()[-1] == (
        "time left on 1 core and 2 GPUs: ? (not known before a job of prepare, real, train, generate, classify, fid, "
        "gap is done)"
    )
    for job in jobs.values():
        finish(job, None)
    state = GridState.of(list(jobs.values()))
    assert state.complete and state.lines()[-1] == "time left on 1 core: none"
    assert state.describe()["seconds_left"] == 0


def test_a_plan_of_version_0_1_still_holds(monkeypatch):
    before = Path(__file__).resolve().parents[2] / "golden" / "version_0_1_settings"
    monkeypatch.chdir(before)
    found = {" ".join(row): written_key(jobs[0].experiment) for row, jobs in trainings(grid_jobs("grid.yaml")).items()}
    assert found == json.loads((before / "plan_keys.json").read_text())


def test_a_private_step_is_another_step_whatever_its_epsilon():
    """The gradients of single patients take time; the size of the noise does not."""

    def key(dp=None, **more):
        privacy = {"privacy": {"dp": {**dp, **more}}} if dp else {}
        return training_key(Experiment(name="x", training={"batch": 8}, **privacy))

    ten = {"target_epsilon": 10}
    assert len({key(), key(ten), key(ten, chunk=4), key(ten, images_per_patient=2), key(ten, embedding={})}) == 5
    assert key(ten) == key({"target_epsilon": "inf"}) == key({"noise_multiplier": 2.0, "clip": 0.5, "label_noise": 6})
