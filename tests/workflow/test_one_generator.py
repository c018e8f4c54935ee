"""One GAN for all seeds: it is trained once, every seed draws images of its own, and plans say so."""

import json

import numpy as np
import pytest
from parrot_generator import Parrot
from small_grid import write_grid
from tiny_classifier import tiny_experiment, write_drawings

from medgan_tf.config.run_folders import run_folder, trained_folder
from medgan_tf.config.schema import GenerateConfig
from medgan_tf.config.section import deciding
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.utility.trainers import Trainers
from medgan_tf.presentation.progress import Silent
from medgan_tf.workflow import stages
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.grid.jobs import grid_jobs
from medgan_tf.workflow.run import dry_run
from medgan_tf.workflow.stages import Generate, Train

ONE = GenerateConfig(generator_seed=7)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_drawings(tmp_path_factory.mktemp("one") / "dataset")


def experiment(folder, seed, generate=ONE):
    return tiny_experiment(folder, seed).model_copy(update={"generate": generate})


def test_the_generator_is_that_of_its_seed(tmp_path):
    other = experiment(tmp_path, 8)
    assert trained_folder(other).path == run_folder(experiment(tmp_path, 7)).path != run_folder(other).path
    own = experiment(tmp_path, 8, GenerateConfig())
    assert trained_folder(own).path == run_folder(own).path
    assert Train().seed(other, 8) == 7 and Train().seed(own, 8) == 8 and Generate().seed(other, 8) == 8


def test_images_of_another_seed(tmp_path, dataset, monkeypatch):
    """Equal labels, other noise, the same generator; the run can be reported although nothing was trained in it."""
    asked = []
    generator = Parrot(dataset.read_fold("train").images[0], 8, ())
    monkeypatch.setattr(stages, "load_generator", lambda path, trust=False: asked.append(path) or generator)
    context = Context(experiment(tmp_path, 8), dataset, True, True, Trainers(), Silent())
    Generate().work(context)
    assert asked == [run_folder(experiment(tmp_path, 7)).generator]
    made = DatasetFolder(context.folder.synthetic)
    assert made.manifest.synthesis.seed == 8 and context.folder.config.is_file()
    np.testing.assert_array_equal(made.read_labels("train"), dataset.read_labels("train"))
    assert list(Generate().reads(context, ())) == [dataset.path, asked[0]]


def test_the_plan_trains_once(tmp_path, dataset):
    settings = experiment(tmp_path, 7)
    settings = settings.model_copy(update={"data": settings.data.model_copy(update={"dataset_dir": "nothing/there"})})
    titles = [title for title in dry_run(settings, [7, 8, 9]) if title.startswith("train")]
    assert titles == ["train seed 7"]
    assert len([title for title in dry_run(settings, [7, 8, 9]) if title.startswith("generate")]) == 3


def test_a_grid_trains_once_too(tmp_path):
    grid = write_grid(tmp_path)
    before = {job.name: job.marker for job in grid_jobs(grid)}
    grid.write_text(grid.read_text().replace("set: [", "set: [generate.generator_seed=2, "))
    jobs = {job.name: job for job in grid_jobs(grid)}
    assert [name for name in jobs if name.startswith("train.one.cpd")] == ["train.one.cpd.2"]
    for seed in (1, 2):
        assert jobs[f"generate.one.cpd.{seed}"].needs == ("train.one.cpd.2",)
    assert jobs["train.one.cpd.2"].arguments[-1] == "seed=2"
    assert "train.one.cpd.1" in before


def test_the_default_changes_no_key():
    assert "generator_seed" not in deciding(GenerateConfig())
    assert json.dumps(deciding(ONE)).count("generator_seed") == 1
