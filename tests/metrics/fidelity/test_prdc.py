"""Precision, recall, density and coverage as a metric: four quantities, on a line by hand."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.prdc import prdc
from medgan_tf.metrics.metric import Options, Sample


def sample(*places):
    return Sample(np.zeros((len(places), 2, 2, 1), np.uint8), features=np.array(places, float)[:, None])


# With k = 1 the balls of the real images reach 1, 1 and 2, those of the synthetic ones 0.5, 0.5 and 9. A ball does not
# hold its own edge: 1 is not in that of 0. The synthetic images lie in 2, 1 and 0 balls.
REAL, SYNTHETIC = sample(0, 1, 3), sample(0.5, 1.0, 10.0)
EXPECTED = {"precision": 2 / 3, "recall": 2 / 3, "density": 1.0, "coverage": 2 / 3}


def test_by_hand():
    assert prdc.values(REAL, SYNTHETIC, Options(0, neighbours=1)) == pytest.approx(EXPECTED)


def test_not_more_images_than_neighbours():
    found = prdc(REAL, SYNTHETIC, Options(0, neighbours=3))
    assert list(found) == ["precision", "recall", "density", "coverage"]
    assert all(math.isnan(one["value"]) and one["neighbours"] == 3 for one in found.values())


def features(seed, count):
    return np.random.default_rng(seed).standard_normal((count, 3))


def test_intervals_are_from_halves_and_depend_on_the_seed():
    real, synthetic = (Sample(np.zeros((100, 2, 2, 1), np.uint8), features=features(seed, 100)) for seed in (1, 2))
    steps = []
    found = prdc(real, synthetic, Options(1, step=steps.append))
    for one in found.values():
        low, high = one["interval"]
        assert low <= one["value"] <= high and one["neighbours"] == 5 and 0 < one["standard_error"] < 0.2
    assert steps[-1] == "neighbours in half 20 of the images"
    assert found["coverage"]["interval"][1] <= 1.0
    assert prdc(real, synthetic, Options(1)) == found != prdc(real, synthetic, Options(2))


def test_patients_are_the_units():
    """99 patients are too few, however many images they have."""
    patients = (np.arange(300) % 99).astype(str)
    real = Sample(np.zeros((300, 2, 2, 1), np.uint8), features=features(1, 300), patients=patients)
    synthetic = Sample(np.zeros((300, 2, 2, 1), np.uint8), features=features(2, 300))
    found = prdc(real, synthetic, Options(1))
    assert {one["reason"] for one in found.values()} == {"too few for an interval (99; 100 needed)"}


def test_one_value_in_all_halves_is_no_interval():
    """All images are far from all others of their kind and near to one of the other kind."""
    places = np.random.default_rng(0).standard_normal((100, 40)) * 10
    real, synthetic = (Sample(np.zeros((100, 2, 2, 1), np.uint8), features=places + shift) for shift in (0.0, 0.01))
    found = prdc(real, synthetic, Options(1, neighbours=3, bootstrap=2))
    far = Sample(synthetic.images, features=synthetic.features + 1e4)
    assert found["precision"]["value"] == 1.0
    none = prdc(real, far, Options(1, neighbours=3))["recall"]
    assert none["value"] == 0.0 and none["reason"] == "no interval: all halves of the patients have one value"
