"""KID as a metric: its value, interval and test over patients; MMD does the same with another kernel."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.kid import kid
from medgan_tf.metrics.kernels.discrepancy import squared_discrepancy
from medgan_tf.metrics.metric import Options, Sample


def sample(seed, shift=0.0, count=300, **more):
    features = np.random.default_rng(seed).standard_normal((count, 6)) + shift
    return Sample(np.zeros((count, 2, 2, 1), np.uint8), features=features, **more)


def test_value_interval_and_test():
    real, synthetic = sample(1), sample(2, 0.5, count=200)
    found = kid(real, synthetic, Options(seed=3))["kid"]
    assert found["value"] == pytest.approx(squared_discrepancy(real.features, synthetic.features))
    low, high = found["interval"]
    assert 0 < low < found["value"] < high < 2 * found["value"]
    assert found["units"] == [300, 200] == found["permuted"] and found["p_no_difference"] == 1 / 1000
    alike = kid(real, sample(2, count=200), Options(seed=3))["kid"]
    assert alike["interval"][0] < 0 < alike["interval"][1] and alike["p_no_difference"] > 0.02


def test_several_images_of_a_patient():
    """Only pairs of different patients; one image of each is in the permutation test."""
    patients = np.repeat(np.arange(60), 5).astype(str)
    means = np.random.default_rng(5).standard_normal((60, 6))
    noise = np.random.default_rng(6).standard_normal((300, 6))
    features = np.sqrt(0.9) * np.repeat(means, 5, axis=0) + np.sqrt(0.1) * noise
    real, synthetic = Sample(np.zeros((300, 2, 2, 1), np.uint8), None, features, patients), sample(2)
    found = kid(real, synthetic, Options(seed=3))["kid"]
    assert found["permuted"] == [60, 300] == found["units"]
    # With the pairs of one patient the real images would seem to differ from images of the same distribution.
    assert found["interval"][0] < 0 and found["p_no_difference"] > 0.05
    assert squared_discrepancy(features, synthetic.features) > found["value"] + 0.05


def test_a_set_against_itself_is_0():
    hashes = np.arange(300).astype(str)
    one = sample(1, hashes=hashes)
    found = kid(one, one, Options(seed=3))["kid"]
    assert found["value"] == pytest.approx(0.0, abs=1e-12)
    assert found["reason"] == "no interval: 100 % of the smaller set are in both sets" and "interval" not in found


def test_quick_is_the_value_alone():
    real, synthetic = sample(1), sample(2, 0.5)
    expected = squared_discrepancy(real.features, synthetic.features)
    assert kid.values(real, synthetic, Options(seed=3)) == {"kid": pytest.approx(expected)}
    assert math.isnan(kid.values(sample(1, count=1), synthetic, Options(seed=3))["kid"])


def test_one_patient_and_few_patients():
    lone = sample(1, count=5, patients=np.full(5, "p"))
    assert math.isnan(kid(lone, sample(2), Options(0))["kid"]["value"])
    found = kid(sample(1, count=9), sample(2), Options(0))["kid"]
    assert found["reason"] == "too few for an interval (9; 10 needed)" and math.isfinite(found["value"])


def test_the_permutations_depend_on_the_seed_alone():
    pair = sample(1), sample(2, count=200)
    first, again, other = (kid(*pair, Options(seed))["kid"] for seed in (1, 1, 2))
    assert first == again and first["p_no_difference"] != other["p_no_difference"]
    assert first["value"] == other["value"]
