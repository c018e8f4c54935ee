"""The job with linear classifiers: same files as with a network, what seeds vary, and no gap between two networks."""

import json
import logging

import numpy as np
import pytest
import tensorflow as tf
from tiny_classifier import offer_as_synthetic, tiny_experiment, write_drawings

from medgan_tf.classification.conditions import REAL, SYNTHETIC, baseline_conditions, condition_key
from medgan_tf.classification.predictions import read_predictions
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.config.section import deciding
from medgan_tf.data.records.synthesis import Synthesis
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.image_sets import fold_set
from medgan_tf.evidence.importance.classifier import SavedClassifier, load_classifier
from medgan_tf.evidence.importance.measure import occlude
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.utility.classify import classify
from medgan_tf.evidence.utility.gap_view import gap_view
from medgan_tf.evidence.utility.job import gap_over_seeds
from medgan_tf.evidence.utility.read_seeds import read_seed
from medgan_tf.evidence.utility.section_card import worth_words
from medgan_tf.evidence.utility.seed_sources import source_sentences
from medgan_tf.evidence.utility.table import gap_table
from medgan_tf.evidence.utility.trainers import check_classifier, linear_features
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import load_extractor

CHANGES = {"architecture": "linear", "flip": False, "baselines": ("permutations",), "permutations": 2,
           "fine_tuning": (1.0,)}  # fmt: skip


pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Classifiers of two seeds whose synthetic sets are the same."""
    folder = tmp_path_factory.mktemp("linear")
    dataset, results = write_drawings(folder / "dataset", per_combination=48), {}
    for seed in (7, 8):
        experiment = tiny_experiment(folder, seed, **CHANGES)
        offer_as_synthetic(dataset, SYNTHETIC.folder(experiment).synthetic)
        conditions = [REAL, SYNTHETIC, *baseline_conditions(experiment.classifier)]
        results[seed] = classify(experiment, conditions, dataset)
    return folder, dataset, results


def test_files_and_results_are_those_of_a_classifier(done):
    folder, dataset, results = done
    classifier = folder / "runs/drawings/real-seed7/classifier"
    assert sorted(path.name for path in classifier.iterdir()) == [
        "model", "model.json", "predictions.csv", "reliability.png", "result.json", "roc.png",
    ]  # fmt: skip
    result, card = (json.loads((classifier / f"{name}.json").read_text()) for name in ("result", "model"))
    assert result["network"] == card["network"] == "logistic regression on features of the extractor pixels"
    assert card["architecture"] == result["settings"]["architecture"] == "linear"
    assert result["test"]["mean_auc"] > 0.95 and result["stopped_because"]
    assert results[7]["fine_tuned_1"]["test"]["mean_auc"] > 0.95
    assert set(results[7]) == {"real", "synthetic", "permuted_1", "permuted_2", "fine_tuned_1"}
    # The seed changes nothing but the permutations.
    assert results[7]["real"]["weights_sha256"] == results[8]["real"]["weights_sha256"]
    assert results[7]["permuted_1"]["weights_sha256"] != results[8]["permuted_1"]["weights_sha256"]


def test_its_features_are_those_of_the_extractor(done):
    folder, dataset, _ = done
    model = folder / "runs/drawings/real-seed7/classifier/model"
    images = dataset.read_fold("test").images
    found = load_extractor("classifier", ExtractorRequest(classifier=model)).features(images)
    np.testing.assert_allclose(found, load_extractor("pixels").features(images), atol=1e-5)


def test_the_gap_says_which_classifier_and_what_its_seeds_vary(done):
    gap = gap_over_seeds(tiny_experiment(done[0], 7, **CHANGES), [7, 8]).gap
    assert gap["classifier"] == "logistic regression on features of the extractor pixels"
    assert (gap["seeds_vary"]["what"], gap["seeds_vary"]["sets"]) == ("classifiers", 1)
    assert gap["gap"]["mean"]["values"] == [0, 0]
    sentences = source_sentences(gap)
    assert (
        "verdict are about this one set of images" in sentences[0] and "all seeds are the same training" in sentences[1]
    )
    assert sentences[0] in gap_table(gap)
    single = gap_over_seeds(tiny_experiment(done[0], 7, **CHANGES), [7]).gap
    assert "seeds_vary" not in single
    view = gap_view(gap)
    assert (view.seeds_vary, view.classifier) == ("classifiers", gap["classifier"])
    undefined = worth_words(
        gap_view(gap | {"verdict": gap["verdict"] | {"against": "undefined", "finding": "undefined"}})
    )
    assert undefined[1] == "Not decided: all seeds are the same training"


def test_images_of_one_generator(done, tmp_path):
    """Other images with the same generator's hash; then another generator."""
    folder, dataset, _ = done
    other = write_drawings(tmp_path / "other", per_combination=40)
    experiment = tiny_experiment(folder, 7, **CHANGES).model_copy(
        update={"training": tiny_experiment(tmp_path).training}
    )
    from medgan_tf.evidence.utility.seed_sources import seed_sources

    place = SYNTHETIC.folder(experiment.model_copy(update={"seed": 1})).synthetic
    offer_as_synthetic(dataset, place)
    for seed, hash_ in ((2, "1" * 64), (3, "2" * 64)):
        origin = Synthesis(run="x", generator_sha256=hash_, seed=seed)
        offer_as_synthetic(other, SYNTHETIC.folder(experiment.model_copy(update={"seed": seed})).synthetic,
                           synthesis=origin)  # fmt: skip
    found = seed_sources(experiment, [1, 2])["seeds_vary"]
    assert (found["what"], found["sets"], found["generators"]) == ("images", 2, 1)
    assert "all 2 seeds have images of one generator" in found["remarks"][0] and len(found["remarks"]) == 1
    assert seed_sources(experiment, [1, 3]) == seed_sources(experiment, [1, 4]) == seed_sources(experiment, [1]) == {}


