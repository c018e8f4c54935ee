"""Squared maximum mean discrepancy (MMD; Gretton et al. 2012) over patients: value, interval and permutation test.

With a cubic kernel it is the kernel distance (KID; Bińkowski et al. 2018, section 3), with a Gaussian kernel the
distance of CMMD (Jayasumana et al. 2024). The value is unbiased, so it may be slightly below 0.

The unit is the patient. The kernel of two patients is the mean over the pairs of their images, so each patient counts
once, and only pairs of different patients come into the means within a set: two images of one patient are alike, which
would make a set of real images look denser than synthetic ones are. A synthetic image is a unit of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.moments import as_features

_TILE = 1024

Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Function from [A, D] and [B, D] to the kernel of all pairs, [A, B]."""


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


def cubic_kernel(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(x.y / D + 1)^3."""
    base = rows @ columns.T
    base /= rows.shape[1]
    base += 1
    return base * base * base


def gaussian_kernel(bandwidth: float) -> Kernel:
    """exp(-|x - y|^2 / (2 s^2)) with bandwidth s."""
    if not bandwidth > 0:
        raise ValueError(f"the bandwidth must be above 0. Received: bandwidth={bandwidth}")

    def kernel(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        squared = rows @ columns.T
        squared *= -2.0
        squared += np.square(rows).sum(axis=1)[:, None]
        squared += np.square(columns).sum(axis=1)
        return np.exp(np.maximum(squared, 0.0, out=squared) / (-2 * bandwidth**2))

    return kernel


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
    first, second = _Side.of(real, units and units[0]), _Side.of(synthetic, units and units[1])
    if min(first.count, second.count) < 2:
        raise ValueError(f"needs two vectors of each. Received: {first.count} and {second.count}")
    within = [_within(side, kernel) for side in (first, second)]
    between = _between(first, second, kernel, np.zeros((0, 2), int) if same is None else same)
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


@dataclass(frozen=True)
class _Side:
    """One set, sorted by unit: features [N, D], the first row of each unit [P], and the images of each unit [P]."""

    features: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, units: np.ndarray | None) -> "_Side":
        features = as_features(features)
        if units is None:
            return cls(features, np.arange(len(features)), np.ones(len(features), np.int64))
        order, sizes = np.argsort(units, kind="stable"), np.bincount(units)
        return cls(features[order], np.cumsum(sizes) - sizes, sizes)

    @property
    def count(self) -> int:
        return len(self.starts)

    def tiles(self):
        """Slices of units, each with the rows of their images."""
        bounds = np.append(self.starts, len(self.features))
        start = 0
        while start < self.count:
            end = max(start + 1, int(np.searchsorted(bounds, bounds[start] + _TILE, side="right")) - 1)
            yield slice(start, end), slice(bounds[start], bounds[end])
            start = end


def _unit_means(pairs: np.ndarray, rows: _Side, units: slice, columns: _Side) -> np.ndarray:
    """Kernels of images to means over the pairs of two units."""
    if len(columns.features) != columns.count:
        pairs = np.add.reduceat(pairs, columns.starts, axis=1) / columns.sizes
    sizes = rows.sizes[units]
    if len(pairs) == len(sizes):
        return pairs
    return np.add.reduceat(pairs, rows.starts[units] - rows.starts[units.start], axis=0) / sizes[:, None]


@dataclass(frozen=True)
class _Within:
    """Sums over pairs of different units of one set: `rows` of each unit, `squares` of all; `own`: mean of a unit with
    itself."""

    rows: np.ndarray
    squares: float
    own: float

    @property
    def mean(self) -> float:
        return self.rows.sum() / (len(self.rows) * (len(self.rows) - 1))

    def without_each(self) -> np.ndarray:
        """The mean without each of the units."""
        count = len(self.rows)
        return (self.rows.sum() - 2 * self.rows) / ((count - 1) * (count - 2))

    @property
    def interaction(self) -> float:
        """Variance of the kernel that neither unit of a pair explains alone."""
        count, mean = len(self.rows), self.mean
        if count < 4:
            return 0.0
        row_means = self.rows / (count - 1)
        total = self.squares - 2 * count * np.square(row_means).sum() + count * (count + 1) * mean**2
        return max(0.0, total / (count * (count - 3)))


def _within(side: _Side, kernel: Kernel) -> _Within:
    rows, squares, own = np.empty(side.count), 0.0, 0.0
    for units, images in side.tiles():
        pairs = _unit_means(kernel(side.features[images], side.features), side, units, side)
        diagonal = np.arange(len(pairs)), np.arange(units.start, units.stop)
        own += pairs[diagonal].sum()
        pairs[diagonal] = 0.0
        rows[units] = pairs.sum(axis=1)
        squares += np.square(pairs).sum()
    return _Within(rows, float(squares), float(own / side.count))


@dataclass(frozen=True)
class _Between:
    """Sums over pairs of a unit of each set, without those that are one and the same."""

    rows: np.ndarray
    columns: np.ndarray
    row_counts: np.ndarray
    column_counts: np.ndarray
    squares: float

    @property
    def total(self) -> float:
        return self.rows.sum()

    @property
    def count(self) -> float:
        return self.row_counts.sum()

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def interaction(self) -> float:
        """Variance of the kernel that neither unit of a pair explains alone."""
        count, others = len(self.rows), len(self.columns)
        row_means, column_means = self.rows / self.row_counts, self.columns / self.column_counts
        total = self.squares + count * others * self.mean**2
        total -= others * np.square(row_means).sum() + count * np.square(column_means).sum()
        return max(0.0, total / ((count - 1) * (others - 1)))


def _between(first: _Side, second: _Side, kernel: Kernel, same: np.ndarray) -> _Between:
    rows, columns, squares = np.empty(first.count), np.zeros(second.count), 0.0
    row_counts = second.count - np.bincount(same[:, 0], minlength=first.count).astype(float)
    column_counts = first.count - np.bincount(same[:, 1], minlength=second.count).astype(float)
    for units, images in first.tiles():
        pairs = _unit_means(kernel(first.features[images], second.features), first, units, second)
        here = same[(same[:, 0] >= units.start) & (same[:, 0] < units.stop)]
        pairs[here[:, 0] - units.start, here[:, 1]] = 0.0
        rows[units] = pairs.sum(axis=1)
        columns += pairs.sum(axis=0)
        squares += np.square(pairs).sum()
    return _Between(rows, columns, row_counts, column_counts, float(squares))
