"""The limits of matches beyond chance keep to their errors in small worlds."""

from medgan_tf.simulations.privacy.identity import World, simulate
from medgan_tf.simulations.row import ERROR, SUITE


def test_errors_of_both_limits():
    worlds = [World(300, 100, 400, chance=0.05), World(300, 100, 400, chance=0.05, leak=0.1)]
    rows = simulate(200, 2, worlds)
    assert [row.what for row in rows] == [ERROR, ERROR, "power"] * 2
    for row in rows:
        assert row.holds(SUITE), row
    # A tenth of the released images shows a patient: most often seen.
    assert rows[5].rate > 0.6 and rows[5].truth == "10% show a patient"