def test_no_gap_between_two_networks(done, tmp_path, caplog):
    import shutil

    shutil.copytree(done[0] / "runs", tmp_path / "runs")
    experiment = tiny_experiment(tmp_path, 7, **CHANGES)
    read = tmp_path / "runs/drawings/real-seed7/baselines/permuted_1/classifier/result.json"
    result = json.loads(read.read_text())
    read.write_text(json.dumps(result | {"network": "ResNet50"}))
    with caplog.at_level(logging.WARNING):
        assert "permuted_1" not in read_seed(experiment).predictions
    assert "'permuted_1' is ResNet50, the one of real images logistic regression" in caplog.text
    place = tmp_path / "runs/drawings/cpd-seed7/classifier/result.json"
    result = json.loads(place.read_text())
    del result["network"]
    place.write_text(json.dumps(result))
    with pytest.raises(DataError, match="'synthetic' is DenseNet-121, the one of real images logistic regression"):
        read_seed(experiment)


def test_importance_maps_come_from_the_saved_model(done):
    folder, dataset, _ = done
    loaded = load_classifier(folder / "runs/drawings/real-seed7/classifier", "real", ("Square", "Disc"), 16)
    assert isinstance(loaded, SavedClassifier) and loaded.image_size == 16
    images = fold_set(dataset, ("test",), "real")
    chosen = np.flatnonzero(images.labels[:, 0] == 1)[:3]
    [maps] = occlude([loaded], images.take(chosen), OcclusionConfig(patch=4, stride=4, images=3, batch=8))
    predictions = read_predictions(folder / "runs/drawings/real-seed7/classifier/predictions.csv")
    np.testing.assert_allclose(maps.before, predictions.scores[chosen], atol=1e-5)
    # The square lies in rows 2 to 6 and columns 4 to 11: patches 1 and 2 of the rows 0 and 1.
    assert maps.increase.shape == (3, 4, 4, 2) and maps.method == "whole network for every mask"
    mean = maps.increase[..., 0].mean(axis=0)
    assert np.unravel_index(mean.argmax(), mean.shape)[1] in (1, 2) and mean.argmax() // 4 in (0, 1)
    masked = images.images[chosen[:1]].copy()
    masked[:, 4:8, 8:12] = 0
    after = loaded.model.signatures["predict"](images=tf.constant(masked))["probabilities"].numpy()[0, 0]
    increase = -np.log(after) + np.log(maps.before[0, 0])
    assert maps.increase[0, 1, 2, 0] == pytest.approx(increase, rel=1e-3, abs=1e-5)


def test_keys_of_the_default_stay():
    names = {"architecture", "extractor", "sha256", "input_range"}
    assert not names & set(deciding(ClassifierConfig()))
    assert names - {"sha256"} == names & set(
        deciding(ClassifierConfig(architecture="linear", extractor="random", input_range="0..1"))
    )


def test_another_extractor_is_another_classifier(done):
    folder, dataset, _ = done
    keys = {
        condition_key(REAL, tiny_experiment(folder, 7, **(CHANGES | changes)), dataset, None)
        for changes in ({}, {"extractor": "random"}, {"architecture": "densenet121"})
    }
    assert len(keys) == 3


def test_features_that_cannot_be():
    with pytest.raises(ConfigError, match="cannot begin with its own features"):
        linear_features(ClassifierConfig(architecture="linear", extractor="classifier"))
    with pytest.raises(ConfigError, match="unknown feature extractor 'colours'; known: classifier, "):
        check_classifier(ClassifierConfig(architecture="linear", extractor="colours"))
    with pytest.raises(ConfigError) as caught:
        check_classifier(ClassifierConfig(architecture="linear", extractor="radiology"))
    assert "classifier.weights" in str(caught.value) and "evaluation.fid" not in str(caught.value)
    with pytest.raises(DataError, match="classifier.sha256"):
        check_classifier(ClassifierConfig(architecture="linear", sha256="0" * 64))
