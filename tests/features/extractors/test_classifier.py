"""The experiment's own classifier as an extractor."""

import numpy as np
import pytest
from tiny_models import IMAGES, means, write_means_model

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import configured_extractor, load_extractor


def test_classifier_of_the_experiment(tmp_path):
    with pytest.raises(DataError, match="needs the classifier trained on real images; nothing in .*model"):
        load_extractor("classifier", ExtractorRequest(classifier=tmp_path / "model"))
    write_means_model(tmp_path / "model", side=32)
    extractor = configured_extractor(FidConfig(extractor="classifier"), tmp_path / "model")
    np.testing.assert_allclose(extractor.features(IMAGES), means(IMAGES), rtol=1e-5)
    assert extractor.describe()["name"] == "classifier"
