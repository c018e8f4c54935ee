"""The noise that a target needs: against closed forms, and against the accountant on both sides of it."""

import math

import pytest
from scipy import optimize
from scipy.stats import norm

from medgan_tf.accounting import calibration
from medgan_tf.accounting.calibration import noise_for
from medgan_tf.accounting.epsilon import epsilon
from medgan_tf.accounting.guarantee import Charges
from medgan_tf.errors import ConfigError


@pytest.mark.parametrize(("target", "steps", "releases", "extra"), [(0.5, 300, (), 0.0), (2.0, 2500, (24.0,), 1e-6)])
def test_smallest_of_three_digits(target, steps, releases, extra):
    noise = noise_for(target, 1e-5, 0.02, steps, releases, extra)
    digits, exponent = f"{noise:.15e}".split("e")
    assert float(digits) == pytest.approx(round(float(digits), 2), abs=1e-12)
    below = noise - 10 ** (int(exponent) - 2)
    assert epsilon(Charges(0.02, noise, steps, releases, extra), 1e-5) <= target
    assert epsilon(Charges(0.02, below, steps, releases, extra), 1e-5) > target


@pytest.mark.parametrize(
    ("target", "steps", "releases"), [(1.0, 1, ()), (3.0, 400, ()), (3.0, 400, (4.0,)), (8.0, 9, ())]
)
def test_without_sampling_it_is_the_analytic_gaussian(target, steps, releases):
    def delta(noise):
        total = (steps / noise**2 + sum(release**-2 for release in releases)) ** -0.5
        half, ratio = 1 / (2 * total), target * total
        return norm.cdf(half - ratio) - math.exp(target) * norm.cdf(-half - ratio)

    exact = optimize.brentq(lambda noise: delta(noise) - 1e-5, 0.1, 1000)
    found = noise_for(target, 1e-5, 1.0, steps, releases)
    assert exact <= found < exact * 1.011


def test_no_promise_no_noise():
    assert noise_for(math.inf, 1e-5, 0.02, 1000, (24.0,), 1e-6) == 0


def test_numbers_of_patients_can_exceed_the_target():
    with pytest.raises(ConfigError, match=r"target_epsilon: 0\.1 cannot be reached.*0\.1\d+ alone.*dp\.label_noise"):
        noise_for(0.1, 1e-5, 0.02, 1000, (24.0,))
    with pytest.raises(ConfigError, match=r"privacy\.dp\.delta"):
        noise_for(1.0, 1e-5, 0.02, 1000, (24.0,), 1e-5)
    with pytest.raises(ConfigError, match="noise multiplier above 1000"):
        noise_for(1e-3, 1e-6, 1.0, 10**6)


@pytest.mark.parametrize(
    ("target", "probability", "steps"), [(0.0, 0.1, 10), (math.nan, 0.1, 10), (1, 0.0, 10), (1, 0.1, 0)]
)
def test_impossible_numbers(target, probability, steps):
    with pytest.raises(ValueError, match="positive"):
        noise_for(target, 1e-5, probability, steps)


def test_noises_of_three_digits_are_in_order():
    places = range(-1800, 3600)
    noises = [calibration._noise(place) for place in places]
    assert noises == sorted(set(noises))
    assert (noises[0], noises[1800], noises[2700], calibration._noise(-1)) == (0.01, 1.0, 10.0, 0.999)
    assert [calibration._place(noise) for noise in noises[200:4500:7]] == list(places[200:4500:7])


def test_first_place_is_found_from_any_guess():
    for first in (-1799, -3, 0, 7, 3600):
        for guess in (-1700, -4, 0, 7, 8, 3000):
            assert calibration._first(lambda place, first=first: place >= first, guess) == first
    assert calibration._first(lambda place: place >= 5, 9, known=True) == 5
