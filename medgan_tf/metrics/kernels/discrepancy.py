"""Squared maximum mean discrepancy (MMD; Gretton et al. 2012) over patients: value, interval and permutation test.

With a cubic kernel it is the kernel distance (KID; Bińkowski et al. 2018, section 3), with a Gaussian kernel the
distance of CMMD (Jayasumana et al. 2024). The value is unbiased, so it may be slightly below 0.

The unit is the patient. The kernel of two patients is the mean over the pairs of their images, so each patient counts
once, and only pairs of different patients come into the means within a set: two images of one patient are alike, which
would make a set of real images look denser than synthetic ones are. A synthetic image is a unit of its own.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.kernels.sums import NO_PAIRS, Kernel, Side, cubic_kernel, sums_between, sums_within
from medgan_tf.metrics.moments import as_features


@dataclass(frozen=True)
class Discrepancy:
    """Result of `discrepancy`.

    Attributes:
        value: The squared discrepancy, without bias.
        standard_error: By the delete-a-patient jackknife; NaN for fewer than three units of a set.
        slope: How fast the variance grows with the true value, close to no difference.
        degrees: Degrees of freedom, the units of the smaller set less one.
    """

    value: float
    standard_error: float
    slope: float
    degrees: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval: the true values d from which the value lies at most t standard errors away.

        The variance at d is that at the value plus slope x (d - value): close to no difference a value that came out
        too small has too small a variance, and an interval that is even on both sides misses the truth more often.
        """
        quantile = float(stats.t.ppf(0.975, self.degrees))
        shift = quantile**2 * self.slope / 2
        half = float(np.sqrt(shift**2 + (quantile * self.standard_error) ** 2))
        return self.value + shift - half, self.value + shift + half


def squared_discrepancy(
    real: np.ndarray,
    synthetic: np.ndarray,
    kernel: Kernel = cubic_kernel,
    units: tuple[np.ndarray, np.ndarray] | None = None,
    same: np.ndarray | None = None,
) -> float:
    """The value of `discrepancy` alone."""
    return discrepancy(real, synthetic, kernel, units, same).value


def discrepancy(
    real: np.ndarray,
    synthetic: np.ndarray,
    kernel: Kernel = cubic_kernel,
    units: tuple[np.ndarray, np.ndarray] | None = None,
    same: np.ndarray | None = None,
) -> Discrepancy:
    """Squared maximum mean discrepancy of [N, D] and [M, D] with its standard error over patients.

    Args:
        real, synthetic: Features; at least two units of each.
        kernel: The kernel.
        units: Units of the images of both, int [N] and [M], each 0 .. P - 1; by default each image is its own.
        same: int [E, 2], pairs of a unit of each set that are one and the same patient or image. Such a pair is left
            out of the mean between the sets, as a patient's pair with themselves is within a set.
    """
    first, second = Side.of(real, units and units[0]), Side.of(synthetic, units and units[1])
    if min(first.count, second.count) < 2:
        raise ValueError(f"needs two vectors of each. Received: {first.count} and {second.count}")
    within = [sums_within(side, kernel) for side in (first, second)]
    between = sums_between(first, second, kernel, NO_PAIRS if same is None else same)
    value = within[0].mean + within[1].mean - 2 * between.mean
    degrees = min(first.count, second.count) - 1
    if degrees < 2:
        return Discrepancy(float(value), float("nan"), float("nan"), degrees)
    # Each jackknife value leaves one unit of one set out; the other set stays whole.
    jackknife = second_order = 0.0
    for side, sums, counts in ((0, between.rows, between.row_counts), (1, between.columns, between.column_counts)):
        left = within[side].without_each() - 2 * (between.total - sums) / (between.count - counts)
        jackknife += (len(left) - 1) / len(left) * np.square(left - left.mean()).sum()
        second_order += 2 * within[side].interaction / (len(left) * (len(left) - 1))
    second_order += 4 * between.interaction / (first.count * second.count)
    error = float(np.sqrt(_corrected(jackknife, second_order)))
    # With all pairs, also those of a unit with itself, the value would be larger by these biases, and above 0.
    whole = value + sum((one.own - one.mean) / len(one.rows) for one in within)
    return Discrepancy(float(value), error, float(jackknife / whole) if whole > 0 else 0.0, degrees)


def _corrected(jackknife: float, second_order: float) -> float:
    """The jackknife counts the part of the variance that comes from pairs twice (Efron and Stein 1981)."""
    return min(max(jackknife - second_order, jackknife / 2), jackknife)


def no_difference_p(
    real: np.ndarray,
    synthetic: np.ndarray,
    kernel: Kernel,
    random: np.random.Generator,
    permutations: int = 999,
) -> float:
    """One-sided p-value of "both sets come from one distribution", from permutations of the units between the sets.

    A patient with several images and a single image cannot be exchanged, so each vector must be a unit of its own: give
    one image of each patient. Then the p-value is exact when all of them are independent.

    Args:
        real, synthetic: [N, D] and [M, D], one row for each unit. All pairs are held in memory.
        kernel: The kernel.
        random: Draws the permutations.
        permutations: Their number B; the p-value is at least 1 / (B + 1).
    """
    pooled = np.concatenate([as_features(real), as_features(synthetic)])
    count, others = len(real), len(synthetic)
    if min(count, others) < 2:
        raise ValueError(f"needs two vectors of each. Received: {count} and {others}")
    pairs = kernel(pooled, pooled)
    np.fill_diagonal(pairs, 0.0)
    chosen = np.zeros((len(pooled), permutations + 1))
    chosen[:count, 0] = 1.0
    for column in range(1, permutations + 1):
        chosen[random.permutation(len(pooled))[:count], column] = 1.0
    within = (chosen * (pairs @ chosen)).sum(axis=0)
    rows = chosen.T @ pairs.sum(axis=1)
    values = within / (count * (count - 1)) - 2 * (rows - within) / (count * others)
    values += (pairs.sum() - 2 * rows + within) / (others * (others - 1))
    # Equal but for rounding counts as equal.
    slack = 1e-9 * np.abs(values).max()
    return float(np.mean(values >= values[0] - slack))
