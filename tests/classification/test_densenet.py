"""The real network, its weights files and their refusals, and the SavedModel (with a small network)."""

import json
import random
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_classifier import tiny_backbone, tiny_settings

from medgan_tf.classification import keras_files, weights
from medgan_tf.classification.arms.start import exported_weights
from medgan_tf.classification.export import export_classifier, weights_sha256
from medgan_tf.classification.identity import weights_identity
from medgan_tf.classification.network import build_network, redrawn_weights
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.config.section import deciding
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.saved_models.loading import load_saved_model


def test_is_densenet_121_and_restores_the_policy(tmp_path):
    settings = tiny_settings(precision="mixed_bfloat16")
    network = build_network(7, 16, settings, seed=1)
    # Backbone without top 7,037,504; head 1,024 x 7 + 7.
    assert network.count_params() == 7_037_504 + 1024 * 7 + 7
    features, probabilities = network.outputs
    assert (features.shape, features.dtype, probabilities.shape) == ((None, 1024), "float32", (None, 7))
    assert keras.config.dtype_policy().name == "float32"


def test_paper_defaults():
    config = ClassifierConfig()
    assert (config.weights, config.image_size, config.batch, config.images_per_epoch) == ("imagenet", 224, 48, 5000)
    assert (config.learning_rate, config.minimum_learning_rate) == (1e-4, 1e-8)
    assert (config.reduce_patience, config.stop_patience, config.max_epochs) == (2, 3, 100)
    assert config.batch_norm_momentum == 0.99


def test_what_was_trained_before_a_field_was_added_stays_up_to_date():
    assert "batch_norm_momentum" not in deciding(ClassifierConfig())
    assert deciding(ClassifierConfig(batch_norm_momentum=0.9))["batch_norm_momentum"] == 0.9


@pytest.mark.parametrize("momentum", [0.99, 0.9])
def test_batch_norm_momentum(monkeypatch, momentum):
    """After one step the means that are used outside of training have gone 1 - momentum of the way to the batch's."""

    def backbone(size):
        layers = [keras.Input([size, size, 3]), keras.layers.BatchNormalization(scale=False, center=False)]
        return keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D()])

    monkeypatch.setattr("medgan_tf.classification.network.build_backbone", backbone)
    network = build_network(1, 16, tiny_settings(batch_norm_momentum=momentum), seed=0)
    white = np.full((2, 16, 16, 1), 255, np.uint8)
    network(white, training=True)
    means = (1 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    [moving] = [weight for weight in network.weights if weight.path.endswith("moving_mean")]
    np.testing.assert_allclose(moving, (1 - momentum) * means, rtol=1e-4)


def test_pixels_go_in_as_imagenet_expects(monkeypatch):
    """Grey 0 and 255 become (v / 255 - mean) / deviation in three channels."""
    monkeypatch.setattr(
        "medgan_tf.classification.network.build_backbone",
        lambda size: keras.Sequential([keras.Input([size, size, 3]), keras.layers.GlobalAveragePooling2D()]),
    )
    network = build_network(1, 16, tiny_settings(), seed=0)
    images = np.stack([np.zeros((16, 16, 1), np.uint8), np.full((16, 16, 1), 255, np.uint8)])
    means, deviations = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(network(images)[0], [-means / deviations, (1 - means) / deviations], atol=1e-4)


def test_missing_weights_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DataError) as caught:
        weights.weights_file(ClassifierConfig())
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        keras_files.DENSENET_FILE,
        weights.URL,
        "classifier.weights to its path",
        "download=true",
        "weights=none",
    ):
        assert part in message


def test_unreachable_weights_are_one_line(tmp_path, monkeypatch):
    def unreachable(*_, **__):
        raise Exception(f"URL fetch failure on {weights.URL}: None -- [Errno -3] Temporary failure in name resolution")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", unreachable)
    with pytest.raises(DataError, match=r"cannot be fetched \(\[Errno -3\] Temporary failure in name resolution\)"):
        weights.weights_file(ClassifierConfig(download=True))


def test_damaged_download_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / keras_files.DENSENET_FILE).write_bytes(b"half a file")
    with pytest.raises(DataError, match="expected MD5 30ee3e"):
        weights.weights_file(ClassifierConfig())


