"""Wrong differences and ranks of made-up comparisons, in few settings."""

from dataclasses import replace

from medgan_tf.simulations.comparisons.generators import (
    DISTANCES,
    EQUAL,
    GAPS,
    Distances,
    Gaps,
    distance_words,
    gap_words,
    simulate,
)
from medgan_tf.simulations.row import ERROR, POWER, SUITE
from medgan_tf.simulations.studies import Study

SMALL = Study((20,), 60, images=1, seeds=4, seed_sd=0.01)


def test_wrong_differences_and_ranks():
    rows = simulate(60, 3, [Gaps(EQUAL, SMALL)], [Distances((0.3, -0.3, 0.3), patients=20, seeds=2, seed_sd=0.1)])
    assert [row.what for row in rows] == [ERROR, ERROR, ERROR, ERROR, "coverage"]
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []
    # Equals share all ranks, so a rank is missed exactly when a difference is shown.
    assert rows[0].count == rows[1].count and rows[2].count == rows[3].count


def test_the_best_is_found_where_it_is_much_better():
    easy = Gaps((0.0, 0.3), replace(SMALL, positive=(30,)))
    gaps, distances = (simulate(5, 1, *one) for one in (([easy], []), ([], [Distances((0.0, 2.0), 20, 1)])))
    assert (gaps[2].what, gaps[2].count, distances[2].count) == (POWER, 5, 5)
    assert [row.count for row in (*gaps[:2], *distances[:2])] == [0, 0, 0, 0]


def test_settings_are_told_apart():
    assert len({(gap_words(one), one.gaps) for one in GAPS}) == len(GAPS)
    assert len({(distance_words(one), one.shifts) for one in DISTANCES}) == len(DISTANCES)
