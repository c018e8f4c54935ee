"""Data copying, by hand and on known mixtures."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.data_copying import nearer_than_held_out, training_excess


def test_training_excess_by_hand():
    trained = np.array([1, 1, 1, 0, 1, 0], bool)
    strata = np.array(list("sssstt"))
    rows = np.array([0, 0, 1, 3, 4, 5, 5, 5])
    found = training_excess(rows, trained, np.array(list("abcdef")), strata, 0, draws=200)
    # Four of eight; expected 4 of them at 3/4 and 4 at 1/2.
    assert (found.share, found.expected) == (0.5, 0.625)
    assert found.excess == pytest.approx(-1 / 3)


@pytest.mark.parametrize("copied, low, high", [(0.0, -0.25, 0.25), (1.0, 1.0, 1.0)])
def test_training_excess_of_mixtures(copied, low, high):
    random = np.random.default_rng(0)
    trained = np.arange(500) < 400
    rows = np.where(random.random(400) < copied, random.integers(0, 400, 400), random.integers(0, 500, 400))
    found = training_excess(rows, trained, np.arange(500).astype(str), np.zeros(500), 0, draws=500)
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
