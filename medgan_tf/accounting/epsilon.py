"""Epsilon and delta of what was charged, by privacy loss distributions (PLD) and by Rényi differential privacy (RDP).

Neighbours differ by adding or removing one unit. Both numbers are upper bounds of the true epsilon:

- PLD (Koskela et al. 2020; Doroshenko et al. 2022): the distribution of the privacy loss stands on a grid of 1e-4. The
  grid is made so that delta is overestimated at every epsilon, and what is cut off counts as an infinite loss. The
  distributions are composed by a Fourier transform, whose rounding changes delta by about 1e-12. For this reason a
  delta below 1e-9 is answered by RDP alone.
- RDP (Mironov 2017) at integer orders, where the divergence of the sampled Gaussian is a finite sum (Mironov, Talwar,
  Zhang 2019). It is looser, and needs no grid.

The package dp-accounting computes both; it is loaded by the first call that needs it.
"""

import functools
import importlib
import math
from importlib import metadata
from typing import Any

from medgan_tf.accounting.guarantee import Charges
from medgan_tf.errors import ConfigError

EXTRA = "pip install 'medgan-tf[dp]'"
"""What installs the accountants."""
INTERVAL = 1e-4
"""Distance of the privacy losses on the grid of PLD."""
ORDERS = (*range(2, 65), 72, 80, 96, 112, 128, 160, 192, 256, 384, 512)
"""Orders of the Rényi divergence."""
LARGE, LARGEST = 100.0, 1000.0
"""An epsilon by RDP above one of them says that there is no privacy: PLD is on a grid that is ten times as wide, or the
number of RDP stands, since a fine grid would need much memory."""
SMALLEST_DELTA = 1e-9
"""Below it, rounding of the Fourier transform is not small against delta."""


def delta_of(units: int, delta: float | None) -> float:
    """Delta of the whole guarantee: `delta`, or where that is None the smaller one of 1e-5 and 1 / (10 `units`).

    Raises:
        ValueError: Fewer than one unit.
    """
    if units < 1:
        raise ValueError(f"expected at least one unit, received {units}")
    return min(1e-5, 1 / (10 * units)) if delta is None else delta


def accountant() -> str:
    """Name and version of the accountants, and how they are used. Raises `ConfigError` where they are missing."""
    library("dp_accounting")
    return (
        f"dp-accounting {metadata.version('dp-accounting')}: PLD (grid {INTERVAL:g}, upper bound), RDP (integer orders)"
    )


def epsilon(charges: Charges, delta: float) -> float:
    """Epsilon of everything in `charges` at `delta`, by PLD: an upper bound, and the number to quote.

    Never above `epsilon_rdp`, which is an upper bound too: the smaller one of two is one. The parts that do not depend
    on the number of steps are kept, so that a call with more steps costs some tenths of a second.

    Args:
        charges: What was charged.
        delta: Of the whole, in (0, 1); `charges.extra_delta` is taken off for the mechanisms.

    Returns:
        0 where nothing was charged; infinite without noise, and where `extra_delta` leaves nothing of `delta`.

    Raises:
        ConfigError: dp-accounting is not installed; one line.
        ValueError: A number outside its range.
    """
    return _epsilon(_checked(charges, delta), delta, INTERVAL)


def epsilon_rdp(charges: Charges, delta: float) -> float:
    """Epsilon of everything in `charges` at `delta`, by RDP at integer orders. Arguments and errors of `epsilon`."""
    return _epsilon_rdp(_checked(charges, delta), delta)


def rough_epsilon(charges: Charges, delta: float) -> float:
    """`epsilon` on a grid that is ten times as wide, in a tenth of the time: looser, an upper bound too."""
    return _epsilon(_checked(charges, delta), delta, 10 * INTERVAL)


