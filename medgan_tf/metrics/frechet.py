"""Fréchet distance between two Gaussians (FID; Heusel et al. 2017, eq. 6), in a form that is never imaginary.

The trace of (S1 S2)^1/2 is the sum of the singular values of A^T B for any factors S1 = A A^T and S2 = B B^T. So no
square root of a matrix that is not symmetric is taken, and nothing is lost when the covariances are singular.
"""

from collections.abc import Sequence

import numpy as np

from medgan_tf.metrics.moments import Moments, as_features


def frechet_distance(real: Moments, synthetic: Moments, quick: bool = False) -> float:
    """|m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1 S2)^1/2).

    Args:
        real: Moments of at least two vectors.
        synthetic: Moments with the same number of dimensions.
        quick: About twice as quick, with an error of up to about 1e-6 of the traces: for resamples.

    Returns:
        The distance, >= 0.
    """
    first, second = real.covariance, synthetic.covariance
    cross = _factor(first).T @ _factor(second)
    return _assemble(real.mean, synthetic.mean, np.trace(first), np.trace(second), cross, quick)


def frechet_distance_of(real: np.ndarray, synthetic: np.ndarray, quick: bool = False) -> float:
    """As `frechet_distance`, from the features themselves: exact and quick for sets smaller than the dimension.

    Args:
        real: [N, D], N >= 2.
        synthetic: [M, D], M >= 2.
        quick: See `frechet_distance`.
    """
    real, synthetic = as_features(real), as_features(synthetic)
    if min(len(real), len(synthetic)) < 2:
        raise ValueError(f"needs two vectors of each. Received: {len(real)} and {len(synthetic)}")
    if len(real) + len(synthetic) >= 2 * real.shape[1]:
        return frechet_distance(Moments.of(real), Moments.of(synthetic), quick)
    # The centred features are factors of the covariances, with as many columns as there are vectors.
    first = (real - real.mean(axis=0)) / np.sqrt(len(real) - 1)
    second = (synthetic - synthetic.mean(axis=0)) / np.sqrt(len(synthetic) - 1)
    traces = np.square(first).sum(), np.square(second).sum()
    return _assemble(real.mean(axis=0), synthetic.mean(axis=0), *traces, first @ second.T, quick)


def _assemble(
    first_mean: np.ndarray,
    second_mean: np.ndarray,
    first_trace: float,
    second_trace: float,
    cross: np.ndarray,
    quick: bool,
) -> float:
    shift = np.square(first_mean - second_mean).sum()
    distance = shift + first_trace + second_trace - 2.0 * _sum_of_singular_values(cross, quick)
    # Below zero only by rounding.
    return max(0.0, float(distance))


def _factor(covariance: np.ndarray) -> np.ndarray:
    """A [D, K] with A A^T = covariance."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        # What is below the rounding error of the largest eigenvalue is zero, or would be negative.
        kept = values > values[-1] * len(values) * np.finfo(float).eps
        return vectors[:, kept] * np.sqrt(values[kept])


def _sum_of_singular_values(matrix: np.ndarray, quick: bool) -> float:
    """Quick: from the eigenvalues of the product of the matrix with itself, which lose half of the digits of small
    values."""
    if not quick:
        return float(np.linalg.svd(matrix, compute_uv=False).sum())
    return _sum_of_roots(matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix)


def _sum_of_roots(product: np.ndarray) -> float:
    return float(np.sqrt(np.maximum(np.linalg.eigvalsh(product), 0.0)).sum())


class DistanceWithout:
    """Distances of two sets when a small part of one of them is left out, in the quick form of `frechet_distance`.

    With S1 = A A^T, tr (S1 S2)^1/2 is the sum of the roots of the eigenvalues of A^T S2 A. To leave out r vectors of
    the second set changes this matrix by one of rank r + 1. So neither a covariance nor a factor is made anew.

    Args:
        samples: The vectors of both sets, [N, D] and [M, D].
    """

    def __init__(self, samples: Sequence[np.ndarray]):
        # As they are: in float64 they may be twice as large.
        self._samples = samples
        self._whole = [Moments.of(one) for one in samples]
        self._factors = [_factor(one.covariance) for one in self._whole]
        # The scatter of each set between the factors of the other.
        self._products = [
            factor.T @ one.scatter @ factor for one, factor in zip(self._whole, self._factors[::-1], strict=True)
        ]

    def whole(self) -> float:
        """The distance with nothing left out."""
        first, second = self._whole
        return frechet_distance(first, second, quick=True)

    def without(self, sample: int, rows: np.ndarray) -> float:
        """The distance without some rows of the first (0) or of the second set (1); at least two must be left."""
        whole, other, factor = self._whole[sample], self._whole[1 - sample], self._factors[1 - sample]
        part = as_features(self._samples[sample][rows])
        count = whole.count - len(part)
        mean = whole.mean + (whole.mean - part.mean(axis=0)) * (len(part) / count)
        # The part's scatter about its own mean, and what lies between this mean and that of the rest.
        between = np.sqrt(count * len(part) / whole.count) * (part.mean(axis=0) - mean)
        taken = np.concatenate([part - part.mean(axis=0), between[None]])
        projected = taken @ factor
        product = self._products[sample] - projected.T @ projected
        trace = np.trace(whole.scatter) - np.square(taken).sum()
        distance = np.square(mean - other.mean).sum() + trace / (count - 1) + np.trace(other.covariance)
        return max(0.0, float(distance - 2.0 * _sum_of_roots(product / (count - 1))))
