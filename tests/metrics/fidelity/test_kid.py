"""KID as a metric: over subsets with an interval, and quick over all images."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.kid import kid
from medgan_tf.metrics.kernel import squared_discrepancy
from medgan_tf.metrics.metric import Options, Sample


def sample(seed, shift=0.0, count=300):
    features = np.random.default_rng(seed).standard_normal((count, 6)) + shift
    return Sample(np.zeros((count, 2, 2, 1), np.uint8), features=features)


def test_value_interval_and_subsets():
    real, synthetic = sample(1), sample(2, 0.5, count=200)
    found = kid(real, synthetic, Options(seed=3))["kid"]
    assert (found["subsets"], found["subset_size"]) == (100, 200)
    assert found["value"] == pytest.approx(squared_discrepancy(real.features, synthetic.features), rel=0.05)
    low, high = found["interval"]
    assert 0 < low < found["value"] < high < 2 * found["value"]
    assert 0 < found["standard_error"] < 0.1 * found["value"]


def test_quick_takes_all_images_at_once():
    real, synthetic = sample(1), sample(2, 0.5)
    expected = squared_discrepancy(real.features, synthetic.features)
    assert kid.values(real, synthetic, Options(seed=3)) == {"kid": expected}
    assert math.isnan(kid.values(sample(1, count=1), synthetic, Options(seed=3))["kid"])


def test_the_subsets_depend_on_the_seed_alone():
    pair = sample(1), sample(2, 0.5, count=200)
    first, again, other = (kid(*pair, Options(seed))["kid"] for seed in (1, 1, 2))
    assert first == again and first["value"] != other["value"] and first["interval"] != other["interval"]
