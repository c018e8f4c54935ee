"""Rates, their intervals, and what keeps to the limits."""

import pytest

from medgan_tf.simulations.row import COVERAGE, ERROR, POWER, SUITE, TIGHT, Row


def test_rate_and_wilson_interval():
    row = Row("a", "AUC 0.8", COVERAGE, 190, 200)
    assert row.rate == 0.95
    # Wilson 1927 with z = 1.96: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
    assert row.interval == pytest.approx((0.9104, 0.9726), abs=1e-4)
    low, high = Row("a", "gap 0", ERROR, 0, 100).interval
    assert (low, high) == pytest.approx((0.0, 0.0370), abs=1e-4)


@pytest.mark.parametrize(
    ("row", "limits", "held"),
    [
        (Row("", "", COVERAGE, 183, 200), SUITE, True),
        (Row("", "", COVERAGE, 181, 200), SUITE, False),
        (Row("", "", COVERAGE, 200, 200), SUITE, True),
        (Row("", "", COVERAGE, 930, 1000), TIGHT, False),
        (Row("", "", COVERAGE, 9300, 10000), TIGHT, True),
        (Row("", "", ERROR, 18, 200), SUITE, True),
        (Row("", "", ERROR, 19, 200), SUITE, False),
        (Row("", "", ERROR, 55, 1000), TIGHT, False),
        (Row("", "", ERROR, 550, 10000), TIGHT, True),
        (Row("", "", POWER, 1, 1000), TIGHT, True),
        (Row("", "", COVERAGE, 1, 1000, "no interval is shown"), TIGHT, True),
    ],
)
def test_limits(row, limits, held):
    assert row.holds(limits) is held


def test_conservative_is_named():
    assert Row("", "", COVERAGE, 199, 200).is_conservative(TIGHT)
    assert not Row("", "", COVERAGE, 196, 200).is_conservative(TIGHT)
    assert not Row("", "", ERROR, 200, 200).is_conservative(TIGHT)
