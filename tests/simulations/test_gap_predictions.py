"""The gap measured on made-up predictions: coverage and errors at the margin, in few settings."""

from dataclasses import replace

from medgan_tf.simulations.gap_predictions import SETTINGS, simulate, words
from medgan_tf.simulations.row import SUITE
from medgan_tf.simulations.studies import Study

SMALL = Study((20,), 80, images=1, gap=0.03, seed_sd=0.01)


def test_coverage_and_errors():
    rows = simulate(200, 2, [SMALL, replace(SMALL, seeds=2, auc=0.95)])
    assert [row.draws for row in rows] == [200] * 6 and not any(row.warning for row in rows)
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []


def test_what_is_not_shown_is_said():
    coverage, below, above = simulate(3, 1, [replace(SMALL, positive=(16,))])
    assert (coverage.warning, below.warning) == ("", "not shown: fewer than 20 patients") and above.warning
    assert simulate(3, 1, [replace(SMALL, positive=(14,))])[0].warning == "not shown: fewer than 15 patients"


def test_settings_are_told_apart():
    assert len({(words(one), one.auc) for one in SETTINGS}) == len(SETTINGS)
