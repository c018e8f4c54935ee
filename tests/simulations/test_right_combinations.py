"""Answers of `medgan-tf combinations` on made-up runs: both errors, and three runs against a simulation by hand."""

import numpy as np
import pytest
from scipy.stats import t

from medgan_tf.simulations.right_combinations import SETTINGS, simulate
from medgan_tf.simulations.row import ERROR, POWER, SUITE


def test_errors_keep_to_their_limits():
    rows = simulate(200, 2, SETTINGS[:1])
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []
    # At chance "refuted" is right, at 0.6 "shown"; at twice chance nothing is.
    assert [row.what for row in rows] == [ERROR, POWER, ERROR, ERROR, POWER, ERROR]


def test_rates_are_those_of_students_t():
    rows = {row.setting: row for row in simulate(1000, 1, [(3, 0.05)]) if row.truth == "mean twice chance"}
    # The same study by hand: sqrt(3) (mean - 1/3) / sd against t(0.975, 2). A beta distribution with mean m and
    # deviation s has the parameters m n and (1 - m) n with n = m (1 - m) / s^2 - 1 = 87.89.
    shares = np.random.default_rng(5).beta(29.296, 58.593, (100_000, 3))
    statistic = np.sqrt(3) * (shares.mean(1) - 1 / 3) / shares.std(1, ddof=1)
    for word, share in (("shown", statistic >= t.ppf(0.975, 2)), ("refuted", statistic < -t.ppf(0.975, 2))):
        assert rows[f"3 runs, sd 0.05 of a run: {word}"].rate == pytest.approx(share.mean(), abs=0.02)
