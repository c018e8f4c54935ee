"""Simulated coverage of the agreement of importance maps."""

import numpy as np
import pytest

from medgan_tf.simulations.importance import CENTRES, MOST_IMAGES, PATIENTS, simulate, true_mean


def test_the_truth_is_the_mean_of_many_draws():
    draws = np.random.default_rng(0).normal(1.0, np.sqrt(2) * 0.5, 1_000_000)
    assert true_mean(1.0, 0.5) == pytest.approx(np.tanh(draws).mean(), abs=2e-3)


def test_coverage():
    rows = simulate(200, 1)
    assert len(rows) == len(PATIENTS) * len(MOST_IMAGES) * (len(CENTRES) + 1)
    rates = {(row.setting, row.truth): row.count / row.draws for row in rows}
    for patients in PATIENTS:
        own = [
            rate for place, rate in rates.items() if place[0].startswith(f"{patients} p") and "widely" not in place[0]
        ]
        # Six settings of 200 studies.
        assert len(own) == 6 and 0.92 <= np.mean(own) <= 0.98 and 0.88 < min(own) <= max(own) < 0.995
    assert all(bool(row.warning) == ("widely" in row.setting) for row in rows)
    # The warning beside a mean above 0.8 is needed.
    wide = [rate for place, rate in rates.items() if "widely" in place[0]]
    assert 0.87 < np.mean(wide) < 0.94
