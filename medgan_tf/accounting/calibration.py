"""The noise that a target of epsilon needs."""

import functools
import math
from collections.abc import Callable

from medgan_tf.accounting.epsilon import epsilon, rough_epsilon
from medgan_tf.accounting.guarantee import Charges
from medgan_tf.errors import ConfigError

MOST_NOISE = 1000.0
"""No training has more noise than this."""
_PLACES = (-1800, 3600)
"""Places of the noises 0.01 and 10,000, between which the search stays; see `_noise`."""


def noise_for(
    target_epsilon: float,
    delta: float,
    sampling_probability: float,
    steps: int,
    releases: tuple[float, ...] = (),
    extra_delta: float = 0.0,
) -> float:
    """The smallest noise multiplier of three digits with which `steps` steps do not exceed `target_epsilon`.

    Args:
        target_epsilon: Positive; infinite for a training without noise.
        delta: Of the whole guarantee.
        sampling_probability: Probability with which each unit takes part in a step.
        steps: Discriminator steps, at least one.
        releases: Noise multipliers of what is released once; they are part of `target_epsilon`.
        extra_delta: Delta that is added to the mechanisms'.

    Returns:
        The noise multiplier; 0 for an infinite target.

    Raises:
        ConfigError: The releases alone exceed the target, or only absurd noise reaches it; one line that names the
            setting to change. dp-accounting is not installed.
        ValueError: A number outside its range.
    """
    if not (target_epsilon > 0 and sampling_probability > 0 and steps >= 1):
        received = f"{target_epsilon}, {sampling_probability} and {steps}"
        raise ValueError(f"expected a positive epsilon, sampling probability and number of steps, received {received}")
    if math.isinf(target_epsilon):
        return 0.0
    return _noise_for(target_epsilon, delta, sampling_probability, steps, tuple(releases), extra_delta)


@functools.lru_cache(maxsize=64)
def _noise_for(
    target: float, delta: float, probability: float, steps: int, releases: tuple[float, ...], extra: float
) -> float:
    alone = epsilon(Charges(probability, 1.0, 0, releases, extra), delta)
    if alone >= target:
        raise ConfigError(_unreachable(target, alone, extra >= delta))

    def bound(place: int, accountant: Callable[[Charges, float], float]) -> float:
        return accountant(Charges(probability, _noise(place), steps, releases, extra), delta)

    def guess(wanted: float) -> int:
        return _place(_guess(wanted, delta - extra, probability * steps**0.5, releases))

    # Each search says where the next one begins, which is slower and tighter. The guess is off by nearly the same
    # factor of epsilon at the noises around it.
    place = guess(target)
    place = guess(target * target / min(max(bound(place, rough_epsilon), target / 2), 2 * target))
    place = _first(lambda place: bound(place, rough_epsilon) <= target, place)
    place = _first(lambda place: bound(place, epsilon) <= target, place, known=True)
    if _noise(place) > MOST_NOISE:
        raise ConfigError(
            f"privacy.dp.target_epsilon: {target:g} would need a noise multiplier above {MOST_NOISE:g}; "
            "expected a larger target, fewer steps (training.total_images) or a larger privacy.dp.label_noise"
        )
    return _noise(place)


def _unreachable(target: float, alone: float, no_delta: bool) -> str:
    if no_delta:
        return "privacy.dp.delta: the threshold for label combinations takes all of delta; expected a larger one"
    return (
        f"privacy.dp.target_epsilon: {target:g} cannot be reached, since what is released once, such as the numbers of "
        f"patients, costs {alone:.3g} alone; expected a larger target or a larger privacy.dp.label_noise"
    )


def _guess(target: float, delta: float, scale: float, releases: tuple[float, ...]) -> float:
    """Nearly the noise, by the central limit theorem of Gaussian differential privacy (Bu, Dong, Long, Su 2020).

    Many steps are nearly one Gaussian mechanism with mu^2 = steps q^2 (exp(1 / noise^2) - 1). Such mechanisms compose
    by adding their squares. `scale` is q sqrt(steps).
    """
    low, high = 1e-3, 100.0
    for _ in range(50):
        mu = math.sqrt(low * high)
        upper, lower = (math.erfc((target / mu + half) / math.sqrt(2)) / 2 for half in (-mu / 2, mu / 2))
        low, high = (mu, high) if upper - math.exp(min(target, 700)) * lower <= delta else (low, mu)
    rest = low**2 - math.fsum(noise**-2 for noise in releases)
    return math.log1p(max(rest, 1e-12) / scale**2) ** -0.5


def _place(noise: float) -> int:
    """The place of the noise of three digits that is next to `noise`."""
    digits, exponent = f"{min(max(noise, 0.011), MOST_NOISE):.2e}".split("e")
    return round(100 * float(digits)) - 100 + 900 * int(exponent)


def _noise(place: int) -> float:
    """The noises of three digits in their order: 0 is 1.00, 1 is 1.01, 900 is 10.0, -1 is 0.999."""
    return float(f"{100 + place % 900}e{place // 900 - 2}")


def _first(holds: Callable[[int], bool], guess: int, known: bool = False) -> int:
    """The first place at which `holds`, which stays true from there on. Few calls where the guess is near.

    `known`: it holds at the guess.
    """
    stride, (lowest, highest) = 1, _PLACES
    if known or holds(guess):
        high, low = guess, guess - 1
        while low > lowest and holds(low):
            high, low, stride = low, max(lowest, low - stride), 2 * stride
    else:
        low, high = guess, guess + 1
        while high < highest and not holds(high):
            low, high, stride = high, min(highest, high + stride), 2 * stride
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
