"""Training: it learns, an interrupted training ends as an unbroken one, seeds decide, replicas agree."""

import json
import logging

import numpy as np
import pytest
from strict_json import strict
from tiny_classifier import tiny_settings

from medgan_tf.classification.progress import EpochRecorder
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.classification.training_set import Examples, TrainingSet
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.metrics.auc import auc_per_label

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture(scope="module")
def data(drawings):
    folds = {fold: drawings.read_fold(fold) for fold in ("train", "valid")}
    examples = {fold: Examples(arrays.images, arrays.labels) for fold, arrays in folds.items()}
    return TrainingSet(examples["train"], examples["valid"], "flip")


def trained(data, folder, seed=1, trainer=None, **settings):
    trainer = trainer or ClassifierTrainer(2, 16, tiny_settings(**settings))
    return trainer, trainer.train(data, seed, TrainingState(folder, "key"))


def comparable(history):
    return [{k: v for k, v in epoch.items() if k not in ("seconds", "images_per_second")} for epoch in history]


def test_learns_keeps_the_best_epoch_and_follows_the_rates(data, drawings, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        trainer, result = trained(data, tmp_path, max_epochs=10)
    test = drawings.read_fold("test")
    assert auc_per_label(test.labels, trainer.probabilities(test.images)).min() > 0.9
    aucs = [epoch["mean_auc"] for epoch in result.history]
    assert (result.best, result.best_epoch) == (max(aucs), aucs.index(max(aucs)) + 1)
    valid = trainer.probabilities(data.valid.images)
    assert auc_per_label(data.valid.labels, valid).mean() == pytest.approx(result.best)
    assert result.history[0]["learning_rate"] == pytest.approx(0.02)
    assert "validation AUC" in caplog.text and "left" in caplog.text


def test_interrupted_training_ends_as_an_unbroken_one(data, tmp_path, monkeypatch):
    unbroken, expected = trained(data, tmp_path / "unbroken")
    end = EpochRecorder.on_epoch_end

    def interrupted(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
        end(self, epoch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(EpochRecorder, "on_epoch_end", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(data, tmp_path / "broken")
    resumed, result = trained(data, tmp_path / "broken")
    assert result.resumed_from == 2
    assert comparable(result.history) == comparable(expected.history)
    images = data.valid.images
    np.testing.assert_array_equal(resumed.probabilities(images), unbroken.probabilities(images))


def test_a_used_trainer_trains_as_a_fresh_one(data, tmp_path):
    fresh, expected = trained(data, tmp_path / "fresh", max_epochs=2)
    used, _ = trained(data, tmp_path / "other", seed=2, max_epochs=2)
    assert not np.array_equal(used.probabilities(data.valid.images), fresh.probabilities(data.valid.images))
    _, result = trained(data, tmp_path / "used", trainer=used)
    assert comparable(result.history) == comparable(expected.history)
    np.testing.assert_array_equal(used.probabilities(data.valid.images), fresh.probabilities(data.valid.images))


def test_two_replicas_train_as_one(data, tmp_path, two_replicas):
    one, _ = trained(data, tmp_path / "one", max_epochs=2)
    both = ClassifierTrainer(2, 16, tiny_settings(max_epochs=2), two_replicas)
    trained(data, tmp_path / "two", trainer=both)
    np.testing.assert_allclose(
        both.probabilities(data.valid.images), one.probabilities(data.valid.images), rtol=1e-3, atol=1e-4
    )
    with pytest.raises(ConfigError, match="multiple of the 2 replicas"):
        ClassifierTrainer(2, 16, tiny_settings(batch=7), two_replicas)


def test_mixed_precision_gives_float32_probabilities(data, tmp_path):
    trainer, result = trained(data, tmp_path, max_epochs=1, precision="mixed_bfloat16")
    assert trainer.probabilities(data.valid.images[:3]).dtype == np.float32
    assert np.isfinite(result.best)


def test_divergence_is_one_line(data, tmp_path):
    with pytest.raises(RunError, match="diverged|no finite"):
        trained(data, tmp_path, learning_rate=1e30)


def test_images_per_epoch_is_a_limit(data, tmp_path):
    _, result = trained(data, tmp_path, images_per_epoch=16, max_epochs=1)
    assert result.history[0]["epoch"] == 1
    assert ClassifierTrainer(2, 16, tiny_settings()).probabilities(np.zeros((0, 16, 16, 1), np.uint8)).shape == (0, 2)


def test_tensorboard_gets_every_epoch(data, tmp_path):
    trainer = ClassifierTrainer(2, 16, tiny_settings(max_epochs=1))
    trainer.train(data, 1, TrainingState(tmp_path / "state", "key"), tmp_path / "events")
    assert list((tmp_path / "events").glob("events*"))


def test_state_is_whole_or_ignored(tmp_path, caplog):
    state = TrainingState(tmp_path / "state", "key")
    assert state.load_last() is None and state.load_best() is None
    state.save([np.ones(2), np.zeros(())], [np.arange(3)], [{"epoch": 1}], is_best=True)
    weights, optimizer, history = state.load_last()
    np.testing.assert_array_equal(weights[0], [1, 1])
    np.testing.assert_array_equal(optimizer[0], [0, 1, 2])
    assert history == [{"epoch": 1}]
    assert TrainingState(tmp_path / "state", "other").load_last() is None
    (tmp_path / "state" / "last.npz").write_bytes(b"not a zip")
    assert state.load_last() is None and "cannot be read" in caplog.text
    state.remove()
    assert not (tmp_path / "state").exists()


def test_an_undefined_mean_of_the_state_is_null_in_the_file_and_nan_after_it(tmp_path, monkeypatch):
    state, epochs = TrainingState(tmp_path, "key"), [{"epoch": 1, "mean_auc": np.nan}, {"epoch": 2, "mean_auc": 0.5}]
    state.save([], [], epochs, is_best=False)
    with np.load(tmp_path / "last.npz") as arrays:
        assert strict(str(arrays["description"]))["history"][0] == {"epoch": 1, "mean_auc": None}
    np.testing.assert_equal(state.load_last()[2], epochs)
    # As version 0.1 wrote it.
    monkeypatch.setattr("medgan_tf.classification.state.json_text", json.dumps)
    state.save([], [], epochs, is_best=False)
    np.testing.assert_equal(state.load_last()[2], epochs)


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(RunError, match="No space left on device; the epoch before is kept"):
        TrainingState(tmp_path, "key").save([], [], [], is_best=False)


def test_what_cannot_be_trained_on():
    some = Examples(np.zeros((2, 16, 16, 1), np.uint8), np.array([[1, 0], [1, 0]], np.float32))
    none = Examples(np.zeros((0, 16, 16, 1), np.uint8), np.zeros((0, 2), np.float32))
    with pytest.raises(DataError, match="no training images"):
        TrainingSet(none, some, "flip")
    with pytest.raises(DataError, match="no validation images"):
        TrainingSet(some, none, "flip")
    with pytest.raises(DataError, match="none of the 2 labels is both present and absent"):
        TrainingSet(some, some, "flip")
