"""Stages of private runs: another guarantee is another training, and what it does not cover is refused beforehand."""

import numpy as np
import pytest
from parrot_generator import Parrot
from private_guarantee import COUNTS, guarantee
from tiny_classifier import tiny_experiment, write_drawings

from medgan_tf.classification.arms.names import arm_of
from medgan_tf.config.schema import GenerateConfig, PrivacyConfig
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.utility.classify import Trainers
from medgan_tf.presentation.progress import Silent
from medgan_tf.synthesis.card import Combination
from medgan_tf.workflow import stages
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.further_sets import further_labels
from medgan_tf.workflow.stages import Generate, Train

DRAWN = GenerateConfig(labels="drawn")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_drawings(tmp_path_factory.mktemp("private") / "dataset")


@pytest.fixture
def generator(dataset, monkeypatch):
    made = Parrot(dataset.read_fold("train").images[0], 7, ())
    made.guarantee = guarantee(units=24)
    pairs = zip(COUNTS.vectors, COUNTS.counts, strict=True)
    made.combinations = [Combination((), vector.astype(np.float32), int(count)) for vector, count in pairs]
    monkeypatch.setattr(stages, "load_generator", lambda path, trust=False: made)
    return made


@pytest.fixture
def context(tmp_path, dataset):
    def make(dp, generate=DRAWN):
        privacy = PrivacyConfig(dp=dp if dp is None else {"noise_multiplier": 1.0, "public_selection": True, **dp})
        experiment = tiny_experiment(tmp_path, 7).model_copy(update={"privacy": privacy, "generate": generate})
        return Context(experiment, dataset, True, False, Trainers(), Silent())

    return make


def test_a_training_is_of_its_guarantee(context):
    """What is stated for the report alone, and a training without privacy, change nothing."""
    plain, private = Train().inputs(context(None)), Train().inputs(context({}))
    assert "dp" not in plain and {name: private[name] for name in plain} == plain
    assert private != Train().inputs(context({"clip": 2.0}))
    assert private == Train().inputs(context({"tried_runs": 4, "public_start_origin": "drawn by us"}))


def test_images_are_of_their_guarantee(context, monkeypatch):
    filed = {"epsilon": 4.5}
    monkeypatch.setattr(stages, "generator_guarantee", lambda path: filed)
    assert Generate().inputs(context({}))["guarantee"] == filed
    assert "guarantee" not in Generate().inputs(context(None))


def test_the_synthetic_set_of_a_run_is_covered(context, generator):
    run = context({})
    Generate().work(run)
    manifest = DatasetFolder(run.folder.synthetic).manifest
    assert manifest.images == {"train": 24, "valid": 3, "test": 0}
    assert manifest.synthesis.covers_labels and manifest.synthesis.guarantee["units"] == 24
    again = context({}, GenerateConfig())
    Generate().work(again)
    assert DatasetFolder(again.folder.synthetic).manifest.synthesis.covers_labels is False


def test_further_sets_of_a_private_run(dataset, generator):
    """As many drawn labels again are covered; images of what is rare among real ones are not."""
    assert further_labels(arm_of("synthetic_2"), dataset, DRAWN, 5, generator).from_card
    rare = further_labels(arm_of("rare_20"), dataset, DRAWN, 5, generator)
    assert rare.origin == "as_real" and not rare.from_card


def test_a_generator_of_before_is_not_taken_for_a_private_one(context, generator):
    generator.guarantee = None
    with pytest.raises(DataError, match="has no guarantee, and the experiment asks for one"):
        Generate().work(context({}))


@pytest.mark.parametrize("stage", [Train, Generate])
def test_what_is_not_covered_is_refused_before_work(context, stage):
    stage().check(context({}))
    with pytest.raises(ConfigError, match="data.min_count|data.subset"):
        stage().check(context({"public_selection": False}))
    with pytest.raises(ConfigError, match=r"generate.reject=\[\]"):
        stage().check(context({}, GenerateConfig(labels="drawn", reject=("copies",))))
