"""The job: a copy of the real fold has no gap, permuted labels give chance, finished work is not done again."""

import json
import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_classifier import offer_as_synthetic, tiny_backbone, tiny_experiment, write_drawings

from medgan_tf.classification import network
from medgan_tf.classification.condition_table import condition_table
from medgan_tf.classification.conditions import REAL, SHUFFLED, SYNTHETIC, baseline_conditions
from medgan_tf.classification.predictions import read_predictions, write_predictions
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.config.schema import OriginalCodeConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.utility.baselines import classify_trivial
from medgan_tf.evidence.utility.classifier_results import is_finished
from medgan_tf.evidence.utility.classify import Trainers, classify
from medgan_tf.evidence.utility.job import gap_over_seeds
from medgan_tf.files.hashing import sha256_of
from medgan_tf.metrics.auc import auc_per_label


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(network, "build_backbone", tiny_backbone)


pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Real, copy-of-real and shuffled classifiers of two seeds."""
    folder = tmp_path_factory.mktemp("done")
    dataset = write_drawings(folder / "dataset", per_combination=48)
    results, trainers = {}, Trainers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "build_backbone", tiny_backbone)
        for seed in (7, 8):
            experiment = tiny_experiment(folder, seed, max_epochs=6, baselines=("shuffled",))
            offer_as_synthetic(dataset, SYNTHETIC.folder(experiment).synthetic)
            results[seed] = classify(experiment, [REAL, SYNTHETIC, SHUFFLED], dataset, trainers=trainers)
    return folder, dataset, results


def again(folder, **changes):
    return tiny_experiment(folder, 7, **{"max_epochs": 6, "baselines": ("shuffled",), **changes})


def test_a_copy_of_the_real_fold_has_no_gap(done):
    folder, _, results = done
    for seed in (7, 8):
        assert results[seed]["synthetic"]["test"]["mean_auc"] == results[seed]["real"]["test"]["mean_auc"] > 0.9
    result = gap_over_seeds(again(folder), [7, 8])
    assert result.gap["gap"]["mean"]["values"] == [0.0, 0.0]
    assert result.gap["verdict"]["finding"] == "too few patients" and result.gap["test"]["patients"] < 40
    # Without any spread there is nothing to test.
    assert result.gap["gap"]["mean"]["paired_t"]["p"] is None


def test_permutations_are_quick_and_each_is_another(done, tmp_path):
    experiment = tiny_experiment(tmp_path, 7, max_epochs=6, baselines=("permutations",), permutations=3)
    conditions = baseline_conditions(experiment.classifier)
    results = classify(experiment, conditions, done[1])
    assert list(results) == ["permuted_1", "permuted_2", "permuted_3"]
    assert [result["epochs"] for result in results.values()] == [1, 1, 1]
    assert {result["stopped_because"] for result in results.values()} == {"1 epoch is the limit"}
    assert len({result["weights_sha256"] for result in results.values()}) == 3
    folders = [condition.folder(experiment).classifier for condition in conditions]
    # One is kept as a model: it is the floor of map agreement. None has figures.
    assert [(folder / "model").is_dir() for folder in folders] == [True, False, False]
    assert not list((tmp_path / "runs").rglob("*.png"))
    assert all(is_finished(condition, experiment, done[1], None) for condition in conditions)


def test_trivial_classifiers_of_real_and_of_synthetic_images(done, monkeypatch):
    """The synthetic set is a copy of the real one."""
    folder, dataset, results = done
    experiment = again(folder, baselines=("trivial",))
    conditions = baseline_conditions(experiment.classifier)
    found = classify(experiment, conditions, dataset)
    aucs = {name: result["test"]["mean_auc"] for name, result in found.items()}
    assert aucs["pixels_real"] == aucs["pixels_synthetic"] > 0.95 > aucs["intensity_real"] > 0.6
    predictions = read_predictions(conditions[0].folder(experiment).classifier / "predictions.csv")
    test = dataset.read_fold("test")
    brightness = np.repeat(test.images.mean(axis=(1, 2)), 2, axis=1)
    # Grey values are stretched over each image, so that images with a disc are darker: dark speaks for it.
    plain = auc_per_label(test.labels, brightness)[1]
    assert plain < 0.4 and found["intensity_real"]["test"]["labels"]["Disc"]["auc"] == pytest.approx(1 - plain)
    assert predictions.image_ids.tolist() == test.image_ids.tolist()
    assert found["pixels_real"]["validation_auc"] > 0.95
    assert "synthetic" in found["pixels_synthetic"]["inputs_sha256"]
    monkeypatch.setattr(classify_trivial, "fit_trivial", lambda *_: pytest.fail("again"))
    assert classify(experiment, conditions, dataset)["pixels_real"] == json.loads(
        (conditions[2].folder(experiment).classifier / "result.json").read_text()
    )
    both = gap_over_seeds(experiment, [7]).gap
    assert both["trivial"]["pixels"]["values"] == [0] and both["trivial"]["pixels"]["each_seed"][0]["low"] is None
    # `shuffled` of earlier versions is read although the setting no longer names it.
    assert list(both["permutations"]["classifiers"]) == ["shuffled"]


def test_result_file_says_what_how_and_from_what(done):
    folder = done[0] / "runs/drawings/real-seed7/classifier"
    result = json.loads((folder / "result.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == [
        "model", "model.json", "predictions.csv", "reliability.png", "result.json", "roc.png",
    ]  # fmt: skip
    assert result["images"] == {"train": 96, "valid": 48}
    assert result["test"]["images"] == 48 and result["test"]["patients"] == 24
    assert set(result["test"]["labels"]["Disc"]) == {
        "auc", "auc_interval", "average_precision", "brier", "calibration_error", "positives",
    }  # fmt: skip
    assert len(result["inputs_sha256"]["real"]) == len(result["key"]) == 64
    assert result["epochs"] == len(result["history"]) and result["stopped_because"]
    card = json.loads((folder / "model.json").read_text())
    assert (card["label_names"], card["resolution"], card["image_size"]) == (["Square", "Disc"], 16, 32)
    assert card["dataset_sha256"] == result["inputs_sha256"]["real"]
    # Of the baselines only the shuffled one is kept as a model: it is the floor of map agreement.
    models = (done[0] / "runs/drawings").glob("*/baselines/*/classifier/model")
    assert {path.parent.parent.name for path in models} == {"shuffled"}
    rows = (folder / "predictions.csv").read_text().splitlines()
    assert len(rows) == 1 + 48 * 2


def test_finished_classifiers_are_kept_until_something_changes(done, caplog):
    folder, dataset, results = done
    with caplog.at_level(logging.INFO):
        kept = classify(again(folder), [REAL], dataset)
    assert kept["real"]["weights_sha256"] == results[7]["real"]["weights_sha256"]
    assert "up to date" in caplog.text and "epoch" not in caplog.text
    changed = classify(again(folder, learning_rate=0.01), [REAL], dataset)
    assert changed["real"]["weights_sha256"] != kept["real"]["weights_sha256"]
    renewed = classify(again(folder), [REAL], dataset, resume=False)
    assert renewed["real"]["weights_sha256"] == kept["real"]["weights_sha256"]


def test_switches_of_the_published_code_score_anew_without_training(done, tmp_path, monkeypatch):
    folder, dataset, results = done
    shutil.copytree(folder / "runs", tmp_path / "runs")
    monkeypatch.setattr(ClassifierTrainer, "train", lambda *_, **__: pytest.fail("trained again"))
    # Scores the wrong way round: every AUC becomes 1 - AUC.
    classifier = tmp_path / "runs/drawings/real-seed7/classifier"
    predictions = read_predictions(classifier / "predictions.csv")
    write_predictions(classifier / "predictions.csv", replace(predictions, scores=1 - predictions.scores))
    stored = json.loads((classifier / "result.json").read_text())
    stored["predictions_sha256"] = sha256_of(classifier / "predictions.csv")
    (classifier / "result.json").write_text(json.dumps(stored))
    plain = again(tmp_path)
    switched = plain.model_copy(update={"original_code": OriginalCodeConfig(auc_flipped=True)})
    assert not is_finished(REAL, switched, dataset, None)
    flipped = classify(switched, [REAL], dataset)["real"]
    right = results[7]["real"]["test"]["mean_auc"]
    assert flipped["test"]["mean_auc"] == pytest.approx(right) and flipped["test"]["flipped"] == ["Square", "Disc"]
    assert json.loads((classifier / "result.json").read_text()) == flipped
    assert (flipped["original_code"], flipped["key"]) == (["auc_flipped"], results[7]["real"]["key"])
    assert is_finished(REAL, switched, dataset, None) and not is_finished(REAL, plain, dataset, None)
    honest = classify(plain, [REAL], dataset)["real"]
    assert honest["test"]["mean_auc"] == pytest.approx(1 - right) and honest["test"]["flipped"] == []
    assert honest["validation_auc"] == results[7]["real"]["validation_auc"]


def test_table_names_undefined_labels(done):
    results = json.loads(json.dumps(done[2][7]))
    table = condition_table(results)
    assert table.splitlines()[0].split() == ["AUC", "on", "real", "test", "patients", "positive", "patients",
                                             "real", "synthetic", "shuffled"]  # fmt: skip
    results["real"]["test"]["undefined"] = ["Disc"]
    for result in results.values():
        result["test"]["labels"]["Disc"]["auc"] = None
    table = condition_table(results)
    assert "undefined, and not in the mean, because the test fold has one class: Disc" in table


def test_what_is_missing_is_one_line(tmp_path):
    dataset = write_drawings(tmp_path / "dataset")
    experiment = tiny_experiment(tmp_path)
    run = SYNTHETIC.folder(experiment)
    with pytest.raises(DataError, match="has no generator; `medgan-tf train` makes one"):
        classify(experiment, [SYNTHETIC], dataset)
    run.generator.mkdir(parents=True)
    (run.generator / "saved_model.pb").touch()
    with pytest.raises(DataError, match="a generator but no synthetic dataset; `medgan-tf generate` makes it"):
        classify(experiment, [SYNTHETIC], dataset)
    offer_as_synthetic(write_drawings(tmp_path / "other", names=("Square", "Circle")), run.synthetic)
    with pytest.raises(DataError, match="has the labels Square, Circle"):
        classify(experiment, [SYNTHETIC], dataset)
    shutil.rmtree(run.synthetic)
    offer_as_synthetic(write_drawings(tmp_path / "trainonly", folds=("train", "test")), run.synthetic)
    with pytest.raises(DataError, match=r"no images in its valid fold; generate it again with generate.folds"):
        classify(experiment, [SYNTHETIC], dataset)
    with pytest.raises(DataError, match=r"no images in its valid fold; prepare it with other fractions"):
        classify(experiment, [REAL], write_drawings(tmp_path / "novalid", folds=("train", "test")))
    with pytest.raises(DataError, match="no predictions in .*real-seed7/classifier"):
        gap_over_seeds(experiment, [7])
    cluster = experiment.training.model_copy(update={"strategy": "multi_worker"})
    with pytest.raises(ConfigError, match="trains on one machine"):
        classify(experiment.model_copy(update={"training": cluster}), [REAL], dataset)
