"""The intervals and tests of fidelity hold what they promise, in 200 draws; and the truths that they are held to."""

import numpy as np
import pytest

from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.kernels.discrepancy import squared_discrepancy
from medgan_tf.simulations.fidelity import simulate, true_fid, true_kid


def test_the_true_values_are_those_of_many_images():
    random = np.random.default_rng(0)
    first, second = random.standard_normal((6000, 4)), random.standard_normal((6000, 4)) + 0.5
    assert squared_discrepancy(first, second) == pytest.approx(true_kid(0.5), rel=0.06)
    assert frechet_distance_of(first, second) == pytest.approx(true_fid(0.5), rel=0.06) and true_fid(0.5) == 1.0
    assert true_kid(0.0) == 0.0


def test_coverage_and_error_rates():
    rows = simulate(200, 1)
    assert {what for _, _, what, _, _ in rows} == {"coverage", "error rate", "power"}
    for setting, truth, what, count, draws in rows:
        rate = count / draws
        if what == "coverage":
            assert 0.91 <= rate <= 0.99, (setting, truth, rate)
        elif what == "error rate":
            assert rate <= 0.09, (setting, truth, rate)
        else:
            assert rate > 0.2, (setting, truth, rate)
