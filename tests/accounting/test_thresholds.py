"""Thresholds of rare combinations: closed forms, every patient of few images, simulation, and the guarantee."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from medgan_tf.accounting.thresholds import COMBINATIONS, extra_delta_of, passing, threshold
from medgan_tf.metrics.streams import stream


@pytest.mark.parametrize(("noise", "extra"), [(24.0, 1e-6), (1.0, 0.01), (0.2, 1e-12)])
def test_one_combination_is_a_gaussian_tail(noise, extra):
    limit = threshold(noise, extra, most=1)
    assert limit == pytest.approx(1 + noise * norm.isf(extra), rel=1e-6)
    assert norm.sf(limit, 1, noise) <= extra


@pytest.mark.parametrize(("noise", "extra", "most"), [(24.0, 1e-6, 8), (1.0, 0.05, 4), (0.3, 1e-3, 3)])
def test_threshold_solves_its_equation_from_above(noise, extra, most):
    limit = threshold(noise, extra, most)
    expected = norm.sf((limit - 1) / noise) + (most - 1) * norm.sf(limit / noise)
    assert passing(limit, noise, most) == pytest.approx(expected, rel=1e-9)
    assert 0.9999 * extra < expected <= extra


@pytest.mark.parametrize("noise", [0.3, 1.0, 3.0])
def test_every_patient_is_within_and_one_nearly_reaches_it(noise):
    """All patients of at most 30 images and 3 combinations, with the exact probability that any combination passes."""
    extra, limit = 0.01, threshold(noise, 0.01, most=3)
    exact = {}
    for counts in itertools.product(range(31), repeat=3):
        if 0 < sum(counts) <= 30:
            values = np.array([count for count in counts if count]) / sum(counts)
            exact[counts] = 1 - np.prod(norm.cdf(limit, values, noise))
    worst = max(exact, key=exact.get)
    assert exact[worst] <= extra
    assert exact[worst] > 0.9 * extra
    assert exact[28, 1, 1] > exact[10, 10, 10]


def test_equal_shares_would_set_it_too_low():
    """The largest over m of the threshold for m equal shares looks right, and is exceeded by an uneven patient."""
    noise, extra = 1.0, 0.05
    equal = max(1 / m + noise * norm.isf(extra / m) for m in range(1, 9))
    assert passing(equal, noise, 8) > 1.05 * extra
    assert threshold(noise, extra, 8) > equal


def test_simulated_patient_passes_as_often_as_promised():
    limit = threshold(1.0, 0.05, most=4)
    values = np.array([0.97, 0.01, 0.01, 0.01])
    noisy = values + stream(3, "threshold").normal(size=(200_000, 4))
    rate = np.mean((noisy > limit).any(axis=1))
    exact = 1 - np.prod(norm.cdf(limit, values, 1.0))
    assert rate == pytest.approx(exact, abs=4 * math.sqrt(0.05 / 200_000))
    assert 0.9 * 0.05 < exact <= 0.05


@pytest.mark.parametrize(("common", "own"), [(20.0, 0.02), (5.0, 0.3), (3.0, 0.5)])
@pytest.mark.parametrize("bound", [0.1, 0.5, 2.0])
def test_release_holds_the_sum_of_both_deltas(common, own, bound):
    """Both hockey-stick divergences of the whole release, by integration, for a patient with a combination of his own.

    D has one combination with the sum `common`; the patient adds 1 - `own` to it and `own` to one that only he has. A
    result is: the noisy number of the common one where it is above the threshold, and whether the own one is named.
    """
    noise, extra = 1.5, 0.04
    limit = threshold(noise, extra, most=2)
    named = norm.sf(limit, own, noise)
    far = math.exp(bound)

    def stick(first, second):
        shown = integrate.quad(lambda x: max(0, first(x) - far * second(x)), limit, common + 15, limit=200)[0]
        return shown

    def density(center, weight):
        return lambda x: weight * norm.pdf(x, center, noise)

    without, with_patient = density(common, 1.0), density(common + 1 - own, 1 - named)
    hidden = norm.cdf(limit, common, noise), (1 - named) * norm.cdf(limit, common + 1 - own, noise)
    added = stick(with_patient, without) + max(0, hidden[1] - far * hidden[0]) + named
    removed = stick(without, with_patient) + max(0, hidden[0] - far * hidden[1])
    half, ratio = 1 / (2 * noise), bound * noise
    gaussian = norm.cdf(half - ratio) - far * norm.cdf(-half - ratio)
    assert max(added, removed) <= gaussian + extra


def test_no_noise_names_no_single_patient():
    assert threshold(0.0, 1e-6) == 1.0


def test_a_tenth_of_delta():
    assert extra_delta_of(1e-5) == pytest.approx(1e-6)
    assert threshold(24.0, 1e-6) == pytest.approx(123.922, abs=1e-3)
    assert COMBINATIONS == 8


@pytest.mark.parametrize(("noise", "extra", "most"), [(-1.0, 0.1, 8), (1.0, 0.0, 8), (1.0, 0.5, 8), (1.0, 0.1, 0)])
def test_impossible_numbers(noise, extra, most):
    with pytest.raises(ValueError, match="expected"):
        threshold(noise, extra, most)
