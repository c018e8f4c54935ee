"""SavedModels of other people as extractors: what they compute, and what is refused."""

import numpy as np
import pytest
import tensorflow as tf
from tiny_models import IMAGES, means, write_means_model

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.features.saved_model import saved_model_sha256
from medgan_tf.saved_models.inspection import inspect_saved_model


def test_saved_model_of_ones_own(tmp_path):
    path = write_means_model(tmp_path / "own", signature="serving_default")
    extractor = load_extractor(str(path))
    np.testing.assert_allclose(extractor.features(IMAGES), means(IMAGES), rtol=1e-5)
    assert extractor.describe()["name"] == "saved_model"
    assert extractor.describe()["weights_sha256"] == saved_model_sha256(inspect_saved_model(path))
    assert (
        load_extractor(str(path), ExtractorRequest(sha256=saved_model_sha256(inspect_saved_model(path)))).description
        == extractor.description
    )
    with pytest.raises(DataError, match=r"not the weights asked for: expected SHA-256 0{12}\.\.\. .*fid.sha256"):
        load_extractor(str(path), ExtractorRequest(sha256="0" * 64))


def test_a_model_is_loaded_again_only_when_its_files_have_changed(tmp_path):
    path = write_means_model(tmp_path / "own")
    first = load_extractor(str(path))
    assert load_extractor(str(path)) is first
    again = write_means_model(tmp_path / "other")
    assert load_extractor(str(again)) is not first
    for file in sorted(path.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    changed = load_extractor(str(write_means_model(path, signature="serving_default")))
    assert changed is not first and changed.description.weights_sha256 != first.description.weights_sha256


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
    with pytest.raises(DataError, match="is refused: it holds .*the operation 'WriteFile' in function '__inference_"):
        load_extractor(str(tmp_path / "leaky"))


def test_damaged_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(DataError, match="saved_model.pb is damaged: not a SavedModel; copy or export it again"):
        load_extractor(str(tmp_path))
