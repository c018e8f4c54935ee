"""One-sided limits against closed forms."""

import math

import numpy as np
import pytest
from scipy.stats import binom, norm

from medgan_tf.metrics.one_sided import drawn_limits, interval_limits, share_limits


def test_limits_of_a_share_that_was_never_or_always_seen():
    """0 of n: the upper limit u has (1 - u)^n = 1 - c."""
    lower, upper = share_limits(0, 299)(0.95)
    assert lower == 0 and upper == pytest.approx(1 - 0.05 ** (1 / 299)) and upper < 0.01
    assert share_limits(0, 298)(0.95)[1] > 0.01
    assert share_limits(100, 100)(0.95) == (pytest.approx(0.05**0.01), 1.0)
    assert all(map(math.isnan, share_limits(0, 0)(0.95)))


def test_limits_of_a_share_are_those_of_the_binomial():
    lower, upper = share_limits(7, 40)(0.99)
    assert binom.sf(6, 40, lower) == pytest.approx(0.01) and binom.cdf(7, 40, upper) == pytest.approx(0.01)


def test_limits_of_an_interval_are_its_ends_at_its_level():
    limits = interval_limits(0.5, 0.4, 0.7, 0.95)
    assert limits(0.975) == pytest.approx((0.4, 0.7))
    assert limits(0.5) == pytest.approx((0.5, 0.5))
    times = norm.ppf(0.999) / norm.ppf(0.975)
    assert limits(0.999) == pytest.approx((0.5 - 0.1 * times, 0.5 + 0.2 * times))


def test_limits_of_draws_end_where_the_draws_do():
    """Of 99 draws the smallest is the limit at 0.99, and there is none beyond."""
    limits = drawn_limits(np.random.default_rng(0).permutation(99) + 1.0)
    for confidence, place in ((0.99, 1), (0.95, 5), (0.5, 50)):
        assert limits(confidence) == pytest.approx((place, 100 - place))
    assert all(map(math.isnan, limits(0.991)))
    assert all(map(math.isnan, drawn_limits(np.array([1.0, np.nan, np.nan]))(0.6)))
