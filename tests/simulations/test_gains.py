"""Gains of arms on made-up predictions without a true gain: coverage, and both errors, in few settings."""

from dataclasses import replace

from medgan_tf.simulations.gains import SETTINGS, simulate
from medgan_tf.simulations.gap_predictions import words
from medgan_tf.simulations.row import COVERAGE, ERROR, SUITE
from medgan_tf.simulations.studies import Study

SMALL = Study((20,), 80, images=1, gap=0.0, seed_sd=0.01)


def test_coverage_and_errors():
    rows = simulate(200, 2, [SMALL, replace(SMALL, seeds=2, seed_sd=0.05, auc=0.65)])
    assert [row.what for row in rows] == [COVERAGE, ERROR, ERROR] * 2 and not any(row.warning for row in rows)
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []


def test_the_truth_of_every_setting_is_no_gain():
    assert {one.gap for one in SETTINGS} == {0.0}
    assert len({(words(one), one.auc) for one in SETTINGS}) == len(SETTINGS)
