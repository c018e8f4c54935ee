"""The membership rows on few small worlds. The rates of many worlds are in the docs."""

import numpy as np

from medgan_tf.evidence.privacy.membership.answer import answer
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.privacy.membership import inputs_of, outcome, simulate
from medgan_tf.simulations.privacy.worlds import World
from medgan_tf.simulations.row import ERROR, POWER, SUITE


def test_without_a_leak_limits_keep_their_error():
    rows = simulate(20, 3, [World(60)])
    errors = [row for row in rows if row.what == ERROR]
    assert len(errors) == 5 and all(row.draws == 20 for row in rows)
    # At most 4 of 20: more has a chance of 0.3 % at 5 %.
    assert all(row.count <= 4 for row in errors)
    assert errors[-1].count == 0 and errors[-1].setting.endswith("any row is broken") and errors[-1].holds(SUITE)


def test_a_shift_is_not_flagged():
    (row,) = simulate(3, 1, [World(200, shift=1.0)])
    assert (row.what, row.count, row.draws) == (ERROR, 0, 3)
    assert "standard deviations apart" in row.truth


def test_memorised_patients_are_noticed_by_the_share_found():
    (row,) = simulate(1, 1, [World(1100, "memorised", 0.1)])
    assert (row.what, row.count) == (POWER, 1)


def test_what_an_outcome_says():
    found = outcome(answer(inputs_of(World(100, "memorised", 1.0), stream(1, "a world"))))
    assert found.above >= {"distance patient"} and not found.holds & found.broken
    assert set(found.values) == {"distance patient", "density patient"}
    assert all(np.isfinite(value) for value in found.values.values())
