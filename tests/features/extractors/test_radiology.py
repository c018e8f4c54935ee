"""The radiological encoder: Keras weights or a SavedModel, by file and hash."""

import hashlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_features import write_brightness_model
from tiny_models import IMAGES

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.features.saved_model import saved_model_extractor

ZEROS = "0" * 64


@pytest.mark.parametrize("request_", [ExtractorRequest(), ExtractorRequest(weights="weights.h5")])
def test_without_file_or_hash_is_one_line(request_):
    with pytest.raises(ConfigError) as caught:
        load_extractor("radiology", request_)
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "RadImageNet-DenseNet121-notop.h5",
        "https://github.com/BMEII-AI/RadImageNet",
        "--weights FILE --sha256 HASH",
        "'classifier' and 'random' need no file",
    ):
        assert part in message


def test_files_that_cannot_be(tmp_path):
    with pytest.raises(DataError, match="no such file or folder: nothing.h5"):
        load_extractor("radiology", ExtractorRequest("nothing.h5", ZEROS))
    (tmp_path / "densenet.pt").write_bytes(b"\x80\x02cos\nsystem\n")
    with pytest.raises(DataError, match="PyTorch weights have to be converted first"):
        load_extractor("radiology", ExtractorRequest(str(tmp_path / "densenet.pt"), ZEROS))
    path = tmp_path / "weights.h5"
    path.write_bytes(b"x")
    with pytest.raises(DataError, match="expected SHA-256 000000000000"):
        load_extractor("radiology", ExtractorRequest(str(path), ZEROS))
    with pytest.raises(DataError, match="is no HDF5 file"):
        load_extractor("radiology", ExtractorRequest(str(path), hashlib.sha256(b"x").hexdigest()))


def test_weights_of_keras(tmp_path):
    """The real network, with weights as Keras draws them; input as the training scripts of RadImageNet feed it."""
    model = keras.applications.DenseNet121(include_top=False, weights=None, pooling="avg")
    path = tmp_path / "densenet.weights.h5"
    model.save_weights(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    extractor = load_extractor("radiology", ExtractorRequest(str(path), digest))
    grey = IMAGES[:2]
    resized = tf.image.resize(np.repeat(grey, 3, axis=3), [224, 224], antialias=True).numpy()
    expected = model(keras.applications.imagenet_utils.preprocess_input(resized) / 255.0, training=False).numpy()
    np.testing.assert_allclose(extractor.features(grey), expected, rtol=1e-3, atol=1e-6)
    assert extractor.description.weights_sha256 == digest and extractor.description.feature_size == 1024


def test_another_network_is_named(tmp_path):
    small = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    path = tmp_path / "small.weights.h5"
    small.save_weights(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(DataError, match="does not hold DenseNet-121 weights without the top layer"):
        load_extractor("radiology", ExtractorRequest(str(path), digest))


def test_a_saved_model_by_its_hash(tmp_path):
    folder = write_brightness_model(tmp_path / "encoder")
    own = saved_model_extractor(folder)
    digest = own.description.weights_sha256
    extractor = load_extractor("radiology", ExtractorRequest(str(folder), digest))
    assert extractor.description.name == "radiology" and extractor.description.weights_sha256 == digest
    np.testing.assert_array_equal(extractor.features(IMAGES[:3]), own.features(IMAGES[:3]))
    with pytest.raises(DataError, match="expected SHA-256 000000000000"):
        load_extractor("radiology", ExtractorRequest(str(folder), ZEROS))
