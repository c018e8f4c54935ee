"""Simulated errors of the checks of images from elsewhere, in small."""

import numpy as np
import pytest

from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.external_checks import (
    SETTINGS,
    Brightness,
    Mirroring,
    brighter_sets,
    mirrored_sets,
    simulate,
)
from medgan_tf.simulations.row import ERROR, POWER, SUITE
from medgan_tf.synthesis.external.checks.histogram import LARGE, SMALL, distance, grey_shares

SIZE = (20, 30, 2)


def test_errors_and_power():
    settings = [one for one in SETTINGS if one.size == SIZE and isinstance(one, Brightness)]
    settings += [Mirroring(0.0, 0.0, 0.0, 0.0, SIZE), Mirroring(1.0, -1.0, 0.0, 0.0, SIZE)]
    rows = simulate(60, 1, settings)
    assert len(rows) == 5 + 2 + 2
    for row in rows:
        assert row.what != ERROR or row.rate <= SUITE.error, row
    power = {row.truth: row.rate for row in rows if row.what == POWER}
    assert power["real asymmetry 1, synthetic mirrored"] > 0.8
    assert power["0 levels brighter"] > 0.5 and power["32 levels brighter"] == 1


def test_all_kinds_of_truth_are_there():
    kinds = {(one.asymmetry, one.turned, one.own, one.alike) for one in SETTINGS if isinstance(one, Mirroring)}
    assert len(kinds) == 8 and (0.2, 0.0, 1.0, 0.3) in kinds
    assert {one.more for one in SETTINGS if isinstance(one, Brightness)} == {0, SMALL, LARGE, 2 * LARGE}


@pytest.mark.parametrize(("turned", "sign"), [(1.0, 1), (-1.0, -1)])
def test_the_asymmetric_part_is_what_it_says(turned, sign):
    """The odd part of the mean difference of the two sets: none if they lie alike, twice the strength if not."""
    setting = Mirroring(3.0, turned, 0.0, 0.0, (4000, 2000, 2))
    synthetic, real, patients = mirrored_sets(setting, stream(1, "test"))
    assert len(real) == 4000 and len(set(patients)) == 2000
    odd = [(one.mean(axis=0) - one.mean(axis=0)[:, ::-1]) / 2 for one in (synthetic, real)]
    assert np.linalg.norm(odd[0] - odd[1]) == pytest.approx(0.0 if sign > 0 else 6.0, abs=0.25)


def test_the_true_distance_is_the_brightness():
    synthetic, real, _ = brighter_sets(Brightness(16, (3000, 3000, 1)), stream(1, "test"))
    found, _ = distance(grey_shares(synthetic), grey_shares(real), np.arange(3000))
    assert found == pytest.approx(16, abs=0.8)
