"""The interval of an AUC covers the true one; 200 draws."""

import numpy as np
import pytest

from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.simulations.auc import Setting, drawn, simulate
from medgan_tf.simulations.row import SUITE

FEW = (Setting(0.6, 5, 60, 1), Setting(0.8, 10, 60, 4), Setting(0.95, 20, 60, 2), Setting(0.92, 5, 60, 2))


def test_coverage():
    rows = simulate(200, 1, FEW)
    assert [row.draws for row in rows] == [200] * 4
    assert [f"{row.setting}: {row.rate}" for row in rows if not row.holds(SUITE)] == []


def test_below_five_patients_it_is_said_that_there_is_no_interval():
    [row] = simulate(20, 1, [Setting(0.8, 4, 60, 1)])
    assert "too few" in row.warning and row.draws == 20


def test_the_truth_is_the_truth():
    random = np.random.default_rng(0)
    truth, scores, patients = drawn(Setting(0.8, 3000, 3000, 4), random)
    assert clustered_aucs(truth, scores, patients).values[0] == pytest.approx(0.8, abs=0.01)
    assert truth.sum() == 6000 and len(np.unique(patients)) == 6000
    small = Setting(0.8, 5, 5, 2)
    values = [clustered_aucs(*drawn(small, random)).values[0] for _ in range(2000)]
    # Of 75 pairs, 5 are of one patient each; 0.8829 = Phi(sqrt(2) * 0.8416).
    assert small.truth == pytest.approx((70 * 0.8 + 5 * 0.8829) / 75, abs=1e-4)
    assert np.mean(values) == pytest.approx(small.truth, abs=4 * np.std(values) / np.sqrt(2000))
