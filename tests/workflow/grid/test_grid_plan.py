"""The plan of a grid: what is probed, sums by hand, what is short, and when a kept plan still holds."""

import json

import pytest
from small_grid import finish, training_plan, write_grid, write_manifest

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.workflow.grid.grid_file import load_grid
from medgan_tf.workflow.grid.jobs import grid_folder, grid_jobs
from medgan_tf.workflow.grid.plan import plan_grid
from medgan_tf.workflow.grid.times import saved_plan


class Probe:
    """Notes what it is asked for; cpd takes 100 seconds and progressive 300."""

    def __init__(self, **changes):
        self.asked = []
        self.changes = changes

    def __call__(self, experiment, seconds):
        gan = experiment.gan.architecture
        self.asked.append((experiment.name, gan, seconds))
        return training_plan(experiment.name, gan, {"cpd": 100, "progressive": 300}[gan], **self.changes)


@pytest.fixture
def grid(tmp_path, monkeypatch):
    """The small grid; the dataset of `two` has more images."""
    monkeypatch.chdir(tmp_path)
    write_manifest("datasets/one", images=10)
    write_manifest("datasets/two", images=20)
    return write_grid(tmp_path)


def kept(grid):
    return saved_plan(grid_folder(load_grid(grid)), grid_jobs(grid))


def test_each_distinct_training_is_probed_once_and_summed_up(grid):
    probe = Probe()
    plan = plan_grid(grid, 7, probe=probe)
    assert probe.asked == [("two", "cpd", 7), ("two", "progressive", 7)]
    assert plan.seconds == 2 * 2 * 100 + 2 * 2 * 300
    assert plan.disk_gib == 8 * 0.5
    lines = [" ".join(line.split()) for line in plan.lines()]
    assert [line for line in lines if not line.startswith("-")] == [
        "experiment GAN runs time each time",
        "one cpd 2 1 min 40 s 3 min 20 s",
        "one progressive 2 5 min 00 s 10 min 00 s",
        "two cpd 2 1 min 40 s 3 min 20 s",
        "two progressive 2 5 min 00 s 10 min 00 s",
        "time 26 min 40 s for 8 trainings, one after the other on this machine",
        "memory up to 1.00 GiB of 8.0 available for one training; side by side each takes its own",
        "disk 4.00 GiB of 10.0 free",
        "Classifiers, FID and evidence come on top, and so does the rest of the workflow. No such job of this grid is "
        "done yet, so nothing tells how long they take.",
    ]
    values = json.loads(plan.file.read_text())
    assert values["total"] == {"seconds": 1600, "seconds_left": 1600, "disk_gib": 4.0}
    assert (values["name"], values["shortages"], len(values["probes"])) == ("small", [], 2)
    assert [(row["experiment"], row["gan"], row["runs"], row["probed"]) for row in values["rows"]] == [
        ("one", "cpd", 2, "two"),
        ("one", "progressive", 2, "two"),
        ("two", "cpd", 2, "two"),
        ("two", "progressive", 2, "two"),
    ]


def test_the_papers_values_written_out_are_the_same_training(grid):
    two = grid.parent / "two.yaml"
    two.write_text(two.read_text() + "gan: {latent_size: 512}\n")
    probe = Probe()
    plan_grid(grid, probe=probe)
    assert len(probe.asked) == 2
    two.write_text(two.read_text().replace("512", "64"))
    plan_grid(grid, probe=probe)
    assert [name for name, *_ in probe.asked[2:]] == ["one", "one", "two", "two"]


def test_done_jobs_are_counted_and_their_times_shown(grid):
    jobs = {job.name: job for job in grid_jobs(grid)}
    finish(jobs["train.one.cpd.1"], 90)
    finish(jobs["real.one.1"], 60)
    finish(jobs["real.one.2"], 80)
    finish(jobs["fid.one.cpd.1"], None)
    plan = plan_grid(grid, probe=Probe())
    assert (plan.seconds, plan.seconds_left) == (1600, 1500)
    assert "; 1 done, the others take 25 min 00 s" in "\n".join(plan.lines())
    assert plan.lines()[-1].endswith("Those of this grid that are done took, on average: real 1 min 10 s (2).")
    assert plan.describe()["others"] == {"real": {"jobs": 2, "mean_seconds": pytest.approx(70)}}


def test_shortages_are_those_of_the_trainings_that_are_left(grid):
    probe = Probe(disk_gib=1.5)
    assert plan_grid(grid, probe=probe).shortages == ["12.0 GiB of disk are needed; 10.0 GiB are free"]
    for job in grid_jobs(grid):
        if job.stage == "train" and ".cpd." in job.name:
            finish(job, 90)
    assert plan_grid(grid, probe=probe).shortages == []
    assert plan_grid(grid, probe=Probe(memory_gib=9.0)).shortages == [
        "two with progressive needs 9.0 GiB of memory; 8.0 GiB are available"
    ]


def test_a_plan_holds_until_a_training_changes(grid):
    assert kept(grid) is None
    made = plan_grid(grid, probe=Probe()).made
    plan = kept(grid)
    assert (plan.made, plan.seconds) == (made[:10], 1600)
    assert plan.each["train.two.progressive.2"] == 300
    text = grid.read_text()
    # More seeds, fewer experiments, and settings of other stages: the same trainings.
    grid.write_text(text.replace("1..2", "1..4").replace("batch=8", "batch=8, classifier.max_epochs=3"))
    assert kept(grid).seconds == 3200
    grid.write_text(text.replace("[one.yaml, two.yaml]", "[two.yaml]"))
    assert kept(grid).seconds == 800
    grid.write_text(text.replace("batch=8", "batch=16"))
    assert kept(grid) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format_version": 2, "rows": []}', '{"format_version": 1, "rows": 3}']
)
def test_a_plan_that_cannot_be_read_counts_as_none(grid, text):
    file = plan_grid(grid, probe=Probe()).file
    file.write_text(text)
    assert kept(grid) is None


def test_missing_datasets_are_explained(grid):
    for name in ("one", "two"):
        (grid.parent / "datasets" / name / "manifest.json").unlink()
    probe = Probe()
    with pytest.raises(DataError) as error:
        plan_grid(grid, probe=probe)
    assert str(error.value) == (
        "the plan measures on prepared datasets, and there is none for one; first: "
        f"medgan-tf prepare {grid.parent}/one.yaml --set training.batch=8 --set training.output={grid.parent}/runs"
    )
    assert probe.asked == []
    # One of those that share a probe is enough, but not at another resolution.
    write_manifest("datasets/three", images=5)
    (grid.parent / "datasets/three/manifest.json").rename(grid.parent / "datasets/two/manifest.json")
    plan_grid(grid, probe=probe)
    assert [name for name, *_ in probe.asked] == ["two", "two"]
    two = grid.parent / "two.yaml"
    two.write_text(two.read_text().replace("data: {", "data: {resolution: 64, "))
    with pytest.raises(DataError, match=r"none for one, two; first: medgan-tf prepare .*one.yaml .* && .*two.yaml "):
        plan_grid(grid, probe=probe)


def test_settings_that_cannot_be_trained_are_found_before_any_probe(grid):
    two = grid.parent / "two.yaml"
    two.write_text(two.read_text() + "gan: {growth: {start_resolution: 8}}\n")
    probe = Probe()
    with pytest.raises(ConfigError, match="growth"):
        plan_grid(grid, probe=probe)
    assert probe.asked == []
