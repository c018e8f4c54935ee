"""Limits of label and attribute inference keep to their errors in small worlds, and a repeated table is seen."""

import pytest

from medgan_tf.simulations.privacy.attributes import COIN_FLIPS, SKEWED, World, simulate
from medgan_tf.simulations.row import ERROR, POWER, SUITE


@pytest.mark.parametrize("labels", [COIN_FLIPS, SKEWED])
def test_errors_of_both_limits_without_a_leak(labels):
    rows = simulate(200, 2, [World(labels, 60, 60, 100)])
    assert [row.what for row in rows] == [ERROR, ERROR, POWER] * 2
    for row in rows:
        assert row.draws == 200 and row.truth == "no leak, gain 0.0%"
        assert row.holds(SUITE), row


def test_repeated_training_images_are_seen():
    rows = simulate(20, 3, [World(COIN_FLIPS, 150, 150, 400, leak=1.0)])
    for row in (rows[2], rows[5]):
        assert row.what == POWER and row.truth.startswith("leak 100%") and row.rate > 0.9, row