def test_own_weights_file(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="there is no file missing.h5"):
        weights.weights_file(tiny_settings(weights="missing.h5"))
    monkeypatch.setattr("medgan_tf.classification.network.build_backbone", tiny_backbone)
    start = tiny_backbone(32)
    start.save_weights(tmp_path / "start.weights.h5")
    network = build_network(2, 16, tiny_settings(weights=str(tmp_path / "start.weights.h5")), seed=5)
    for loaded, saved in zip(network.get_weights(), start.get_weights(), strict=False):
        np.testing.assert_array_equal(loaded, saved)
    (tmp_path / "other.weights.h5").write_bytes(b"nonsense")
    with pytest.raises(DataError, match="other.weights.h5 is no HDF5 file"):
        build_network(2, 16, tiny_settings(weights=str(tmp_path / "other.weights.h5")), seed=5)
    assert len(weights_identity(tiny_settings(weights=str(tmp_path / "start.weights.h5")))) == 64
    assert weights_identity(ClassifierConfig()) == "imagenet"


@pytest.mark.usefixtures("tiny")
def test_seeded_as_keras_would_but_tensorflow_is_left_alone(monkeypatch):
    keras.utils.set_random_seed(5)
    backbone, head = tiny_backbone(16), keras.layers.Dense(2)
    head.build([None, backbone.output_shape[-1]])
    monkeypatch.setattr(tf.random, "set_seed", lambda _: pytest.fail("TensorFlow forgets its optimised graphs"))
    random.seed(1)
    network = build_network(2, 16, tiny_settings(), seed=5)
    for made, expected in zip(network.get_weights(), backbone.get_weights() + head.get_weights(), strict=True):
        np.testing.assert_array_equal(made, expected)
    assert random.random() == random.Random(1).random()


@pytest.mark.usefixtures("tiny")
def test_weights_are_drawn_again_as_a_new_network_would_have_them():
    network = build_network(2, 16, tiny_settings(), seed=3)
    redrawn = redrawn_weights(network, built_with=3, seed=8)
    for made, expected in zip(redrawn, build_network(2, 16, tiny_settings(), seed=8).get_weights(), strict=True):
        np.testing.assert_array_equal(made, expected)
    # Seeds that are not known, as of a network from a file.
    assert redrawn_weights(network, built_with=4, seed=8) is None


@pytest.mark.usefixtures("tiny")
def test_export_holds_variables_under_the_names_of_the_keras_network(tmp_path):
    network = build_network(2, 16, tiny_settings(), seed=3)
    card = {"label_names": ["Square", "Disc"], "resolution": 16, "seed": 3}
    export_classifier(tmp_path, network.get_weights(), tiny_settings(), card)

    def names(path):
        return {name for name, _ in tf.train.list_variables(str(path)) if name.startswith("network/")}

    tf.train.Checkpoint(network=network).write(str(tmp_path / "whole"))
    assert len(names(tmp_path / "whole")) == 6
    assert names(tmp_path / "model/variables/variables") == names(tmp_path / "whole")
    # An export of the whole Keras network is still read.
    whole = tf.Module()
    whole.network, whole.both, whole.features, whole.predict = network, *map(tf.function, [tf.zeros] * 3)
    tf.saved_model.save(whole, str(tmp_path / "whole_model"))
    shutil.rmtree(tmp_path / "model")
    (tmp_path / "whole_model").rename(tmp_path / "model")
    for made, expected in zip(exported_weights(tmp_path, 2, 16, tiny_settings()), network.get_weights(), strict=True):
        np.testing.assert_array_equal(made, expected)


@pytest.mark.usefixtures("tiny")
def test_saved_model_gives_the_same_numbers(tmp_path, drawings):
    network = build_network(2, 16, tiny_settings(), seed=3)
    images = drawings.read_fold("test").images
    card = {"label_names": ["Square", "Disc"], "resolution": 16, "seed": 3}
    export_classifier(tmp_path, network.get_weights(), tiny_settings(), card)
    model = load_saved_model(tmp_path / "model")
    features, probabilities = network(images, training=False)
    found = model.signatures["features"](images=tf.constant(images))["features"]
    np.testing.assert_allclose(found, features, atol=1e-6)
    found = model.signatures["predict"](images=tf.constant(images))["probabilities"]
    np.testing.assert_allclose(found, probabilities, atol=1e-6)
    described = json.loads((tmp_path / "model.json").read_text())
    assert described["label_names"] == ["Square", "Disc"]
    assert described["weights_sha256"] == weights_sha256(network.get_weights())
    # Again over the one that is there.
    export_classifier(tmp_path, network.get_weights(), tiny_settings(), card)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.json"]


@pytest.mark.usefixtures("tiny")
def test_failed_export_is_one_line(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    network = build_network(1, 16, tiny_settings(), seed=3)
    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(RunError, match="could not be written"):
        export_classifier(tmp_path, network.get_weights(), tiny_settings(), {"label_names": ["x"], "resolution": 16})
    assert not (tmp_path / "model").exists()
