"""Backbones by path: sizes are found from the graph, a SavedModel is frozen, and what is no backbone is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_classifier import tiny_settings

from medgan_tf.classification.export import export_classifier
from medgan_tf.classification.identity import identities, settings_without_paths, title_of
from medgan_tf.classification.network import build_network, check_network
from medgan_tf.classification.networks.backbones import read_backbone
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.classification.training_set import Examples, TrainingSet
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.saved_models.loading import load_saved_model


def keras_file(path, side=20, channels=1, pooled=True):
    layers = [keras.Input([side, side, channels]), keras.layers.Conv2D(6, 3, strides=2, activation="relu")]
    model = keras.Sequential([*layers, *([keras.layers.GlobalMaxPooling2D()] if pooled else [])])
    model.save(path)
    return model


class Means(tf.Module):
    """Mean grey value of each channel, times a variable."""

    def __init__(self, dtype, side):
        super().__init__()
        self.scale = tf.Variable(2.0)
        spec = tf.TensorSpec([None, side, side, 3], dtype, name="pixels")
        self.features = tf.function(self._features, input_signature=[spec])

    def _features(self, pixels):
        return {"features": tf.reduce_mean(tf.cast(pixels, tf.float32), axis=[1, 2]) * self.scale}


def saved_folder(path, dtype=tf.uint8, side=8):
    module = Means(dtype, side)
    tf.saved_model.save(module, str(path), signatures={"features": module.features})
    return str(path)


@pytest.fixture
def data(drawings):
    folds = [drawings.read_fold(fold) for fold in ("train", "valid")]
    return TrainingSet(*(Examples(one.images, one.labels) for one in folds), "flip")


@pytest.mark.parametrize("pooled", [True, False])
def test_a_keras_file_decides_side_and_channels_and_is_trained_on(tmp_path, data, pooled):
    path = tmp_path / "backbone.keras"
    model = keras_file(path, pooled=pooled)
    settings = tiny_settings(architecture=str(path), input_range="0..1", max_epochs=2)
    network = build_network(2, 16, settings, seed=1)
    assert network.get_layer("resized").output.shape == (None, 20, 20, 1)
    assert [tuple(one.shape) for one in network.outputs] == [(None, 6), (None, 2)]
    np.testing.assert_array_equal(network.get_weights()[-4], model.get_weights()[0])
    trainer = ClassifierTrainer(2, 16, settings)
    trainer.train(data, 1, TrainingState(tmp_path / "state", "key"))
    assert any(np.abs(one - model.get_weights()[0]).max() > 1e-3 for one in trainer.weights() if one.ndim == 4)


@pytest.mark.parametrize(
    ("name", "black", "white"),
    [("0..255", [0, 0, 0], [255, 255, 255]), ("0..1", [0, 0, 0], [1, 1, 1]), ("-1..1", [-1, -1, -1], [1, 1, 1]),
     ("imagenet", [-2.1179, -2.0357, -1.8044], [2.2489, 2.4286, 2.64])],
)  # fmt: skip
def test_value_ranges(tmp_path, name, black, white):
    folder = saved_folder(tmp_path / "model", tf.float32, 16)
    network = build_network(1, 16, tiny_settings(architecture=folder, input_range=name), seed=1)
    images = np.stack([np.zeros((16, 16, 1), np.uint8), np.full((16, 16, 1), 255, np.uint8)])
    np.testing.assert_allclose(network(images)[0], 2 * np.array([black, white]), atol=1e-3)


def test_a_saved_model_is_frozen_and_only_the_layer_after_it_learns(tmp_path, data):
    folder = saved_folder(tmp_path / "model")
    settings = tiny_settings(architecture=folder, max_epochs=2)
    backbone = read_backbone(settings)
    assert (backbone.side, backbone.channels, backbone.pooled) == (8, 3, True)
    trainer = ClassifierTrainer(2, 16, settings)
    assert [tuple(one.shape) for one in trainer.model.trainable_variables] == [(3, 2), (2,)]
    before = trainer.weights()[0].copy()
    trainer.train(data, 1, TrainingState(tmp_path / "state", "key"))
    assert np.abs(trainer.weights()[0] - before).max() > 1e-3
    assert title_of(settings).startswith("backbone of one's own ") and "frozen" in title_of(settings)
    trainer.export(tmp_path / "out", {"label_names": ["Square", "Disc"], "resolution": 16})
    images = data.valid.images
    found = load_saved_model(tmp_path / "out" / "model").signatures["predict"](images=tf.constant(images))
    np.testing.assert_allclose(found["probabilities"], trainer.probabilities(images), atol=1e-5)


def test_results_do_not_name_paths(tmp_path):
    folder = saved_folder(tmp_path / "of somebody")
    settings = tiny_settings(architecture=folder)
    named = settings_without_paths(settings)
    assert named["architecture"] == identities(settings)["architecture"] and len(named["architecture"]) == 64
    assert "somebody" not in f"{named} {title_of(settings)}"
    moved = tiny_settings(architecture=saved_folder(tmp_path / "again"))
    assert identities(moved).keys() == identities(settings).keys()


def test_what_is_no_backbone(tmp_path):
    with pytest.raises(ConfigError, match="there is none at ./nothing"):
        check_network(tiny_settings(architecture="./nothing"))
    two = keras.Input([8, 8, 1], name="a"), keras.Input([8, 8, 1], name="b")
    keras.Model(two, keras.layers.Add()(two)).save(tmp_path / "two.keras")
    with pytest.raises(DataError, match="has 2 inputs and 1 outputs; a backbone takes one batch"):
        check_network(tiny_settings(architecture=str(tmp_path / "two.keras")))
    keras.Sequential([keras.Input([5]), keras.layers.Dense(2)]).save(tmp_path / "flat.keras")
    with pytest.raises(DataError, match=r"takes \(None, 5\); a backbone takes"):
        check_network(tiny_settings(architecture=str(tmp_path / "flat.keras")))
    folder = saved_folder(tmp_path / "model")
    with pytest.raises(ConfigError, match="takes whole numbers of 0..255. Received: input_range='0..1'"):
        check_network(tiny_settings(architecture=folder, input_range="0..1"))
    with pytest.raises(DataError, match="is not the backbone asked for: expected SHA-256 000000000000"):
        check_network(tiny_settings(architecture=folder, sha256="0" * 64))


def test_the_setting_is_a_name_or_a_path():
    for wrong in ("ResNet50", "res-net", ""):
        with pytest.raises(ValueError, match="must be linear, a network of keras.applications in lower case"):
            tiny_settings(architecture=wrong)


def test_export_needs_no_path_of_densenet(tmp_path, monkeypatch):
    """The exported network of a frozen backbone holds it: the path may be gone afterwards."""
    folder = saved_folder(tmp_path / "model")
    settings = tiny_settings(architecture=folder)
    network = build_network(1, 16, settings, seed=1)
    export_classifier(tmp_path / "out", network.get_weights(), settings, {"label_names": ["x"], "resolution": 16})
    (tmp_path / "model").rename(tmp_path / "gone")
    images = np.full((2, 16, 16, 1), 100, np.uint8)
    found = load_saved_model(tmp_path / "out" / "model").signatures["features"](images=tf.constant(images))
    np.testing.assert_allclose(found["features"], np.full((2, 3), 200.0), atol=1e-3)


def test_dropout_depends_on_seed_and_epoch_only(tmp_path, data):
    """A used trainer trains as a fresh one, also with layers that draw noise of their own."""
    path = tmp_path / "noisy.keras"
    layers = [keras.Input([16, 16, 1]), keras.layers.Conv2D(6, 5, strides=4), keras.layers.Dropout(0.5)]
    keras.Sequential([*layers, keras.layers.GlobalMaxPooling2D()]).save(path)
    trainer = ClassifierTrainer(2, 16, tiny_settings(architecture=str(path), input_range="0..1", max_epochs=2))
    found = []
    for number, seed in enumerate((1, 2, 1)):
        trainer.train(data, seed, TrainingState(tmp_path / f"state{number}", "key"))
        found.append(np.concatenate([one.ravel() for one in trainer.weights()]))
    np.testing.assert_array_equal(found[0], found[2])
    assert not np.array_equal(found[0], found[1])
