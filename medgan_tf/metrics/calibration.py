"""Whether predicted probabilities mean what they say: reliability curve and Brier score."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import brier_score_loss


@dataclass(frozen=True)
class Reliability:
    """A reliability curve over bins of equal width; empty bins are left out.

    Attributes:
        predicted: Mean probability in each bin.
        observed: Share of positives in each bin.
        images: Images in each bin.
        error: Expected calibration error: |predicted - observed| averaged over images.
    """

    predicted: np.ndarray
    observed: np.ndarray
    images: np.ndarray
    error: float


def brier_per_label(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Mean squared difference between probability and truth (scikit-learn's): [N, L] to [L]; 0 is perfect, and
    p (1 - p) is what the prevalence p alone gives."""
    columns = range(np.shape(truth)[1])
    return np.array([brier_score_loss(truth[:, k], probabilities[:, k], pos_label=1) for k in columns])


def reliability(truth: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> Reliability:
    """The reliability curve of all values given: truth of 0 and 1 and probabilities 0..1, of one shape."""
    truth, probabilities = np.ravel(truth).astype(np.float64), np.ravel(probabilities).astype(np.float64)
    if truth.shape != probabilities.shape or not len(truth):
        raise ValueError(f"expected equal shapes. Received: {truth.shape} and {probabilities.shape}")
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError(
            f"probabilities must be in 0..1. Received: {probabilities.min():.3g} to {probabilities.max():.3g}"
        )
    numbers = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    images = np.bincount(numbers, minlength=bins)
    filled = images > 0
    predicted = np.bincount(numbers, probabilities, bins)[filled] / images[filled]
    observed = np.bincount(numbers, truth, bins)[filled] / images[filled]
    error = float(np.average(np.abs(predicted - observed), weights=images[filled]))
    return Reliability(predicted, observed, images[filled], error)
