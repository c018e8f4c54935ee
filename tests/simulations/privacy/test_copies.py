"""Simulated errors of the limits of copies: unequal sets, no leak and a leak."""

from medgan_tf.simulations.privacy.copies import COUNTS, SHARES, simulate


def test_limits_keep_to_their_promise():
    rows = simulate(40, 1, sizes=((100, 40, 100), (40, 90, 100)))
    searched = [row for row in rows if "near copies" not in row.setting]
    assert len(searched) == 2 * (6 + 4)
    rates = {(row.setting, row.truth): row.rate for row in searched}
    assert max(rates.values()) <= 0.15 and sum(rates.values()) / len(rates) <= 0.06
    assert all(rate == 0 for (setting, _), rate in rates.items() if "broken" in setting)


def test_near_copies_by_numbers():
    rows = [row for row in simulate(200, 2, sizes=()) if "near copies" in row.setting]
    assert len(rows) == len(COUNTS) * len(SHARES) * 4
    assert max(row.rate for row in rows) <= 0.09
    # Not so wide that nothing could be said.
    assert max(row.rate for row in rows) > 0.005
