"""Reader studies of known truth: coverage and errors for 200 draws, and that the truth is the truth."""

import numpy as np
import pytest

from medgan_tf.simulations.readers import (
    AREA,
    SETTINGS,
    Setting,
    area_shift,
    called_synthetic,
    rated,
    shift_of,
    simulate,
)
from medgan_tf.simulations.row import ERROR, SUITE

FEW = (Setting(5, 50, 2.0), Setting(9, 50, 1.0), Setting(11, 100, 2.0), Setting(5, 50, 1.0, ratings=True))


def test_coverage_and_errors():
    rows = simulate(200, 2, FEW)
    assert [row.what == ERROR for row in rows] == [False, True] * 6 + [False]
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []


def test_with_three_readers_it_is_said_that_nothing_is_shown():
    assert all("too few readers" in row.warning for row in simulate(5, 1, [Setting(3, 50, 1.0)]))
    assert {setting.readers for setting in SETTINGS} == {3, 5, 9, 11} and {setting.images for setting in SETTINGS} == {
        50,
        100,
    }


@pytest.mark.parametrize("score", [0.5, 0.6])
def test_the_true_score_is_that_of_many_readers_and_images(score):
    setting, random = Setting(400, 1000, 1.0), np.random.default_rng(0)
    right = called_synthetic(setting, shift_of(score, 1.0), random) == (setting.sides > 0)
    # The looks of 2,000 images, shared by all readers, have the largest part: 0.2 / sqrt(2000) = 0.005.
    assert right.mean() == pytest.approx(score, abs=0.015)


def test_the_true_area_is_that_of_many_readers_and_images():
    setting = Setting(400, 400, 1.0, ratings=True)
    ratings = rated(setting, area_shift(1.0), np.random.default_rng(0))
    real, synthetic = ratings[:, :400], ratings[:, 400:]
    areas = [np.searchsorted(np.sort(one), other).mean() / 400 for one, other in zip(real, synthetic, strict=True)]
    assert np.mean(areas) == pytest.approx(AREA, abs=0.03)
