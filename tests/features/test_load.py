"""From the name in an experiment to an extractor."""

import pytest

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import ConfigError
from medgan_tf.features.load import configured_extractor, load_extractor


def test_names_that_are_nothing():
    with pytest.raises(
        ConfigError, match="unknown feature extractor 'vgg'; known: classifier, inception, .* random, or"
    ):
        load_extractor("vgg")


def test_another_extractor_than_the_configured_one_has_its_own_weights(tmp_path):
    settings = FidConfig(extractor="inception", weights="elsewhere.h5", sha256="0" * 64)
    assert configured_extractor(settings, tmp_path, "random").description.name == "random"
