"""Weights of an exported classifier: read back bit for bit, and refused where they are not those of `model.json`."""

import json

import numpy as np
import pytest
from tiny_classifier import tiny_settings

from medgan_tf.classification.arms.start import exported_weights
from medgan_tf.classification.export import export_classifier
from medgan_tf.classification.network import build_network
from medgan_tf.errors import DataError

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def exported(tmp_path):
    weights = build_network(2, 16, tiny_settings(), seed=9).get_weights()
    export_classifier(tmp_path, weights, tiny_settings(), {"label_names": ["A", "B"], "resolution": 16})
    return tmp_path, weights


def test_the_weights_come_back(exported):
    folder, weights = exported
    found = exported_weights(folder, 2, 16, tiny_settings(precision="mixed_bfloat16"))
    assert len(found) == len(weights)
    for one, other in zip(found, weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_refused(exported, tmp_path):
    folder, _ = exported
    with pytest.raises(DataError, match=r"cannot be read \(.*train it again"):
        exported_weights(folder, 3, 16, tiny_settings())
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | {"weights_sha256": "0" * 64}))
    with pytest.raises(DataError, match=r"does not hold the weights that model.json names"):
        exported_weights(folder, 2, 16, tiny_settings())
    with pytest.raises(DataError, match="no classifier to start from"):
        exported_weights(tmp_path / "none", 2, 16, tiny_settings())
