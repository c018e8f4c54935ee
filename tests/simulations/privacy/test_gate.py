"""The shipped audit on small worlds, and how its answers are counted. The rates of many worlds are in the docs."""

import pytest

from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.privacy.gate import SETTINGS, Outcome, by_row, outcome, rows_of
from medgan_tf.simulations.privacy.worlds import World
from medgan_tf.simulations.row import ERROR, POWER, TIGHT

QUICK = SETTINGS.model_copy(update={"bootstrap": 200, "planted": 60})


def audited(world, number=0):
    return outcome(world, stream(1, f"gate, {world} {number}"), QUICK)


def test_one_verbatim_image_among_all_is_found():
    for number in range(2):
        found = audited(World(120, "verbatim", 1), number)
        assert found.answer == "broken" and found.broken == ("identical",)


@pytest.mark.parametrize("world", [World(120), World(120, "noisy copies", 0.02), World(120, "memorised", 0.3, True)])
def test_few_patients_never_show_that_all_limits_hold(world):
    found = audited(world)
    assert found.answer in ("undecided", "broken") and "distance_rate 1 %" in found.undecided


def test_many_copies_of_few_patients_are_broken():
    assert "copies" in audited(World(150, "noisy copies", 0.3)).broken


def test_rates_are_counted_and_errors_are_errors():
    broken, holds = Outcome("broken", ("distance_rate 1 %",), ()), Outcome("holds", (), ())
    open_one = Outcome("undecided", (), ("copies",))
    found = [broken] * 2 + [holds] * 5 + [open_one] * 3
    rows = {row.setting.partition(": ")[2]: row for row in rows_of(World(400), found)}
    assert {name: (row.what, row.count, row.draws) for name, row in rows.items()} == {
        "broken": (ERROR, 2, 10), "all hold": (POWER, 5, 10), "undecided": (POWER, 3, 10),
    }  # fmt: skip
    rows = rows_of(World(2000, "memorised", 0.03), found)
    assert [row.what for row in rows] == [POWER, ERROR, POWER, POWER]
    assert rows[-1].setting.endswith("broken by the share of members found") and rows[-1].count == 2
    assert not rows[1].holds(TIGHT) and rows[0].truth == "3% of the patients memorised"
    assert by_row(found) == {"copies": (0, 3), "distance_rate 1 %": (2, 0)}
