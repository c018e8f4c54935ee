"""FID as a metric: its value, and its value at infinite n with an interval over patients."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.fid import fid
from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.metric import Options, Sample
from medgan_tf.metrics.resampling import jackknife_of_rows, patient_groups
from medgan_tf.metrics.streams import stream


def sample(seed, shift=0.0, count=400, patients=None, hashes=None):
    features = np.random.default_rng(seed).standard_normal((count, 6)) + shift
    return Sample(np.zeros((count, 2, 2, 1), np.uint8), features=features, patients=patients, hashes=hashes)


def test_value_and_infinite_n():
    real, synthetic, steps = sample(1), sample(2, 0.5), []
    found = fid(real, synthetic, Options(seed=3, step=steps.append))["fid"]
    assert found["value"] == pytest.approx(frechet_distance_of(real.features, synthetic.features))
    assert "interval" not in found
    # The means are 0.5 apart in each of 6 dimensions.
    infinite = found["infinite"]
    assert infinite["value"] < found["value"] and infinite["interval"][0] < 6 * 0.5**2 < infinite["interval"][1]
    assert infinite["value"] == pytest.approx(1.5, abs=0.35) and infinite["units"] == [400, 400]
    assert steps[0] == "FID" and steps[-1] == "FID without group 20 of the synthetic images" and len(steps) == 41


def test_the_interval_is_the_jackknife_over_patients():
    """By leaving out rows, without the moments."""
    patients = np.repeat(np.arange(200), 2).astype(str)
    real, synthetic = sample(1, patients=patients), sample(2, 0.5)
    found = fid(real, synthetic, Options(seed=3))["fid"]["infinite"]
    random = stream(3, "groups of patients for FID")
    groups = [patient_groups(one.units, random) for one in (real, synthetic)]
    slow = jackknife_of_rows(frechet_distance_of, [real.features, synthetic.features], groups)
    assert found["units"] == [200, 400] and found["standard_error"] == pytest.approx(slow.standard_error, rel=1e-4)
    assert found["value"] == pytest.approx(slow.centre, rel=1e-4)
    assert found["interval"] == pytest.approx(slow.interval, rel=1e-4)


def test_below_0_is_cut():
    """Of equal distributions the estimate without bias is negative about half of the time."""
    found = [fid(sample(seed), sample(seed + 100), Options(seed))["fid"]["infinite"] for seed in range(12)]
    assert 0 < sum(one["value"] == 0.0 for one in found) < 12
    assert all(one["interval"][0] == 0.0 < one["interval"][1] for one in found)


def test_quick_is_the_value_alone():
    real, synthetic = sample(1), sample(2, 0.5)
    value = frechet_distance_of(real.features, synthetic.features)
    assert fid.values(real, synthetic, Options(seed=3)) == {"fid": pytest.approx(value)}
    assert math.isnan(fid.values(real, sample(2, count=1), Options(seed=3))["fid"])


def test_too_few_patients_have_no_interval():
    """20 at least, and 3 for each of 6 dimensions; 40 images of 10 patients are 10 patients."""
    for count, patients, words in ((19, None, "19"), (40, np.arange(40) % 10, "10")):
        few = sample(1, count=count, patients=None if patients is None else patients.astype(str))
        found = fid(few, sample(2, 0.5), Options(0))["fid"]["infinite"]
        assert math.isnan(found["value"]) and "interval" not in found
        assert found["reason"] == f"too few patients for an FID interval ({words}; 20 needed)"
    assert "interval" in fid(sample(1, count=20), sample(2, count=20), Options(0))["fid"]["infinite"]


def test_a_set_against_itself_is_exactly_0():
    hashes = np.arange(400).astype(str)
    one = sample(1, 5.0, hashes=hashes)
    found = fid(one, one, Options(0))["fid"]
    assert (
        found["value"] == 0.0
        and found["infinite"]["reason"] == "no interval: 100 % of the smaller set are in both sets"
    )
    few = one.take(np.arange(5))
    assert fid(few, few, Options(0))["fid"]["value"] == 0.0
