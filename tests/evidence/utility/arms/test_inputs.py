"""Arms as a job: fine-tuning starts from the synthetic classifier, resumes after a kill, and follows its inputs."""

import json
import logging
import shutil

import numpy as np
import pytest
from tiny_classifier import offer_as_synthetic, tiny_backbone, tiny_experiment, write_drawings

from medgan_tf.classification import network
from medgan_tf.classification.conditions import REAL, SYNTHETIC, baseline_conditions, condition_key
from medgan_tf.classification.progress import EpochRecorder
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.classifier_results import is_finished
from medgan_tf.evidence.utility.classify import Trainers, classify
from medgan_tf.evidence.utility.job import gap_over_seeds
from medgan_tf.files.hashing import sha256_of

pytestmark = pytest.mark.usefixtures("blank_figures", "tiny")
ARMS = {"fine_tuning": (1.0, 0.5), "rare_augmentation": 26, "synthetic_multiples": (0.5,)}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """All arms of one seed. The further set of rare combinations has another seed than the stage would give it."""
    folder = tmp_path_factory.mktemp("arms")
    dataset, trainers = write_drawings(folder / "dataset", per_combination=48), Trainers()
    experiment = tiny_experiment(folder, max_epochs=3, **ARMS)
    offer_as_synthetic(dataset, SYNTHETIC.folder(experiment).synthetic)
    conditions = {one.name: one for one in (REAL, SYNTHETIC, *baseline_conditions(experiment.classifier))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "build_backbone", tiny_backbone)
        chosen = [one for one in conditions.values() if one.name != "rare_26"]
        results = classify(experiment, chosen, dataset, trainers=trainers)
    return experiment, dataset, conditions, results, trainers


def test_results_say_what_they_were_made_from(done):
    results = done[3]
    start = {"weights to start from": results["synthetic"]["weights_sha256"]}
    assert results["fine_tuned_0.5"]["arm_inputs"] == results["fine_tuned_1"]["arm_inputs"] == start
    assert results["real_0.5"]["arm_inputs"] == results["synthetic_0.5"]["arm_inputs"] == {}
    assert "arm_inputs" not in results["real"]
    assert {name: result["images"]["train"] for name, result in results.items()} == {
        "real": 96, "synthetic": 96, "real_0.5": 48, "fine_tuned_0.5": 48, "fine_tuned_1": 96, "synthetic_0.5": 48,
    }  # fmt: skip
    assert len({result["weights_sha256"] for result in results.values()} - {results["real"]["weights_sha256"]}) == 4


def test_fine_tuning_begins_with_the_synthetic_weights(done, tmp_path, monkeypatch):
    experiment, dataset, conditions, results, trainers = done
    begun = []
    monkeypatch.setattr(ClassifierTrainer, "_fit", lambda self, *_: begun.append(self.model.get_weights()))
    shutil.copytree(experiment.training.output, tmp_path / "runs")
    copy = tiny_experiment(tmp_path, max_epochs=3, **ARMS)
    condition = conditions["fine_tuned_0.5"]
    shutil.rmtree(condition.folder(copy).path)
    with pytest.raises(Exception, match="lost its best weights"):
        classify(copy, [condition], dataset, trainers=Trainers())
    expected = trainers.get(experiment, 2, 16).exported(SYNTHETIC.folder(experiment).classifier)
    for one, other in zip(begun[0], expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_killed_fine_tuning_ends_as_an_unbroken_one(done, tmp_path, monkeypatch):
    experiment, dataset, conditions, results, trainers = done
    shutil.copytree(experiment.training.output, tmp_path / "runs")
    copy, condition = tiny_experiment(tmp_path, max_epochs=3, **ARMS), conditions["fine_tuned_0.5"]
    shutil.rmtree(condition.folder(copy).path)
    end = EpochRecorder.on_epoch_end

    def killed(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt
        end(self, epoch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(EpochRecorder, "on_epoch_end", killed)
        with pytest.raises(KeyboardInterrupt):
            classify(copy, [condition], dataset, trainers=trainers)
    state = condition.folder(copy).classifier / "state" / "last.npz"
    assert state.is_file() and not is_finished(condition, copy, dataset, dataset)
    resumed = classify(copy, [condition], dataset, trainers=trainers)["fine_tuned_0.5"]
    assert resumed["weights_sha256"] == results["fine_tuned_0.5"]["weights_sha256"]
    assert resumed["predictions_sha256"] == results["fine_tuned_0.5"]["predictions_sha256"]
    assert not state.exists()


def test_finished_arms_are_kept_until_their_start_changes(done, tmp_path, caplog):
    experiment, dataset, conditions, results, trainers = done
    shutil.copytree(experiment.training.output, tmp_path / "runs")
    copy, condition = tiny_experiment(tmp_path, max_epochs=3, **ARMS), conditions["fine_tuned_0.5"]
    synthetic = offer_as_synthetic(dataset, tmp_path / "synthetic")
    assert is_finished(condition, copy, dataset, synthetic)
    with caplog.at_level(logging.INFO):
        kept = classify(copy, [condition, conditions["real_0.5"]], dataset)
    assert kept["fine_tuned_0.5"] == json.loads(json.dumps(kept["fine_tuned_0.5"])) and "epoch" not in caplog.text
    # The same settings, and yet other weights, as a GPU may give them.
    path = SYNTHETIC.folder(copy).classifier / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"weights_sha256": "5" * 64}))
    assert not is_finished(condition, copy, dataset, synthetic)
    assert is_finished(conditions["real_0.5"], copy, dataset, synthetic)


