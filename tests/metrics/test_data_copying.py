"""Authenticity and data copying, by hand and on known mixtures."""

import numpy as np
import pytest

from medgan_tf.metrics.authenticity import RealScale, excess_interval
from medgan_tf.metrics.data_copying import nearer_than_held_out, training_excess


def angle(*degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)


def distance(degrees):
    return 1 - np.cos(np.radians(degrees))


def test_the_scale_leaves_out_the_same_patient():
    real = RealScale(angle(0, 1, 10, 40), np.array(["a", "a", "b", "c"]))
    np.testing.assert_allclose(real.scale(np.arange(4)), [distance(10), distance(9), distance(9), distance(30)])
    placed = real.place(angle(2, 30))
    assert placed.row.tolist() == [1, 3]
    np.testing.assert_allclose(placed.relative, [distance(1) / distance(9), distance(10) / distance(30)])


def test_many_images_of_one_patient():
    """More than are looked at first."""
    real = RealScale(angle(*range(30), 60), np.array(["a"] * 30 + ["b"]))
    np.testing.assert_allclose(real.scale(np.array([0, 29])), [distance(60), distance(31)])
    with pytest.raises(ValueError, match="at least two patients"):
        RealScale(angle(0, 1), np.array(["a", "a"]))


def test_mirrored_images_count_where_they_are_nearer():
    real = RealScale(angle(0, 50), np.array(["a", "b"]))
    placed = real.place(angle(20, 10), angle(1, 12))
    assert placed.mirrored.tolist() == [True, False]
    np.testing.assert_allclose(placed.distance, [distance(1), distance(10)])


def test_excess_of_hits():
    hits, control = np.array([1, 1, 1, 0], bool), np.array([1, 0, 0, 0], bool)
    value, interval = excess_interval(hits, np.array(list("aabc")), control, np.array(list("xyzx")), draws=500)
    assert value == 0.5 and interval.low <= 0.5 <= interval.high


def test_training_excess_by_hand():
    trained = np.array([1, 1, 1, 0, 1, 0], bool)
    strata = np.array(list("sssstt"))
    rows = np.array([0, 0, 1, 3, 4, 5, 5, 5])
    found = training_excess(rows, trained, np.array(list("abcdef")), strata, draws=200)
    # Four of eight; expected 4 of them at 3/4 and 4 at 1/2.
    assert (found.share, found.expected) == (0.5, 0.625)
    assert found.excess == pytest.approx(-1 / 3)


@pytest.mark.parametrize("copied, low, high", [(0.0, -0.25, 0.25), (1.0, 1.0, 1.0)])
def test_training_excess_of_mixtures(copied, low, high):
    random = np.random.default_rng(0)
    trained = np.arange(500) < 400
    rows = np.where(random.random(400) < copied, random.integers(0, 400, 400), random.integers(0, 500, 400))
    found = training_excess(rows, trained, np.arange(500).astype(str), np.zeros(500), draws=500)
    assert low <= found.excess <= high
    assert (found.interval.low > 0) == (copied > 0) and (found.p < 0.01) == (copied > 0)


def test_without_copying_the_interval_covers_zero():
    random, covered = np.random.default_rng(3), 0
    for repeat in range(200):
        patients = np.repeat(np.arange(150), 2).astype(str)
        trained = np.isin(patients, random.permutation(150)[:110].astype(str))
        weights = np.repeat(random.gamma(1.0, size=150), 2)
        rows = random.choice(300, 300, p=weights / weights.sum())
        interval = training_excess(rows, trained, patients, np.zeros(300), draws=200, seed=repeat).interval
        covered += interval.low <= 0 <= interval.high
    assert covered / 200 >= 0.9


def test_nearer_than_held_out():
    assert nearer_than_held_out(np.array([1.0, 2]), np.array([3.0, 4])) == 1
    assert nearer_than_held_out(np.array([1.0, 4]), np.array([1.0, 4])) == 0.5
