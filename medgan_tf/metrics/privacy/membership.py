"""Membership inference: do synthetic images give away whether an image was in the training set?

An attack gives every candidate a score, higher for members. Candidates are training images (members) and images of
held-out patients (non-members). Further held-out patients are the reference that the scores are calibrated with, so
that images that are near to everything do not look like members.

D. Chen et al., GAN-Leaks, CCS 2020 (distance, calibrated). B. van Breugel et al., Membership inference attacks against
synthetic data through overfitting detection (DOMIAS), AISTATS 2023 (density ratio). N. Carlini et al., Membership
inference attacks from first principles, S&P 2022 (true positives at few false ones).
"""

import numpy as np
import scipy.linalg

from medgan_tf.metrics.neighbours import nearest

# Below this a cosine distance in float64 is rounding.
_SMALLEST_DISTANCE = 1e-12
_ROWS = 512


def distance_scores(candidates: np.ndarray, synthetic: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """log(d(candidate, nearest reference image) / d(candidate, nearest synthetic image)), float64 [N].

    Args:
        candidates: [N, D].
        synthetic: [M, D].
        reference: [R, D], of other patients than the candidates'.
    """
    return log_distance(candidates, reference) - log_distance(candidates, synthetic)


def log_distance(candidates: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Logarithm of the cosine distance to the nearest of `base` [M, D], float64 [N]."""
    return np.log(np.maximum(nearest(candidates, base).distance[:, 0], _SMALLEST_DISTANCE))


def density_scores(
    candidates: np.ndarray, synthetic: np.ndarray, reference: np.ndarray, dimensions: int = 16
) -> np.ndarray:
    """log(density of the synthetic images / density of the reference) at each candidate, float64 [N].

    Both densities are Gaussian kernel estimates in the leading principal components of the two sets, whitened. Both
    use half of Scott's bandwidth for the smaller set, so that neither is smoothed more and single images still show.

    Args:
        candidates: [N, D].
        synthetic: [M, D].
        reference: [R, D], of other patients than the candidates'.
        dimensions: Principal components.
    """
    pooled = np.concatenate([_balanced(synthetic, len(reference)), reference]).astype(np.float64)
    centre = pooled.mean(axis=0)
    projection = _whitening(pooled - centre, dimensions)
    if projection is None:
        return np.zeros(len(candidates))
    candidates, synthetic, reference = ((part - centre) @ projection for part in (candidates, synthetic, reference))
    size = projection.shape[1]
    width = 0.5 * min(len(synthetic), len(reference)) ** (-1.0 / (size + 4))
    return _log_density(candidates, synthetic, width) - _log_density(candidates, reference, width)


def _whitening(centred: np.ndarray, dimensions: int) -> np.ndarray | None:
    """The leading principal axes of vectors of mean 0 [N, D], each divided by the deviation along it, [D, K].

    They come from the smaller one of two matrices that have the same eigenvalues: the covariance [D, D], or the scalar
    products of the vectors [N, N]. None where all vectors are equal.
    """
    count, size = centred.shape
    few = count < size
    matrix = (centred @ centred.T if few else centred.T @ centred) / count
    top = [max(0, len(matrix) - dimensions), len(matrix) - 1]
    variances, axes = scipy.linalg.eigh(matrix, subset_by_index=top)
    kept = variances > variances[-1] * 1e-12
    if not variances[-1] > 0:
        return None
    variances, axes = variances[kept], axes[:, kept]
    return centred.T @ axes / (np.sqrt(count) * variances) if few else axes / np.sqrt(variances)


def _balanced(vectors: np.ndarray, count: int) -> np.ndarray:
    """Takes at most `count` rows, evenly spaced."""
    return vectors[np.unique(np.linspace(0, len(vectors) - 1, min(count, len(vectors))).round().astype(int))]


def _log_density(points: np.ndarray, kernels: np.ndarray, width: float) -> np.ndarray:
    """Log of the mean kernel at each point, in float32: its error is below 0.01."""
    points, kernels = (np.asarray(part / width, np.float32) for part in (points, kernels))
    lengths, found = (kernels**2).sum(axis=1), np.empty(len(points))
    for start in range(0, len(points), _ROWS):
        part = points[start : start + _ROWS]
        exponents = part @ kernels.T - lengths / 2
        exponents -= (part**2).sum(axis=1, keepdims=True) / 2
        highest = exponents.max(axis=1, keepdims=True)
        exponents -= highest
        sums = np.exp(exponents, out=exponents).sum(axis=1, dtype=np.float64)
        found[start : start + _ROWS] = np.log(sums) + highest[:, 0]
    return found - np.log(len(kernels))


def patient_means(scores: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Mean score of each patient, [P]: the score by which an AUC compares patients.

    Args:
        scores: [N].
        patients: int [N], numbers 0 .. P - 1.
    """
    return np.bincount(patients, weights=scores) / np.bincount(patients)


def patient_maxima(scores: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Highest score of each patient, [P]: a patient is exposed when one image is.

    The highest of more images is higher by chance alone, so the patients of both sides must have equally many.
    """
    found = np.full(int(patients.max()) + 1, -np.inf)
    np.maximum.at(found, patients, scores)
    return found
