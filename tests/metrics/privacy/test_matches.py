"""Matches beyond chance: values by hand, and limits against tables of the Poisson distribution."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.matches import ExcessMatches, Found, WeightedCount, excess_matches


def side(matches, patients=None, strata=None):
    count = len(matches)
    return Found(
        np.array(matches, float),
        np.arange(count).astype(str) if patients is None else np.array(patients),
        np.zeros(count, int) if strata is None else np.array(strata),
    )


def test_chance_is_what_held_out_patients_say():
    found = excess_matches(side([1.0] * 8 + [0.0] * 72), side([1.0, 1.0] + [0.0] * 38), 50)
    # 2 matches of 40 held-out images, so 4 are expected of 80 training images.
    assert found.chance.total == 4 and found.train.total == 8 and found.held_out_matches == 2
    assert found.value == pytest.approx(4 / 50) and found.chance.weight == pytest.approx(2, rel=0.03)


def test_limits_of_a_plain_count_are_those_of_tables():
    # E. S. Pearson and H. O. Hartley's table 40 gives 3.98 and 14.43 for 8 at 95 % on one side.
    count = WeightedCount(8, 8, 1)
    assert count.lower(0.95) == pytest.approx(3.981, abs=1e-3) and count.upper(0.95) == pytest.approx(14.435, abs=1e-3)
    none = WeightedCount(0, 0, 3)
    assert none.lower(0.95) == 0 and none.upper(0.95) == pytest.approx(3 * -np.log(0.05))


def test_no_match_at_all():
    found = excess_matches(side([0.0] * 60), side([0.0] * 30), 100)
    # Three chance matches of 30 held-out images might have been missed: 6 of 60; and three leaks.
    low, high = found.limits(0.95)
    assert found.value == 0
    assert low == pytest.approx(2 * np.log(0.05) / 100) and high == pytest.approx(-np.log(0.05) / 100)


def test_limits_of_a_difference_join_those_of_its_parts():
    found = ExcessMatches(WeightedCount(30, 30, 1), WeightedCount(8, 8, 1), 100, 8)
    low, high = found.limits(0.95)
    down = np.hypot(30 - WeightedCount(30, 30, 1).lower(0.95), 14.435 - 8)
    assert low == pytest.approx(0.22 - down / 100, abs=1e-4) and low < 0.22 < high
    assert found.limits(0.99)[0] < low and found.limits(0.99)[1] > high


def test_matches_that_come_together_say_less():
    apart = excess_matches(side([1.0] * 8 + [0.0] * 72), side([0.0] * 80), 100)
    of_one_patient = excess_matches(side([1.0] * 8 + [0.0] * 72, ["p"] * 8 + list("q" * 72)), side([0.0] * 80), 100)
    in_one_image = excess_matches(side([8.0] + [0.0] * 79), side([0.0] * 80), 100)
    assert apart.value == of_one_patient.value == in_one_image.value == 0.08
    assert apart.train.lower(0.95) == pytest.approx(3.98, abs=0.2)
    # One event of weight 8: its expectation is above 8 * 0.051.
    assert in_one_image.train.lower(0.95) == pytest.approx(8 * -np.log(0.95), abs=0.02)
    assert of_one_patient.train.lower(0.95) < 1


def test_chance_is_compared_within_strata():
    """One stratum is matched ten times as often: 50 % of the held-out images are of it, 90 % of the others."""
    strata, other = ["often"] * 90 + ["seldom"] * 10, ["often"] * 50 + ["seldom"] * 50
    train = side([1.0] * 9 + [0.0] * 91, strata=strata)
    held_out = side([1.0] * 5 + [0.0] * 95, strata=other)
    assert excess_matches(train, held_out, 100).value == pytest.approx(0)
    assert excess_matches(side(train.matches), side(held_out.matches), 100).value == pytest.approx(0.04)


def test_strata_with_few_held_out_images_are_joined():
    strata = ["a"] * 50 + ["b"] * 5 + ["c"] * 45
    held_out = side([0.0] * 50 + [1.0] * 15 + [0.0] * 15, strata=["a"] * 50 + ["b"] * 15 + ["c"] * 15)
    # b and c are one: 15 of 30 matched; there are 50 training images of them.
    assert excess_matches(side([0.0] * 100, strata=strata), held_out, 1).chance.total == 25
    few = side([0.0] * 50 + [1.0] * 10, strata=["a"] * 50 + ["b"] * 10)
    # Ten are too few alone, and there is nothing else to join them with.
    assert excess_matches(side([0.0] * 60, strata=["a"] * 30 + ["b"] * 30), few, 1).chance.total == 10


def test_an_empty_side():
    with pytest.raises(ValueError, match="expected images on both sides. Received: 0 and 1"):
        excess_matches(side([]), side([1.0]), 1)
