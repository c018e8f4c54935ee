"""Generators from elsewhere in a grid: jobs that import in place of a training."""

import pytest
from small_grid import write_grid

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.workflow.grid.jobs import grid_jobs
from medgan_tf.workflow.grid.plan import plan_grid

ENTRY = "{external: 'pictures/{experiment}/{seed}', name: stylegan3, csv: '{experiment}.csv', owner: 'Ward 3: A, B'}"


@pytest.fixture
def grid(tmp_path):
    return write_grid(tmp_path)


def with_gans(grid, gans):
    text = grid.read_text().replace("set_for: {progressive: [gan.base_channels=64]}\n", "")
    grid.write_text(f"{text}gans: {gans}\n")
    return grid


def test_it_is_imported_and_then_measured_like_any_other(grid):
    before = {job.name: job.marker for job in grid_jobs(grid)}
    jobs = {job.name: job for job in grid_jobs(with_gans(grid, f"[cpd, {ENTRY}]"))}
    assert {name: jobs[name].marker for name in before if ".progressive" not in name} == {
        name: marker for name, marker in before.items() if ".progressive" not in name
    }
    assert sorted(name for name in jobs if "stylegan3" in name) == sorted(
        [f"{stage}.{name}.stylegan3.{seed}" for stage in ("import", "classify", "fid") for name in ("one", "two")
         for seed in (1, 2)] + ["gap.one.stylegan3", "gap.two.stylegan3"]
    )  # fmt: skip
    job = jobs["import.two.stylegan3.2"]
    assert job.arguments[0] == "import-synthetic" and job.needs == ("prepare.two",) and not job.gpu
    external = job.experiment.external
    assert (external.folder, external.csv, external.owner) == ("pictures/two/{seed}", "two.csv", "Ward 3: A, B")
    assert job.experiment.seed == 2 and job.experiment.generator_name == "stylegan3"
    assert jobs["classify.two.stylegan3.2"].needs == ("import.two.stylegan3.2",)
    assert jobs["gap.one.stylegan3"].needs[:2] == ("classify.one.stylegan3.1", "classify.one.stylegan3.2")


def test_an_experiment_with_a_generator_of_its_own_can_be_one_of_ours(grid):
    one = grid.parent / "one.yaml"
    one.write_text(one.read_text() + "external: {name: theirs, folder: pictures}\n")
    jobs = {job.name: job for job in grid_jobs(with_gans(grid, "[cpd]"))}
    assert jobs["train.one.cpd.1"].experiment.external is None
    assert "external=null" in jobs["train.one.cpd.1"].arguments
    assert "external=null" not in jobs["train.two.cpd.1"].arguments


@pytest.mark.parametrize(
    ("gans", "message"),
    [
        ("[cpd, {name: x}]", "expected an architecture, or {external: FOLDER, name: NAME}"),
        ("[{external: a}]", "name: Field required"),
        ("[{external: a, name: cpd}]", "cpd names a part of this project"),
        ("[{external: a, name: x}, {external: b, name: x}]", "'x' stands there twice"),
        ("[{external: a, name: x, format: bmp}]", "unknown format 'bmp'"),
        ("[stylegan]", "unknown GAN architecture 'stylegan'.*one from elsewhere is"),
    ],
)
def test_mistakes(grid, gans, message):
    with pytest.raises(ConfigError, match=message):
        grid_jobs(with_gans(grid, gans))


def test_there_is_no_training_to_plan(grid):
    with pytest.raises(DataError, match="trains nothing: all its generators are from elsewhere"):
        plan_grid(with_gans(grid, f"[{ENTRY}]"))
