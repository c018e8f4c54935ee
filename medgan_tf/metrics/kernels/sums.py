"""Kernels, and their sums over pairs of units, tile by tile, so that memory stays bounded.

A unit is a patient with one or more images, or a single image. The kernel of two units is the mean over the pairs of
their images.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.moments import as_features

_TILE = 1024

NO_PAIRS = np.zeros((0, 2), np.int64)

Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Function from [A, D] and [B, D] to the kernel of all pairs, [A, B]."""


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


@dataclass(frozen=True)
class Side:
    """One set, sorted by unit.

    Attributes:
        features: float64 [N, D].
        starts: int [P], the first row of each unit.
        sizes: int [P], the number of images of each unit.
    """

    features: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, units: np.ndarray | None = None) -> "Side":
        """From features [N, D] and the unit of each, int [N] 0 .. P - 1; by default each is a unit of its own."""
        features = as_features(features)
        if units is None:
            return cls(features, np.arange(len(features)), np.ones(len(features), np.int64))
        order, sizes = np.argsort(units, kind="stable"), np.bincount(units)
        return cls(features[order], np.cumsum(sizes) - sizes, sizes)

    @property
    def count(self) -> int:
        """Number of units P."""
        return len(self.starts)

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Slices of units, each with the rows of their images."""
        bounds = np.append(self.starts, len(self.features))
        start = 0
        while start < self.count:
            end = max(start + 1, int(np.searchsorted(bounds, bounds[start] + _TILE, side="right")) - 1)
            yield slice(start, end), slice(bounds[start], bounds[end])
            start = end


def _unit_means(pairs: np.ndarray, rows: Side, units: slice, columns: Side) -> np.ndarray:
    """Kernels of images to means over the pairs of two units."""
    if len(columns.features) != columns.count:
        pairs = np.add.reduceat(pairs, columns.starts, axis=1) / columns.sizes
    sizes = rows.sizes[units]
    if len(pairs) == len(sizes):
        return pairs
    return np.add.reduceat(pairs, rows.starts[units] - rows.starts[units.start], axis=0) / sizes[:, None]


@dataclass(frozen=True)
class SumsWithin:
    """Sums of the kernel over pairs of different units of one set.

    Attributes:
        rows: float64 [P], the sum over the pairs of each unit.
        squares: Sum of the squares over all ordered pairs.
        own: Mean kernel of a unit with itself.
    """

    rows: np.ndarray
    squares: float
    own: float

    @property
    def mean(self) -> float:
        """Mean over all pairs."""
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


def sums_within(side: Side, kernel: Kernel) -> SumsWithin:
    """The sums of one set."""
    rows, squares, own = np.empty(side.count), 0.0, 0.0
    for units, images in side.tiles():
        pairs = _unit_means(kernel(side.features[images], side.features), side, units, side)
        diagonal = np.arange(len(pairs)), np.arange(units.start, units.stop)
        own += pairs[diagonal].sum()
        pairs[diagonal] = 0.0
        rows[units] = pairs.sum(axis=1)
        squares += np.square(pairs).sum()
    return SumsWithin(rows, float(squares), float(own / side.count))


@dataclass(frozen=True)
class SumsBetween:
    """Sums of the kernel over pairs of a unit of each set, without the pairs that are one and the same.

    Attributes:
        rows, columns: float64 [P] and [Q], the sum over the pairs of each unit.
        row_counts, column_counts: float64 [P] and [Q], the number of these pairs.
        squares: Sum of the squares over all pairs.
    """

    rows: np.ndarray
    columns: np.ndarray
    row_counts: np.ndarray
    column_counts: np.ndarray
    squares: float

    @property
    def total(self) -> float:
        """Sum over all pairs."""
        return self.rows.sum()

    @property
    def count(self) -> float:
        """Number of pairs."""
        return self.row_counts.sum()

    @property
    def mean(self) -> float:
        """Mean over all pairs."""
        return self.total / self.count

    @property
    def interaction(self) -> float:
        """Variance of the kernel that neither unit of a pair explains alone."""
        count, others = len(self.rows), len(self.columns)
        row_means, column_means = self.rows / self.row_counts, self.columns / self.column_counts
        total = self.squares + count * others * self.mean**2
        total -= others * np.square(row_means).sum() + count * np.square(column_means).sum()
        return max(0.0, total / ((count - 1) * (others - 1)))


def sums_between(first: Side, second: Side, kernel: Kernel, same: np.ndarray = NO_PAIRS) -> SumsBetween:
    """The sums of two sets; `same`, int [E, 2], are pairs of units that are left out."""
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
    return SumsBetween(rows, columns, row_counts, column_counts, float(squares))
