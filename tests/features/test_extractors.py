"""Every extractor: what it computes, what it says about itself, and how it refuses."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_models import write_frozen_pool, write_means_model

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.extractors import inception
from medgan_tf.features.load import configured_extractor, load_extractor
from medgan_tf.features.saved_model import saved_model_sha256

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 1), dtype=np.uint8)


def means(images):
    values = images.astype(np.float64)
    mean, square = values.mean(axis=(1, 2, 3)), (values**2).mean(axis=(1, 2, 3)) / 255
    return np.stack([mean, square, 2 * mean], axis=1)


def test_random_weights_are_the_same_everywhere():
    extractor = load_extractor("random")
    described = extractor.describe()
    assert described["weights_sha256"] == "bd5b1f7d24f24c3f4c4bd2260f9078406c66e233c020cec4206843207bb43125"
    assert (described["feature_size"], described["comparable"]) == (256, False)
    features = extractor.features(IMAGES, batch=2)
    assert features.shape == (5, 256) and features.dtype == np.float32
    np.testing.assert_allclose(features[0, [0, 40, 255]], [0.0703002, 0.451953, -0.0169567], rtol=1e-3)
    np.testing.assert_allclose(extractor.features(IMAGES, batch=5), features, rtol=1e-4, atol=1e-6)


def test_progress_and_no_images():
    extractor, seen = load_extractor("random"), []
    extractor.features(IMAGES, batch=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert extractor.features(IMAGES[:0]).shape == (0, 256)


def test_only_grey_bytes_are_taken():
    with pytest.raises(ValueError, match=r"must be uint8 \[N, R, R, 1\]. Received: float64"):
        load_extractor("random").features(IMAGES / 255)


def test_saved_model_of_ones_own(tmp_path):
    path = write_means_model(tmp_path / "own", signature="serving_default")
    extractor = load_extractor(str(path))
    np.testing.assert_allclose(extractor.features(IMAGES), means(IMAGES), rtol=1e-5)
    assert extractor.describe()["name"] == "saved_model"
    assert extractor.describe()["weights_sha256"] == saved_model_sha256(path)
    assert (
        load_extractor(str(path), ExtractorRequest(sha256=saved_model_sha256(path))).description
        == extractor.description
    )
    with pytest.raises(DataError, match=r"not the weights asked for: expected SHA-256 0{12}\.\.\. .*fid.sha256"):
        load_extractor(str(path), ExtractorRequest(sha256="0" * 64))


def test_saved_model_with_colour_and_its_own_size(tmp_path):
    path = write_means_model(tmp_path / "own", side=64, channels=3, dtype=tf.float32)
    extractor = load_extractor(str(path))
    flat = np.full((2, 32, 32, 1), 100, np.uint8)
    np.testing.assert_allclose(extractor.features(flat), means(flat), rtol=1e-5)
    assert extractor.describe()["resize"] == "bilinear with antialiasing to 64 pixels, rounded"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 4}, "takes uint8 .* an extractor is a SavedModel with a signature `features`"),
        ({"dtype": tf.float16}, "takes float16"),
        ({"rank": 3}, r"gives \(None, 3, 1\)"),
        ({"signature": "predict"}, r"has the signatures \['predict'\]"),
    ],
)
def test_models_that_are_no_extractors(tmp_path, options, message):
    path = write_means_model(tmp_path / "model", **options)
    with pytest.raises(DataError, match=message):
        load_extractor(str(path))


def test_operations_that_touch_files_are_refused(tmp_path):
    class Leaky(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 1], tf.uint8, name="images")], autograph=False)
        def features(self, images):
            tf.io.write_file("stolen.txt", tf.io.serialize_tensor(images))
            return {"features": tf.cast(images[:, 0, :, 0], tf.float32)}

    model = Leaky()
    tf.saved_model.save(model, str(tmp_path / "leaky"), signatures={"features": model.features})
    with pytest.raises(DataError, match="is refused: it holds the operation WriteFile"):
        load_extractor(str(tmp_path / "leaky"))


def test_names_that_are_nothing():
    with pytest.raises(
        ConfigError, match="unknown feature extractor 'vgg'; known: classifier, inception, .* random, or"
    ):
        load_extractor("vgg")


def test_damaged_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be loaded as a SavedModel"):
        load_extractor(str(tmp_path))


def test_features_that_are_not_finite(tmp_path):
    path = write_means_model(tmp_path / "own")
    extractor = load_extractor(str(path))
    extractor.model.gain.assign(np.inf)
    with pytest.raises(DataError, match="not finite; are its weights damaged"):
        extractor.features(IMAGES)


def test_classifier_of_the_experiment(tmp_path):
    with pytest.raises(DataError, match="needs the classifier trained on real images; nothing in .*model"):
        load_extractor("classifier", ExtractorRequest(classifier=tmp_path / "model"))
    write_means_model(tmp_path / "model", side=32)
    extractor = configured_extractor(FidConfig(extractor="classifier"), tmp_path / "model")
    np.testing.assert_allclose(extractor.features(IMAGES), means(IMAGES), rtol=1e-5)
    assert extractor.describe()["name"] == "classifier"


def test_another_extractor_than_the_configured_one_has_its_own_weights(tmp_path):
    settings = FidConfig(extractor="inception", weights="elsewhere.h5", sha256="0" * 64)
    assert configured_extractor(settings, tmp_path, "random").description.name == "random"


class TestInception2015:
    def load(self, path, sha256=None):
        found = sha256 or (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else saved_model_sha256(path)
        )
        return load_extractor("inception-2015", ExtractorRequest(weights=str(path), sha256=found))

    def test_frozen_graph_is_fed_with_pixels(self, tmp_path):
        extractor = self.load(write_frozen_pool(tmp_path / "graph.pb"))
        expected = IMAGES.mean(axis=(1, 2, 3))[:, None] + np.arange(2048)
        np.testing.assert_allclose(extractor.features(IMAGES), expected, rtol=1e-5)
        assert extractor.describe()["resize"].startswith("bilinear of TensorFlow 1")

    def test_frozen_graph_without_a_resize_of_its_own(self, tmp_path):
        extractor = self.load(write_frozen_pool(tmp_path / "graph.pb", entry="Mul"))
        flat = np.full((2, 16, 16, 1), 192, np.uint8)
        np.testing.assert_allclose(extractor.features(flat)[:, :2], [[0.5, 1.5]] * 2, atol=1e-5)

    def test_saved_model(self, tmp_path):
        class Pool(tf.Module):
            @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3], tf.float32)], autograph=False)
            def __call__(self, images):
                return {"pool_3": tf.reduce_mean(images, axis=[1, 2, 3])[:, None] * tf.ones([1, 2048])}

        tf.saved_model.save(Pool(), str(tmp_path / "pool"))
        features = self.load(tmp_path / "pool").features(np.full((3, 16, 16, 1), 64, np.uint8))
        np.testing.assert_allclose(features, np.full((3, 2048), -0.5), atol=1e-6)

    def test_path_and_hash_are_required(self, tmp_path):
        with pytest.raises(ConfigError, match="needs evaluation.fid.weights .* evaluation.fid.sha256"):
            load_extractor("inception_2015", ExtractorRequest(weights="x.pb"))
        with pytest.raises(DataError, match="no such file or folder: nothing.pb"):
            load_extractor("inception_2015", ExtractorRequest(weights="nothing.pb", sha256="0" * 64))

    def test_other_files_are_refused(self, tmp_path):
        path = tmp_path / "graph.pb"
        with pytest.raises(DataError, match="not the weights asked for"):
            self.load(write_frozen_pool(path), "0" * 64)
        with pytest.raises(DataError, match="is not the FID network: expected the operations pool_3 and ExpandDims"):
            self.load(write_frozen_pool(path, entry="Other"))
        path.write_bytes(b"\xff\xff\xff")
        with pytest.raises(DataError, match="is not a frozen TensorFlow graph"):
            self.load(path)
        with pytest.raises(DataError, match="expected an output 'pool_3', found"):
            self.load(write_means_model(tmp_path / "means"))


class TestInception:
    def test_offline_without_weights_is_one_line(self, monkeypatch, tmp_path):
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

    def test_failed_download_says_the_same(self, monkeypatch, tmp_path):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))

        def offline(*_, **__):
            raise Exception("URL fetch failure: name resolution")

        monkeypatch.setattr(keras.utils, "get_file", offline)
        with pytest.raises(
            DataError, match=r"the download failed \(URL fetch failure.* give --set evaluation.fid.weig"
        ):
            load_extractor("inception", ExtractorRequest(download=True))

    def test_file_and_address_are_those_of_keras(self):
        from keras.src.applications import inception_v3

        assert inception_v3.WEIGHTS_PATH_NO_TOP == inception.URL
        source = Path(inception_v3.__file__).read_text(encoding="utf-8")
        assert inception.MD5 in source

    def test_weights_files_that_cannot_be(self, tmp_path):
        with pytest.raises(DataError, match="no such file: nothing.h5"):
            load_extractor("inception", ExtractorRequest(weights="nothing.h5"))
        (tmp_path / "weights.bin").write_bytes(b"x")
        with pytest.raises(DataError, match="expected a file that ends in .h5"):
            load_extractor("inception", ExtractorRequest(weights=str(tmp_path / "weights.bin")))
        (tmp_path / "weights.h5").write_bytes(b"x")
        with pytest.raises(DataError, match="does not hold InceptionV3 weights"):
            load_extractor("inception", ExtractorRequest(weights=str(tmp_path / "weights.h5")))

    def test_weights_from_a_path(self, tmp_path):
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
