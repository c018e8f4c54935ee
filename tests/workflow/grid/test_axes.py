"""Axes of a grid: every experiment with every combination of values."""

import pytest

from medgan_tf.errors import ConfigError
from medgan_tf.workflow.grid.axes import axis_points
from medgan_tf.workflow.grid.jobs import grid_jobs

EXPERIMENT = """name: p
data: {source: phantom, root: phantom/chest, options: {modality: chest}}
privacy: {dp: {target_epsilon: 5}}
"""


def grid(folder, axes, more=""):
    (folder / "p.yaml").write_text(EXPERIMENT + more)
    file = folder / "grid.yaml"
    file.write_text(f"name: g\noutput: o\nexperiments: [p.yaml]\ngans: [cpd]\nseeds: 1..2\n{axes}\n")
    return file


def test_an_axis_of_epsilon(tmp_path):
    jobs = grid_jobs(grid(tmp_path, "axes: {privacy.dp.target_epsilon: [1, 3, 10, inf]}"))
    names = ["p_target_epsilon_1", "p_target_epsilon_3", "p_target_epsilon_10", "p_target_epsilon_inf"]
    trained = [job for job in jobs if job.stage == "train"]
    assert [job.experiment.name for job in trained] == [name for name in names for _ in range(2)]
    assert [job.experiment.privacy.dp.target_epsilon for job in trained[::2]] == [1.0, 3.0, 10.0, "inf"]
    # The dataset is made once.
    assert {job.experiment.dataset_dir for job in jobs} == {"datasets/p"}
    assert [job.name for job in jobs if job.stage == "prepare"] == ["prepare.p_target_epsilon_1"]
    assert all("prepare.p_target_epsilon_1" in job.needs for job in jobs if job.stage in ("train", "real"))
    settings = ["training.output=o", "privacy.dp.target_epsilon=inf", "name=p_target_epsilon_inf",
                "data.dataset_dir=datasets/p", "gan.architecture=cpd", "seed=2"]  # fmt: skip
    assert list(trained[-1].arguments) == ["train", str(tmp_path / "p.yaml"),
                                           *(word for one in settings for word in ("--set", one))]  # fmt: skip


def test_two_axes_are_combined(tmp_path):
    axes = "axes: {privacy.dp.target_epsilon: [1, 0.5], training.total_images: [100, 200]}"
    names = {job.experiment.name for job in grid_jobs(grid(tmp_path, axes))}
    assert names == {f"p_target_epsilon_{one}_total_images_{other}" for one in ("1", "0.5") for other in (100, 200)}


@pytest.mark.parametrize(
    "more, folders", [("", ["datasets/p_resolution_16", "datasets/p_resolution_32"]), ("here", ["here_resolution_16",
                                                                                                "here_resolution_32"])]
)  # fmt: skip
def test_an_axis_of_the_dataset_makes_datasets(tmp_path, more, folders):
    file = grid(tmp_path, "axes: {data.resolution: [16, 32]}")
    if more:
        (tmp_path / "p.yaml").write_text(EXPERIMENT.replace("root:", f"dataset_dir: {more}, root:"))
    jobs = grid_jobs(file)
    assert [job.experiment.dataset_dir for job in jobs if job.stage == "prepare"] == folders


def test_without_axes_nothing_changes(tmp_path):
    [job] = [job for job in grid_jobs(grid(tmp_path, "")) if job.stage == "prepare"]
    assert job.arguments == ("prepare", str(tmp_path / "p.yaml"), "--set", "training.output=o")


@pytest.mark.parametrize(
    "axes, message",
    [
        ("axes: {privacy.dp.target_epsilon: []}", "axes"),
        ("axes: {target_epsilon: [1]}", "axes"),
        ("axes: {privacy.dp.target_epsilon: [{a: 1}]}", "expected numbers, texts, true or false; received a mapping"),
        ("axes: {privacy.dp.target_epsilon: [1, 1]}", "two combinations would both be named '_target_epsilon_1'"),
        ("axes: {privacy.dp.target_epsilom: [1]}", "privacy.dp.target_epsilom: unknown key"),
    ],
)
def test_mistakes(tmp_path, axes, message):
    with pytest.raises(ConfigError, match=message) as error:
        grid_jobs(grid(tmp_path, axes))
    assert "\n" not in str(error.value)


def test_values_become_names():
    [point] = axis_points({"gan.loss": ["a/b c"]})
    assert point.name == "_loss_abc" and point.overrides == ("gan.loss=a/b c",)
