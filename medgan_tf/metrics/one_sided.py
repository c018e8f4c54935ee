"""Limits on one side at any confidence: functions from a confidence c, 0.5..1, to (lower, upper).

The truth is above `lower` with confidence c and below `upper` with confidence c. NaN means that there is no such limit.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.stats import beta, norm

Limits = Callable[[float], tuple[float, float]]


def share_limits(found: int, count: int) -> Limits:
    """Limits of a share of which `found` of `count` were seen (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934)."""

    def limits(confidence: float) -> tuple[float, float]:
        if not count:
            return math.nan, math.nan
        lower = float(beta.ppf(1 - confidence, found, count - found + 1)) if found else 0.0
        upper = float(beta.ppf(confidence, found + 1, count - found)) if found < count else 1.0
        return lower, upper

    return limits


def interval_limits(value: float, low: float, high: float, level: float = 0.95) -> Limits:
    """Limits from an interval that is known at one level only: normal on each side, as wide as that side of it.

    Args:
        value: The estimate.
        low, high: Ends of its two-sided interval.
        level: Coverage of the interval.
    """
    width = norm.ppf((1 + level) / 2)

    def limits(confidence: float) -> tuple[float, float]:
        times = norm.ppf(confidence) / width
        return float(value - times * (value - low)), float(value + times * (high - value))

    return limits


def drawn_limits(samples: np.ndarray) -> Limits:
    """Percentile limits from bootstrap values [B]; NaN where B draws are too few for a confidence.

    A limit at confidence c needs a draw beyond it: c above B / (B + 1) has none.
    """
    ordered = np.sort(samples[np.isfinite(samples)])
    count = len(ordered)
    usable = count * 2 >= len(samples) and count > 0

    def limits(confidence: float) -> tuple[float, float]:
        place = (1 - confidence) * (count + 1) - 1
        if not usable or place < -1e-9:
            return math.nan, math.nan
        lower, upper = np.interp([max(place, 0.0), count - 1 - max(place, 0.0)], np.arange(count), ordered)
        return float(lower), float(upper)

    return limits
