"""A bound on epsilon is rarely above the truth, and not far below it where the truth shows; few draws."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.simulations.privacy.one_run_epsilon import GAUSSIAN, RESPONSE, Setting, bounds, gaussian_noise, simulate
from medgan_tf.simulations.row import ERROR, SUITE


@pytest.mark.parametrize("epsilon", [1.0, 4.0, 8.0])
def test_randomised_response(epsilon):
    found = bounds(Setting(RESPONSE, epsilon, 1000), 60, np.random.default_rng(1))
    assert np.median(found) > epsilon / 2
    # Of 60 at 5 %, more than 8 have a chance of 1 %.
    assert (found > epsilon).sum() <= 8


def test_gaussian_mechanism():
    found = bounds(Setting(GAUSSIAN, 4.0, 1000), 60, np.random.default_rng(2))
    assert (found < 4.0).all() and 1.0 < np.median(found) < 1.8


def test_rows():
    rows = simulate(100, 5, [Setting(RESPONSE, 0.0, 100), Setting(RESPONSE, 1.0, 100)])
    assert [row.what for row in rows] == [ERROR, ERROR, "power"]
    assert [row.setting for row in rows if not row.holds(SUITE)] == []


def test_noise_of_the_gaussian_mechanism():
    # Of two normal distributions a distance of 1 apart, the largest difference P - e^epsilon Q is delta.
    noise, epsilon = gaussian_noise(1.0, 1e-5), 1.0
    cut = noise**2 * epsilon + 0.5
    delta = stats.norm.sf(cut, 1, noise) - np.exp(epsilon) * stats.norm.sf(cut, 0, noise)
    assert delta == pytest.approx(1e-5, rel=1e-6)
