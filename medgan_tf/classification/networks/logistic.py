"""Logistic regression of several labels at once, with a penalty towards nothing or towards an earlier solution.

For each label the mean log loss of the training images plus penalty / 2 * |w - centre|^2 is minimised over weights and
offset; the offset is not penalised. The problem is strictly convex in the weights, so there is one solution, wherever
the search begins. With centre 0 it is that of scikit-learn's `LogisticRegression` with C = 1 / (penalty * N).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

_MOST_STEPS = 1000
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Solution:
    """Weights and offsets on standardised features.

    Attributes:
        mean, scale: float64 [F], by which features are standardised.
        weights: float64 [F, L].
        offsets: float64 [L].
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, arrays: Sequence[np.ndarray]) -> "Solution":
        """From `arrays`."""
        return cls(*(np.asarray(array, np.float64) for array in arrays))

    def arrays(self) -> list[np.ndarray]:
        """Mean, scale, weights and offsets."""
        return [self.mean, self.scale, self.weights, self.offsets]

    def standard(self, features: np.ndarray) -> np.ndarray:
        """Features [N, F], standardised, float64."""
        return (np.asarray(features, np.float64) - self.mean) / self.scale

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Probabilities float64 [N, L] of features [N, F]."""
        return sigmoid(self.standard(features) @ self.weights + self.offsets)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) without overflow."""
    return np.exp(-np.logaddexp(0, -logits))


def unfitted(features: np.ndarray, labels: np.ndarray) -> Solution:
    """The solution of an infinite penalty: weights 0, and offsets that give the share of each label.

    Args:
        features: [N, F] of the training images; they decide how features are standardised.
        labels: [N, L] of 0 and 1. A label with one class gets half an image of the other one.
    """
    features, labels = np.asarray(features, np.float64), np.asarray(labels, np.float64)
    scale = features.std(axis=0)
    present = labels.sum(axis=0)
    present = np.clip(present, 0.5, len(labels) - 0.5)
    offsets = np.log(present / (len(labels) - present))
    mean, scale = features.mean(axis=0), np.where(scale > 1e-12, scale, 1.0)
    return Solution(mean, scale, np.zeros((features.shape[1], labels.shape[1])), offsets)


def fitted(
    begin: Solution, centre: np.ndarray, features: np.ndarray, labels: np.ndarray, penalty: float
) -> tuple[Solution, float]:
    """The solution for one penalty, and its mean log loss over images and labels, without the penalty.

    A label with one class among the images keeps what it has in `begin`: there is nothing to learn.

    Args:
        begin: Where the search begins, and how features are standardised.
        centre: float64 [F, L], weights to which the penalty draws.
        features: float64 [N, F], standardised.
        labels: [N, L] of 0 and 1.
        penalty: Above 0.
    """
    truth = np.asarray(labels, np.float64)
    both = (truth.max(axis=0) > 0.5) & (truth.min(axis=0) < 0.5)
    weights, offsets = begin.weights.copy(), begin.offsets.copy()
    if both.any():
        first = np.concatenate([weights[:, both] - centre[:, both], offsets[None, both]])
        pulled = features @ centre[:, both]
        found = minimize(
            _objective,
            first.ravel(),
            args=(features, truth[:, both], pulled, penalty),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _MOST_STEPS, "maxfun": 2 * _MOST_STEPS, "gtol": _TOLERANCE, "ftol": 1e-12},
        ).x.reshape(first.shape)
        weights[:, both], offsets[both] = found[:-1] + centre[:, both], found[-1]
    loss, _ = _losses(features @ weights + offsets, truth)
    return Solution(begin.mean, begin.scale, weights, offsets), float(loss.mean())


def _objective(flat: np.ndarray, features, truth, pulled, penalty) -> tuple[float, np.ndarray]:
    """The sum over labels of what is minimised, and its gradient, for differences to the centre and offsets."""
    both = flat.reshape(-1, truth.shape[1])
    away, offsets = both[:-1], both[-1]
    losses, slopes = _losses(pulled + features @ away + offsets, truth)
    gradient = np.concatenate([features.T @ slopes / len(truth) + penalty * away, slopes.mean(axis=0)[None]])
    return float(losses.mean(axis=0).sum() + penalty / 2 * (away**2).sum()), gradient.ravel()


def _losses(logits: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log losses [N, L] and their derivatives by the logits."""
    return np.logaddexp(0, logits) - truth * logits, sigmoid(logits) - truth
