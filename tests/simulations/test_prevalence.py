"""Label shares of two training sets with a known truth: coverage and false alarms, in few settings."""

from medgan_tf.simulations.prevalence import Shares, simulate
from medgan_tf.simulations.row import ERROR, POWER, SUITE


def test_coverage_and_false_alarms():
    rows = simulate(200, 3, [Shares(0.1, 0.1), Shares(0.3, 0.5, most=4)])
    assert [row.what for row in rows] == ["coverage", ERROR, "coverage", POWER]
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []
    # A large difference is found.
    assert rows[3].rate > 0.95
