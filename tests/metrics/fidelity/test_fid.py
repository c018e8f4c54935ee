"""FID as a metric: its value, the interval over images, and the value at infinite n."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.fid import fid
from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.metric import Options, Sample

PIXELS = np.zeros((400, 2, 2, 1), np.uint8)


def sample(seed, shift=0.0, count=400):
    return Sample(PIXELS[:count], features=np.random.default_rng(seed).standard_normal((count, 6)) + shift)


def test_value_interval_and_infinite_n():
    real, synthetic, steps = sample(1), sample(2, 0.5), []
    found = fid(real, synthetic, Options(seed=3, bootstrap=8, step=steps.append))["fid"]
    assert found["value"] == pytest.approx(frechet_distance_of(real.features, synthetic.features))
    low, high = found["interval"]
    # The means are 0.5 apart in each of 6 dimensions.
    assert low < 6 * 0.5**2 + 0.1 and found["value"] < high < 3 and found["bootstrap"] == 8
    assert found["infinite"] == pytest.approx(1.5, abs=0.35)
    assert steps[:2] == ["FID", "FID of resample 1"] and steps[8] == "FID of resample 8"
    assert steps[9] == "FID of smaller set 1" and len(steps) == 17


def test_quick_is_the_value_alone():
    real, synthetic = sample(1), sample(2, 0.5)
    value = frechet_distance_of(real.features, synthetic.features)
    assert fid.values(real, synthetic, Options(seed=3)) == {"fid": pytest.approx(value)}
    assert math.isnan(fid.values(real, sample(2, count=1), Options(seed=3))["fid"])


def test_the_interval_depends_on_the_seed_alone():
    pair = sample(1), sample(2, 0.5)
    first, again, other = (fid(*pair, Options(seed, bootstrap=4))["fid"]["interval"] for seed in (1, 1, 2))
    assert first == again and first != other


def test_fewer_images_than_features_have_no_infinite_n():
    assert math.isnan(fid(sample(1, count=6), sample(2, count=6), Options(0, bootstrap=2))["fid"]["infinite"])
