"""Further sets of images: the synthetic set stays bit for bit, each set is made once, and only arms need them."""

import numpy as np
import pytest
from parrot_generator import Parrot
from tiny_classifier import tiny_experiment, write_drawings

from medgan_tf.classification.arms.further import fitting_set, further_seed, further_set
from medgan_tf.classification.arms.names import arm_of
from medgan_tf.config.schema import Experiment, GenerateConfig
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.classify import Trainers
from medgan_tf.files.hashing import files_sha256
from medgan_tf.presentation.progress import Silent
from medgan_tf.workflow import further_sets, stages
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.further_sets import check_arms, further_labels
from medgan_tf.workflow.stages import Generate

SEED = 7


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_drawings(tmp_path_factory.mktemp("further") / "dataset")


@pytest.fixture
def context_of(tmp_path, dataset, monkeypatch):
    """A context for some arms. Every label and noise has a picture of its own."""
    generator = Parrot(dataset.read_fold("train").images[0], SEED, ())
    monkeypatch.setattr(stages, "load_generator", lambda path, trust=False: generator)

    def make(baselines=True, **classifier):
        experiment = tiny_experiment(tmp_path, SEED, **classifier)
        return Context(experiment, dataset, resume=True, baselines=baselines, trainers=Trainers(), progress=Silent())

    return make


def pictures(folder):
    return DatasetFolder(folder).read_fold("train").images


def test_multiples_leave_the_first_images_as_they_are(context_of, dataset):
    plain = context_of()
    Generate().work(plain)
    assert Generate().outputs_exist(plain) and not plain.folder.further("2").exists()
    before, first = files_sha256(plain.folder.synthetic), pictures(plain.folder.synthetic)
    more = context_of(synthetic_multiples=(0.5, 2.5))
    # No baselines, no arms, no further sets.
    assert not Generate().outputs_exist(more) and Generate().outputs_exist(context_of(False, synthetic_multiples=(3,)))
    Generate().work(more)
    assert Generate().outputs_exist(more) and files_sha256(plain.folder.synthetic) == before
    second, third = (DatasetFolder(more.folder.further(name)) for name in ("2", "3"))
    times = [files_sha256(one.path) for one in (second, third)]
    for one in (second, third):
        assert one.manifest.images == {"train": 48, "valid": 0, "test": 0}
        np.testing.assert_array_equal(one.read_labels("train"), dataset.read_labels("train"))
        assert one.manifest.synthesis.generator_sha256 == "a" * 64
    images = np.concatenate([first, pictures(second.path), pictures(third.path)])
    assert len(np.unique(images.reshape(144, -1), axis=0)) == 144
    # A larger multiple adds one folder.
    larger = context_of(synthetic_multiples=(4,))
    Generate().work(larger)
    assert [files_sha256(larger.folder.further(name)) for name in ("2", "3")] == times
    assert sorted(path.name for path in larger.folder.further("4").parent.iterdir()) == ["2", "3", "4"]


def test_sets_of_finished_arms_may_be_removed(context_of, monkeypatch):
    context = context_of(synthetic_multiples=(2,))
    Generate().work(plain := context_of())
    assert plain.folder.path == context.folder.path and not Generate().outputs_exist(context)
    monkeypatch.setattr(further_sets, "is_finished", lambda condition, *_: condition.name == "synthetic_2")
    assert Generate().outputs_exist(context)
    assert not Generate().outputs_exist(context_of(synthetic_multiples=(2, 3)))


def test_a_set_of_another_generator_does_not_fit(context_of, monkeypatch, dataset):
    context = context_of(synthetic_multiples=(2,))
    Generate().work(context)
    synthetic = DatasetFolder(context.folder.synthetic)
    assert fitting_set(context.folder, "2", synthetic).path == context.folder.further("2")
    other = Parrot(dataset.read_fold("train").images[0], SEED, ())
    other.sha256 = other.file_sha256 = lambda: "b" * 64
    monkeypatch.setattr(stages, "load_generator", lambda path, trust=False: other)
    again = context_of()
    Generate().work(again)
    synthetic = DatasetFolder(context.folder.synthetic)
    assert fitting_set(context.folder, "2", synthetic) is None and not Generate().outputs_exist(context)
    with pytest.raises(DataError, match=r"further/2 is no further set of images beside .*--further` makes it"):
        further_set(context.folder, "2", synthetic)
    Generate().work(context)
    assert further_set(context.folder, "2", synthetic).manifest.synthesis.generator_sha256 == "b" * 64


def test_rare_combinations_get_what_they_lack(context_of, dataset):
    context = context_of(rare_augmentation=20)
    Generate().work(context)
    made = DatasetFolder(context.folder.further("rare_20")).read_fold("train")
    vectors, counts = np.unique(made.labels, axis=0, return_counts=True)
    # 4 combinations of 12 training images each.
    assert (len(vectors), counts.tolist()) == (4, [8] * 4)
    with pytest.raises(DataError, match="adds nothing"):
        check_arms(context_of(rare_augmentation=12).conditions, dataset)
    with pytest.raises(DataError, match="would add 4,752 synthetic images to 48 real ones"):
        Generate().check(context_of(rare_augmentation=1200))


def test_drawn_labels_are_drawn_anew(dataset):
    config = GenerateConfig(labels="drawn", minimum_patients=1)
    tables = [further_labels(arm_of("synthetic_3"), dataset, config, further_seed(SEED, name)) for name in ("2", "3")]
    assert [table.origin for table in tables] == ["drawn"] * 2 and list(tables[0].folds) == ["train"]
    assert len(tables[0].folds["train"]) == 48
    assert (tables[0].folds["train"] != tables[1].folds["train"]).any()


def test_seeds_of_further_sets():
    seeds = {further_seed(seed, name) for seed in (7, 8) for name in ("2", "3", "rare_20")}
    assert len(seeds) == 6 and min(seeds) >= 0 and max(seeds) < 2**32


def test_rejection_holds_for_further_sets_too(context_of, dataset, monkeypatch):
    asked = []

    def without_flagged(experiment, dataset, generator, table, seed, progress):
        asked.append((seed, len(table.folds["train"])))
        return table, None

    monkeypatch.setattr(further_sets, "without_flagged", without_flagged)
    monkeypatch.setattr(stages, "without_flagged", without_flagged)
    monkeypatch.setattr(stages, "classify", lambda *_, **__: {})
    context = context_of(synthetic_multiples=(2,))
    values = context.experiment.model_dump(mode="json")
    values["generate"]["reject"] = ["copies"]
    context.experiment = Experiment.model_validate(values)
    Generate().work(context)
    assert asked == [(SEED, 48), (further_seed(SEED, "2"), 48)]
