"""The network with fixed random weights gives the same features everywhere."""

import numpy as np
from tiny_models import IMAGES

from medgan_tf.features.load import load_extractor


def test_random_weights_are_the_same_everywhere():
    extractor = load_extractor("random")
    described = extractor.describe()
    assert described["weights_sha256"] == "bd5b1f7d24f24c3f4c4bd2260f9078406c66e233c020cec4206843207bb43125"
    assert (described["feature_size"], described["comparable"]) == (256, False)
    features = extractor.features(IMAGES, batch=2)
    assert features.shape == (5, 256) and features.dtype == np.float32
    np.testing.assert_allclose(features[0, [0, 40, 255]], [0.0703002, 0.451953, -0.0169567], rtol=1e-3)
    np.testing.assert_allclose(extractor.features(IMAGES, batch=5), features, rtol=1e-4, atol=1e-6)
