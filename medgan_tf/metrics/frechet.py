"""Fréchet distance between two Gaussians (FID; Heusel et al. 2017, eq. 6), in a form that is never imaginary.

The trace of (S1 S2)^1/2 is the sum of the singular values of A^T B for any factors S1 = A A^T and S2 = B B^T. So no
square root of a matrix that is not symmetric is taken, and nothing is lost when the covariances are singular.
"""

import numpy as np

from medgan_tf.metrics.moments import Moments, as_features


def frechet_distance(real: Moments, synthetic: Moments, quick: bool = False) -> float:
    """|m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1 S2)^1/2).

    Args:
        real: Moments of at least two vectors.
        synthetic: Moments with the same number of dimensions.
        quick: Six times as quick, with an error of up to about 1e-6 of the traces: for resamples.

    Returns:
        The distance, >= 0. About 4 s for 2,048 dimensions on two cores.
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
    """Eigenvalues of [[0, M], [M^T, 0]] are plus and minus the singular values of M.

    Three times as quick as LAPACK's SVD at 2,048 dimensions, and unlike the eigenvalues of M M^T it does not lose half
    of the digits of small values.
    """
    rows, columns = matrix.shape
    if quick:
        product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
        return float(np.sqrt(np.maximum(np.linalg.eigvalsh(product), 0.0)).sum())
    both = np.zeros((rows + columns, rows + columns))
    both[:rows, rows:] = matrix
    both[rows:, :rows] = matrix.T
    return float(np.abs(np.linalg.eigvalsh(both)).sum() / 2)
