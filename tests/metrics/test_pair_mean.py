"""The error of a mean over pairs, against the sum over all pairs of pairs."""

import itertools

import numpy as np
import pytest

from medgan_tf.metrics.pair_mean import pair_mean_error


def test_the_sum_over_pairs_that_share_a_patient():
    random = np.random.default_rng(0)
    units = np.array([random.choice(6, 2, replace=False) for _ in range(30)])
    values = random.normal(size=30) + 2 * np.isin(units, (0, 1)).sum(axis=1)
    deviations = values - values.mean()
    products = [
        deviations[i] * deviations[j]
        for i, j in itertools.product(range(30), repeat=2)
        if set(units[i].tolist()) & set(units[j].tolist())
    ]
    assert pair_mean_error(values, units) == pytest.approx(np.sqrt(sum(products)) / 30)
    assert pair_mean_error(values, units[:, ::-1]) == pair_mean_error(values, units)


def test_pairs_without_a_patient_in_common_are_independent():
    values = np.array([1.0, 2.0, 4.0, 9.0])
    assert pair_mean_error(values, np.arange(8).reshape(4, 2)) == pytest.approx(values.std() / np.sqrt(4))


def test_it_is_never_below_the_error_of_independent_pairs():
    # Deviations 1 and -1 of pairs that share patient 1, and of pairs that share patient 4: their products cancel.
    values, units = np.array([1.0, -1.0, 1.0, -1.0]), np.array([[0, 1], [1, 2], [3, 4], [4, 5]])
    assert pair_mean_error(values, units) == pytest.approx(np.sqrt(4) / 4)
