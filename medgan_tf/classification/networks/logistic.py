"""Logistic regression of several labels at once, with a penalty towards nothing or towards an earlier solution.

For each label the mean log loss of the training images plus penalty / 2 * |w - centre|^2 is minimised over weights and
offset; the offset is not penalised. The problem is strictly convex in the weights, so there is one solution, wherever
the search begins. With centre 0 it is that of scikit-learn's `LogisticRegression` with C = 1 / (penalty * N).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

_MOST_STEPS = 1000
_GRADIENT, _GAIN = 1e-5, 1e-10
# Products of smaller matrices take longer with several threads, which wait for each other: with 1,230 images of 256
# features and 7 labels on two cores, eight times as long.
_WORTH_THREADS = 1e8


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


class Regression:
    """The fits of one training set, for any penalty, each begun from the one before.

    The search goes along the principal axes of the features, each scaled by the largest curvature that the loss can
    have there, so that it takes tens of steps instead of hundreds. It changes nothing of the solution.

    Args:
        first: How features are standardised, where the search begins, and, by its weights, where the penalty draws to.
        features: [N, F] of the training images.
        labels: [N, L] of 0 and 1. A label with one class keeps what it has in `first`: there is nothing to learn.
    """

    def __init__(self, first: Solution, features: np.ndarray, labels: np.ndarray):
        self.first, self._truth = first, np.asarray(labels, np.float64)
        self._both = (self._truth.max(axis=0) > 0.5) & (self._truth.min(axis=0) < 0.5)
        standard = first.standard(features)
        spread, self._axes = np.linalg.eigh(standard.T @ standard / len(standard))
        self._curvature = np.maximum(spread, 0.0) / 4
        self._along = standard @ self._axes
        self._pulled = standard @ first.weights
        self._away, self._offsets = np.zeros_like(first.weights), first.offsets.copy()

    def solve(self, penalty: float) -> tuple[Solution, float]:
        """The solution for a penalty above 0, and its mean log loss over images and labels, without the penalty."""
        both = self._both
        scale = 1 / np.sqrt(self._curvature + penalty)[:, None]
        if both.any():
            begin = np.concatenate([self._away[:, both] / scale, self._offsets[None, both]])
            threads = None if self._along.size * both.sum() > _WORTH_THREADS else 1
            with threadpool_limits(threads, "blas"):
                found = minimize(
                    _objective,
                    begin.ravel(),
                    args=(self._along, self._truth[:, both], self._pulled[:, both], penalty, scale),
                    jac=True,
                    method="L-BFGS-B",
                    options={"maxiter": _MOST_STEPS, "maxfun": 2 * _MOST_STEPS, "gtol": _GRADIENT, "ftol": _GAIN},
                ).x.reshape(begin.shape)
            self._away[:, both], self._offsets[both] = found[:-1] * scale, found[-1]
        first = self.first
        weights = first.weights + self._axes @ self._away
        losses, _ = _losses(self._pulled + self._along @ self._away + self._offsets, self._truth)
        return Solution(first.mean, first.scale, weights, self._offsets.copy()), float(losses.mean())


def _objective(flat: np.ndarray, along, truth, pulled, penalty, scale) -> tuple[float, np.ndarray]:
    """The sum over labels of what is minimised, and its gradient by scaled differences to the centre and offsets."""
    both = flat.reshape(-1, truth.shape[1])
    away, offsets = both[:-1] * scale, both[-1]
    losses, slopes = _losses(pulled + along @ away + offsets, truth)
    gradient = scale * (along.T @ slopes / len(truth) + penalty * away)
    value = losses.mean(axis=0).sum() + penalty / 2 * (away**2).sum()
    return float(value), np.concatenate([gradient, slopes.mean(axis=0)[None]]).ravel()


def _losses(logits: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log losses [N, L] and their derivatives by the logits."""
    return np.logaddexp(0, logits) - truth * logits, sigmoid(logits) - truth
