"""Intervals of metrics by resampling, and what a metric would be with endless images."""

from collections.abc import Callable, Sequence

import numpy as np

_NORMAL_95 = 1.959963984540054


def bootstrap_interval(
    value: float,
    statistic: Callable[..., float],
    samples: Sequence[np.ndarray],
    random: np.random.Generator,
    replicates: int = 20,
) -> tuple[float, float]:
    """95 % interval from the spread of a statistic over resamples of each sample's rows, with replacement.

    A resample holds fewer distinct rows than the sample, which shifts biased statistics such as FID. So only the
    spread is taken from the resamples; the interval is normal and centred on `value`.

    Args:
        value: The statistic of the samples themselves.
        statistic: Called with one resample of each sample.
        samples: Arrays [N, ...], resampled independently of each other.
        random: Draws the resamples.
        replicates: Number of resamples, at least 2.
    """
    values = []
    for _ in range(replicates):
        values.append(statistic(*(sample[random.integers(len(sample), size=len(sample))] for sample in samples)))
    half = _NORMAL_95 * float(np.std(values, ddof=1))
    return value - half, value + half


def mean_interval(
    value: float, contributions: Sequence[np.ndarray], random: np.random.Generator, replicates: int = 1000
) -> tuple[float, float]:
    """95 % percentile interval of a sum of means, from resamples of what each image contributes.

    Args:
        value: The sum of means itself.
        contributions: Arrays [N] of single contributions; their deviations from the mean are used.
        random: Draws the resamples.
        replicates: Number of resamples.
    """
    moved = np.full(replicates, float(value))
    for array in contributions:
        deviations = np.asarray(array, np.float64) - np.mean(array)
        for replicate in range(replicates):
            moved[replicate] += deviations[random.integers(len(deviations), size=len(deviations))].mean()
    low, high = np.percentile(moved, [2.5, 97.5])
    return float(low), float(high)


def extrapolate(
    statistic: Callable[..., float],
    samples: Sequence[np.ndarray],
    smallest: int,
    random: np.random.Generator,
    points: int = 8,
) -> float:
    """A statistic with a bias of order 1/n, extrapolated to infinite n (FID infinity; Chong and Forsyth 2020, eq. 10).

    Subsets of equal size n are drawn from every sample; the line through (1/n, statistic) is read off at 0. Unlike
    there, the real images are thinned as well, so the bias from both sets goes.

    Args:
        statistic: Called with one subset of each sample.
        samples: Arrays [N, ...].
        smallest: Smallest subset. The largest is the smallest sample.
        random: Draws the subsets.
        points: Number of sizes, evenly spaced.

    Returns:
        The intercept; NaN when there are fewer than 1.2 x `smallest` rows to draw from.
    """
    largest = min(len(sample) for sample in samples)
    if largest < 1.2 * smallest:
        return float("nan")
    sizes = np.unique(np.linspace(smallest, largest, points).round().astype(int))
    values = [
        statistic(*(sample[random.choice(len(sample), size, replace=False)] for sample in samples)) for size in sizes
    ]
    return float(np.polyfit(1.0 / sizes, values, 1)[1])
