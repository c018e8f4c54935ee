"""Kernel distance (KID): squared maximum mean discrepancy with a cubic kernel (Bińkowski et al. 2018, section 3)."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.moments import as_features

_TILE = 1024


@dataclass(frozen=True)
class KernelDistance:
    """Result of `kernel_distance`.

    Attributes:
        value: Mean over the subsets; unbiased, so it may be slightly negative.
        standard_error: Standard deviation over the subsets by the root of their number.
        subsets: Number of subsets.
        subset_size: Vectors of each set in a subset.
    """

    value: float
    standard_error: float
    subsets: int
    subset_size: int


def kernel_distance(
    real: np.ndarray,
    synthetic: np.ndarray,
    random: np.random.Generator,
    subsets: int = 100,
    subset_size: int = 1000,
) -> KernelDistance:
    """KID over random subsets.

    Args:
        real: [N, D].
        synthetic: [M, D].
        random: Draws the subsets.
        subsets: Number of subsets; one when the subset is the whole of both sets.
        subset_size: Vectors of each set in a subset, without replacement; at most the smaller set is taken.
    """
    real, synthetic = as_features(real), as_features(synthetic)
    size = min(subset_size, len(real), len(synthetic))
    if size < 2:
        raise ValueError(f"needs two vectors of each. Received: {len(real)} and {len(synthetic)}")
    if size == len(real) == len(synthetic):
        subsets = 1
    values = []
    for _ in range(subsets):
        first = real[random.choice(len(real), size, replace=False)]
        second = synthetic[random.choice(len(synthetic), size, replace=False)]
        values.append(squared_discrepancy(first, second))
    error = float(np.std(values, ddof=1) / np.sqrt(subsets)) if subsets > 1 else float("nan")
    return KernelDistance(float(np.mean(values)), error, subsets, size)


def squared_discrepancy(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy of all vectors [N, D] and [M, D], without subsets."""
    value, _, _ = discrepancy_influences(real, synthetic)
    return value


def discrepancy_influences(real: np.ndarray, synthetic: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """The unbiased discrepancy and what each vector adds to it to first order, for bootstrap intervals.

    Returns:
        The value; float64 [N] and [M] of mean zero: the value moves by the mean of a resample of each.
    """
    real, synthetic = as_features(real), as_features(synthetic)
    real_self = _kernel_sums(real, real, without_diagonal=True) / (len(real) - 1)
    synthetic_self = _kernel_sums(synthetic, synthetic, without_diagonal=True) / (len(synthetic) - 1)
    real_cross = _kernel_sums(real, synthetic) / len(synthetic)
    synthetic_cross = _kernel_sums(synthetic, real) / len(real)
    value = real_self.mean() + synthetic_self.mean() - 2 * real_cross.mean()
    first, second = 2 * (real_self - real_cross), 2 * (synthetic_self - synthetic_cross)
    return float(value), first - first.mean(), second - second.mean()


def _kernel_sums(rows: np.ndarray, columns: np.ndarray, without_diagonal: bool = False) -> np.ndarray:
    """For each row x the sum over columns y of (x.y / D + 1)^3, [N], tile by tile."""
    sums = np.empty(len(rows))
    for start in range(0, len(rows), _TILE):
        tile = rows[start : start + _TILE]
        base = tile @ columns.T / rows.shape[1] + 1
        sums[start : start + len(tile)] = (base * base * base).sum(axis=1)
    if without_diagonal:
        sums -= (np.square(rows).sum(axis=1) / rows.shape[1] + 1) ** 3
    return sums
