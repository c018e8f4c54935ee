"""The linear classifier: it learns, knows its features, varies images as a network does, and is read back as saved."""

import json

import numpy as np
import pytest
import tensorflow as tf
from tiny_classifier import tiny_settings

from medgan_tf.classification.networks.linear import CLASSICAL_COPIES, PATIENCE, PENALTIES, KnownFeatures, LinearTrainer
from medgan_tf.classification.training_set import Examples, TrainingSet
from medgan_tf.errors import DataError
from medgan_tf.features.load import load_extractor
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.saved_models.loading import load_saved_model

SETTINGS = tiny_settings(architecture="linear")


@pytest.fixture(scope="module")
def extractor():
    return load_extractor("pixels")


@pytest.fixture(scope="module")
def folds(drawings):
    return {fold: Examples(one.images, one.labels) for fold in ("train", "valid", "test")
            for one in (drawings.read_fold(fold),)}  # fmt: skip


def trained(folds, extractor, augmentation="none", seed=1, start=None):
    trainer = LinearTrainer(2, 16, SETTINGS, extractor)
    data = TrainingSet(folds["train"], folds["valid"], augmentation)
    return trainer, trainer.train(data, seed, None, start=start)


def test_learns_and_takes_the_best_penalty(folds, extractor):
    trainer, result = trained(folds, extractor)
    test = folds["test"]
    assert auc_per_label(test.labels, trainer.probabilities(test.images)).min() > 0.9
    aucs = [entry["mean_auc"] for entry in result.history]
    assert (result.best, result.best_epoch) == (max(aucs), aucs.index(max(aucs)) + 1)
    valid = trainer.probabilities(folds["valid"].images)
    assert auc_per_label(folds["valid"].labels, valid).mean() == pytest.approx(result.best)
    assert [entry["penalty"] for entry in result.history] == list(PENALTIES[: len(aucs)])
    assert len(aucs) == min(len(PENALTIES), result.best_epoch + PATIENCE) and "penalties" in result.reason


def test_the_seed_changes_nothing_but_classical_augmentation(folds, extractor):
    one, other = (trained(folds, extractor, "flip", seed)[0].weights() for seed in (1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    one, other = (trained(folds, extractor, "classical", seed)[0].weights() for seed in (1, 2))
    assert not np.array_equal(one[2], other[2])


def test_flip_is_both_images(folds, extractor):
    """Mirrored training images give the same classifier."""
    mirrored = {**folds, "train": Examples(folds["train"].images[:, :, ::-1], folds["train"].labels)}
    one, other = (trained(which, extractor, "flip")[0].weights() for which in (folds, mirrored))
    np.testing.assert_allclose(one[2], other[2], atol=1e-6)
    plain, turned = (trained(which, extractor)[0].weights() for which in (folds, mirrored))
    assert np.abs(plain[2] - turned[2]).max() > 1e-3


def test_fine_tuning_stays_near_the_first_solution(folds, extractor):
    """With labels of chance, the validation fold keeps what was learned first."""
    first, _ = trained(folds, extractor)
    few = {**folds, "train": Examples(folds["train"].images[:6], folds["train"].labels[::-1][:6])}
    tuned, result = trained(few, extractor, start=first.weights())
    alone, poor = trained(few, extractor)
    assert result.best > poor.best + 0.1
    for known, found in zip(first.weights()[:2], tuned.weights()[:2], strict=True):
        np.testing.assert_array_equal(known, found)


def test_features_are_computed_once(extractor, folds, monkeypatch):
    known, images = KnownFeatures(extractor), folds["valid"].images
    expected = extractor.features(images)
    asked = []
    monkeypatch.setattr(known, "source", extractor)
    compute = extractor.features
    monkeypatch.setattr(extractor, "features", lambda images: asked.append(len(images)) or compute(images))
    np.testing.assert_array_equal(known.of(images[[3, 1, 3]]), expected[[3, 1, 3]])
    np.testing.assert_array_equal(known.of(images[:4]), expected[:4])
    assert asked == [2, 2]
    monkeypatch.setattr("medgan_tf.classification.networks.linear._MOST_KEPT", 0)
    np.testing.assert_array_equal(known.of(images[2:6]), expected[2:6])
    assert asked == [2, 2, 4]
    assert known.of(images[:0]).shape == (0, 256)


def test_classical_copies_have_the_labels_of_their_images(folds):
    from medgan_tf.classification.networks.linear import _varied

    images, labels = _varied(TrainingSet(folds["train"], folds["valid"], "classical"), 1)
    count = len(folds["train"])
    assert len(images) == len(labels) == (1 + CLASSICAL_COPIES) * count
    for copy in range(1, 1 + CLASSICAL_COPIES):
        rows = slice(copy * count, (copy + 1) * count)
        np.testing.assert_array_equal(labels[rows], folds["train"].labels)
        # Altered, but still the same picture.
        one, other = (np.float64(values).reshape(count, -1) for values in (images[rows], folds["train"].images))
        assert np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(one, other, strict=True)]) > 0.5
        assert not np.array_equal(images[rows], images[:count])


def test_saved_model_gives_the_same_and_is_read_back(folds, extractor, tmp_path):
    trainer, _ = trained(folds, extractor)
    trainer.export(tmp_path, {"label_names": ["Square", "Disc"], "resolution": 16})
    images = folds["test"].images
    model = load_saved_model(tmp_path / "model")
    found = model.signatures["predict"](images=tf.constant(images))["probabilities"]
    np.testing.assert_allclose(found, trainer.probabilities(images), atol=1e-6)
    found = model.signatures["features"](images=tf.constant(images))["features"]
    np.testing.assert_allclose(found, extractor.features(images), atol=1e-6)
    for saved, known in zip(trainer.exported(tmp_path), trainer.weights(), strict=True):
        np.testing.assert_array_equal(saved, known)
    card = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(card | {"weights_sha256": "0" * 64}))
    with pytest.raises(DataError, match="does not hold the weights that model.json names"):
        trainer.exported(tmp_path)
    with pytest.raises(DataError, match="no classifier in"):
        trainer.exported(tmp_path / "nothing")