def test_the_key_follows_the_start(done, tmp_path):
    experiment, dataset, conditions, *_ = done
    tuned, more = conditions["fine_tuned_0.5"], write_drawings(tmp_path / "more", per_combination=32)
    synthetic = offer_as_synthetic(dataset, tmp_path / "synthetic")
    keys = {condition_key(tuned, experiment, dataset, one) for one in (synthetic, more)}
    keys |= {condition_key(tuned, tiny_experiment(tmp_path, max_epochs=2), dataset, synthetic)}
    keys |= {condition_key(conditions["fine_tuned_1"], experiment, dataset, synthetic)}
    assert len(keys) == 4
    # More arms, or none, leave every other key as it is.
    plain = tiny_experiment(tmp_path, max_epochs=3)
    for condition in (REAL, SYNTHETIC, tuned):
        assert condition_key(condition, plain, dataset, synthetic) == condition_key(
            condition, experiment, dataset, synthetic
        )


def test_what_is_missing_is_one_line(done, tmp_path):
    experiment, dataset, conditions, *_ = done
    with pytest.raises(DataError, match=r"further/rare_26 is no further set .* generate EXPERIMENT.yaml --further"):
        classify(experiment, [conditions["rare_26"]], dataset)
    copy = tiny_experiment(tmp_path, max_epochs=3, **ARMS)
    offer_as_synthetic(dataset, SYNTHETIC.folder(copy).synthetic)
    with pytest.raises(DataError, match=r"no classifier of synthetic images in .* to start from; `medgan-tf classify"):
        classify(copy, [conditions["fine_tuned_0.5"]], dataset)


def test_the_gap_has_the_arms(done):
    experiment, dataset, conditions, results, _ = done
    found = gap_over_seeds(experiment, [7])
    arms = {entry["arm"]: entry for entry in found.gap["arms"]}
    assert {name: entry["control"] for name, entry in arms.items()} == {
        "fine_tuned_0.5": "real_0.5", "fine_tuned_1": "real", "synthetic_0.5": "synthetic",
    }  # fmt: skip
    for name, entry in arms.items():
        aucs = [results[one]["test"]["mean_auc"] for one in (name, entry["control"])]
        assert entry["values"] == [pytest.approx(aucs[0] - aucs[1])]
        assert entry["verdict"]["finding"] == "one training" and entry["p_holm"] is None
    curves = [path for path in found.files if path.name == "learning_curves.png"]
    assert len(curves) == 1 and len(sha256_of(curves[0])) == 64


def test_linear_classifiers_have_the_same_arms(done, tmp_path):
    """Fine-tuning on few patients keeps more of the synthetic solution than a fit of these patients alone."""
    dataset = done[1]
    experiment = tiny_experiment(tmp_path, architecture="linear", fine_tuning=(0.1,), flip=False)
    offer_as_synthetic(dataset, SYNTHETIC.folder(experiment).synthetic)
    conditions = [SYNTHETIC, *baseline_conditions(experiment.classifier)]
    trainers = Trainers()
    results = classify(experiment, conditions, dataset, trainers=trainers)
    start = results["synthetic"]["weights_sha256"]
    assert results["fine_tuned_0.1"]["arm_inputs"] == {"weights to start from": start}
    # Few images of the same kind teach less than all of them did.
    aucs = {name: result["test"]["mean_auc"] for name, result in results.items()}
    assert aucs["fine_tuned_0.1"] > aucs["real_0.1"]
    assert is_finished(conditions[-1], experiment, dataset, dataset)
