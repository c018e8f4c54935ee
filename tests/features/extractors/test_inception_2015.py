"""The network behind published FIDs, from a frozen graph or a SavedModel; small stand-ins have its names."""

import hashlib

import numpy as np
import pytest
import tensorflow as tf
from tiny_models import IMAGES, write_frozen_pool, write_means_model

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.features.saved_model import saved_model_sha256
from medgan_tf.saved_models.inspection import inspect_saved_model


def load(path, sha256=None):
    own = path.read_bytes() if path.is_file() else b""
    found = hashlib.sha256(own).hexdigest() if own else saved_model_sha256(inspect_saved_model(path))
    return load_extractor("inception-2015", ExtractorRequest(weights=str(path), sha256=sha256 or found))


def test_frozen_graph_is_fed_with_pixels(tmp_path):
    extractor = load(write_frozen_pool(tmp_path / "graph.pb"))
    expected = IMAGES.mean(axis=(1, 2, 3))[:, None] + np.arange(2048)
    np.testing.assert_allclose(extractor.features(IMAGES), expected, rtol=1e-5)
    assert extractor.describe()["resize"].startswith("bilinear of TensorFlow 1")


def test_frozen_graph_without_a_resize_of_its_own(tmp_path):
    extractor = load(write_frozen_pool(tmp_path / "graph.pb", entry="Mul"))
    flat = np.full((2, 16, 16, 1), 192, np.uint8)
    np.testing.assert_allclose(extractor.features(flat)[:, :2], [[0.5, 1.5]] * 2, atol=1e-5)


def test_saved_model(tmp_path):
    class Pool(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3], tf.float32)], autograph=False)
        def __call__(self, images):
            return {"pool_3": tf.reduce_mean(images, axis=[1, 2, 3])[:, None] * tf.ones([1, 2048])}

    tf.saved_model.save(Pool(), str(tmp_path / "pool"))
    features = load(tmp_path / "pool").features(np.full((3, 16, 16, 1), 64, np.uint8))
    np.testing.assert_allclose(features, np.full((3, 2048), -0.5), atol=1e-6)


def test_path_and_hash_are_required(tmp_path):
    with pytest.raises(ConfigError, match="needs evaluation.fid.weights .* evaluation.fid.sha256"):
        load_extractor("inception_2015", ExtractorRequest(weights="x.pb"))
    with pytest.raises(DataError, match="no such file or folder: nothing.pb"):
        load_extractor("inception_2015", ExtractorRequest(weights="nothing.pb", sha256="0" * 64))


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "graph.pb"
    with pytest.raises(DataError, match="not the weights asked for"):
        load(write_frozen_pool(path), "0" * 64)
    with pytest.raises(DataError, match="is not the FID network: expected the operations pool_3 and ExpandDims"):
        load(write_frozen_pool(path, entry="Other"))
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(DataError, match="graph.pb is damaged: not a frozen TensorFlow graph"):
        load(path)
    with pytest.raises(DataError, match="expected an output 'pool_3', found"):
        load(write_means_model(tmp_path / "means"))
