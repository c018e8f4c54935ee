"""Groups measured on made-up predictions: coverage, and findings that are wrong, in few settings."""

from dataclasses import replace

import numpy as np
import pytest

from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.simulations.row import ERROR, SUITE
from medgan_tf.simulations.subgroups import SETTINGS, GroupStudy, drawn, simulate

SMALL = GroupStudy((25, 30), (60, 70), (0.9, 0.75), (0.03, 0.03), seeds=3)


def test_coverage_and_errors():
    rows = simulate(100, 4, [SMALL])
    assert {row.draws for row in rows} == {100} and sum(row.what == ERROR for row in rows) == 3
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []


def test_the_truth_is_that_of_the_drawn_studies():
    """Mean AUCs of many patients and trainings."""
    study = replace(SMALL, positive=(3000, 3000), patients=(6000, 6000), gap=(0.02, 0.1), seeds=6)
    seeds, groups = drawn(study, np.random.default_rng(1))
    for number, group in enumerate(("g0", "g1")):
        rows = groups == group
        for kind, expected in (("real", study.real[number]), ("synthetic", study.real[number] - study.gap[number])):
            found = [
                auc_per_label(one.predictions[kind].truth[rows], one.predictions[kind].scores[rows])[0] for one in seeds
            ]
            assert np.mean(found) == pytest.approx(expected, abs=0.015)
    assert (study.change, study.widening) == (pytest.approx(0.08), pytest.approx(0.08))


def test_widening_by_hand():
    """A difference of 0.1 that turns round to -0.05 is smaller; one of 0 that becomes -0.05 is larger."""
    assert replace(SMALL, real=(0.8, 0.9), gap=(0.0, 0.15)).widening == pytest.approx(-0.05)
    assert replace(SMALL, real=(0.8, 0.8), gap=(0.05, 0.0)).widening == pytest.approx(0.05)


def test_views_are_of_the_same_patients():
    seeds, groups = drawn(
        replace(SETTINGS[0], same_patients=True, patients=(50, 50), positive=(20, 20)), np.random.default_rng(2)
    )
    one = seeds[0].predictions["real"]
    assert set(one.patients[groups == "g0"]) == set(one.patients[groups == "g1"])
    findings = [set(one.patients[(groups == group) & (one.truth[:, 0] > 0)]) for group in ("g0", "g1")]
    assert findings[0] == findings[1] and len(findings[0]) == 20


def test_settings_are_told_apart():
    assert len({(one.words, one.truth, one.real, one.gap, one.seed_sd) for one in SETTINGS}) == len(SETTINGS)
