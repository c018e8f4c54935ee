"""Keras's InceptionV3: weights from a file or Keras, and one line when they are missing."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_models import IMAGES

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.extractors import inception
from medgan_tf.features.load import load_extractor


def test_offline_without_weights_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DataError) as caught:
        load_extractor("inception")
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/",
        "evaluation.fid.weights=FILE (or --weights FILE)",
        "'classifier' and 'random' need no download",
    ):
        assert part in message


def test_failed_download_says_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def offline(*_, **__):
        raise Exception("URL fetch failure: name resolution")

    monkeypatch.setattr(keras.utils, "get_file", offline)
    with pytest.raises(DataError, match=r"the download failed \(URL fetch failure.* give --set evaluation.fid.weig"):
        load_extractor("inception", ExtractorRequest(download=True))


def test_file_and_address_are_those_of_keras():
    from keras.src.applications import inception_v3

    assert inception_v3.WEIGHTS_PATH_NO_TOP == inception.URL
    source = Path(inception_v3.__file__).read_text(encoding="utf-8")
    assert inception.MD5 in source


def test_weights_files_that_cannot_be(tmp_path):
    with pytest.raises(DataError, match="no such file: nothing.h5"):
        load_extractor("inception", ExtractorRequest(weights="nothing.h5"))
    (tmp_path / "weights.bin").write_bytes(b"x")
    with pytest.raises(DataError, match="expected a file that ends in .h5"):
        load_extractor("inception", ExtractorRequest(weights=str(tmp_path / "weights.bin")))
    (tmp_path / "weights.h5").write_bytes(b"x")
    with pytest.raises(DataError, match="is no HDF5 file"):
        load_extractor("inception", ExtractorRequest(weights=str(tmp_path / "weights.h5")))


def test_weights_from_a_path(tmp_path):
    """The real network, with weights as Keras draws them."""
    model = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    path = tmp_path / "inception.weights.h5"
    model.save_weights(path)
    extractor = load_extractor("inception", ExtractorRequest(weights=str(path)))
    grey = IMAGES[:2]
    resized = tf.image.resize(np.repeat(grey, 3, axis=3), [299, 299], antialias=True)
    expected = model(resized / 127.5 - 1.0, training=False).numpy()
    np.testing.assert_allclose(extractor.features(grey), expected, rtol=1e-3, atol=1e-6)
    assert extractor.description.weights_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert extractor.description.feature_size == 2048