def library(name: str) -> Any:
    """A module of dp-accounting. Raises `ConfigError`, one line, where the package is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"differentially private training needs the package dp-accounting ({error}): {EXTRA}"
        ) from None


def _checked(charges: Charges, delta: float) -> Charges:
    if not 0 < delta < 1:
        raise ValueError(f"expected delta in (0, 1), received {delta}")
    if not 0 <= charges.sampling_probability <= 1:
        raise ValueError(f"expected a sampling probability in [0, 1], received {charges.sampling_probability}")
    numbers = (charges.noise_multiplier, charges.steps, charges.extra_delta, *charges.releases)
    if not all(number >= 0 for number in numbers):
        raise ValueError(f"expected no negative number, received {charges}")
    return charges


def _without_accountant(charges: Charges, delta: float) -> float | None:
    """What is known without computing: nothing was charged, or nothing is promised."""
    sampled = charges.steps > 0 and charges.sampling_probability > 0
    if not sampled and not charges.releases:
        return 0.0 if charges.extra_delta <= delta else math.inf
    if 0 in charges.releases or (sampled and charges.noise_multiplier == 0) or charges.extra_delta >= delta:
        return math.inf
    return None


@functools.lru_cache(maxsize=256)
def _epsilon(charges: Charges, delta: float, interval: float) -> float:
    known = _without_accountant(charges, delta)
    if known is not None:
        return known
    looser, left = _epsilon_rdp(charges, delta), delta - charges.extra_delta
    if looser > LARGEST or left < SMALLEST_DELTA:
        return looser
    width = interval if looser <= LARGE else 10 * INTERVAL
    return min(looser, float(_losses(charges, width).get_epsilon_for_delta(left)))


def _losses(charges: Charges, interval: float) -> Any:
    """The distribution of the privacy loss of everything."""
    sampled, plain = _parts(charges)
    parts = []
    if sampled:
        parts.append(_step(charges.sampling_probability, charges.noise_multiplier, interval).self_compose(sampled))
    if plain:
        parts.append(_step(1.0, plain, interval))
    return parts[0] if len(parts) == 1 else parts[0].compose(parts[1])


def _parts(charges: Charges) -> tuple[int, float]:
    """Steps with real sampling, and the noise of all other mechanisms as one (0: there are none).

    Gaussian mechanisms with noise s1, s2, ... are together one with noise 1 / sqrt(1 / s1^2 + 1 / s2^2 + ...), exactly.
    """
    sampled = charges.steps if 0 < charges.sampling_probability < 1 else 0
    inverse = math.fsum(noise**-2 for noise in charges.releases)
    if charges.sampling_probability == 1 and charges.steps:
        inverse += charges.steps / charges.noise_multiplier**2
    return sampled, inverse**-0.5 if inverse else 0.0


@functools.lru_cache(maxsize=16)
def _step(probability: float, noise: float, interval: float) -> Any:
    """The distribution of the privacy loss of one Gaussian mechanism with Poisson sampling."""
    plds = library("dp_accounting.pld.privacy_loss_distribution")
    return plds.from_gaussian_mechanism(noise, value_discretization_interval=interval, sampling_prob=probability)


@functools.lru_cache(maxsize=256)
def _epsilon_rdp(charges: Charges, delta: float) -> float:
    known = _without_accountant(charges, delta)
    if known is not None:
        return known
    sampled, plain = _parts(charges)
    divergences = [0.0] * len(ORDERS)
    if sampled:
        one = _divergences(charges.sampling_probability, charges.noise_multiplier)
        divergences = [sampled * divergence for divergence in one]
    if plain:
        divergences = [a + order / (2 * plain**2) for a, order in zip(divergences, ORDERS, strict=True)]
    rdp = library("dp_accounting.rdp.rdp_privacy_accountant")
    return float(rdp.compute_epsilon(ORDERS, divergences, delta - charges.extra_delta)[0])


@functools.lru_cache(maxsize=64)
def _divergences(probability: float, noise: float) -> tuple[float, ...]:
    """Rényi divergences of one step, one for each of `ORDERS`."""
    events, rdp = library("dp_accounting.dp_event"), library("dp_accounting.rdp.rdp_privacy_accountant")
    one = rdp.RdpAccountant(orders=ORDERS)
    one.compose(events.PoissonSampledDpEvent(probability, events.GaussianDpEvent(noise)))
    return tuple(float(divergence) for divergence in one.rdp)
