"""Logistic regression on a few grey values: how much of an AUC needs no deep network.

Where one direction of brightness separates the classes, a mean AUC far above 0.5 says little about findings. Two
classifiers show it: one of the mean intensity, and one of the image at 8 x 8 pixels, in which no small finding is left.
Both are trained on real and on synthetic images alike. The mean intensity can only teach whether bright or dark speaks
for a finding, so its AUC is that of the brightness itself, or 1 minus that.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression

SIDE = 8
FEATURES = {"intensity": "mean intensity", "pixels": f"{SIDE} x {SIDE} pixels"}
"""The kinds of features and their titles."""
PROTOCOL = f"area mean at {SIDE} x {SIDE}, standardised, logistic regression with C = 1"
"""The way in which they are made; a part of what the predictions are known by."""
_PENALTY, _LONGEST = 1.0, 1000


def small_images(images: np.ndarray) -> np.ndarray:
    """Images uint8 [N, R, R, 1] as means over areas: float64 [N, 64], 0..255. Their mean is that of the image."""
    parts = [cv2.resize(np.float32(image[..., 0]), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in images]
    return np.array(parts, np.float64).reshape(len(images), SIDE * SIDE)


def features_of(small: np.ndarray, kind: str) -> np.ndarray:
    """Features of images that `small_images` made.

    Args:
        small: float64 [N, 64].
        kind: A key of `FEATURES`.

    Returns:
        float64 [N, 1] for the mean intensity, [N, 64] for the pixels.
    """
    return small.mean(axis=1, keepdims=True) if kind == "intensity" else small


@dataclass(frozen=True)
class TrivialClassifier:
    """One logistic regression for each label.

    Attributes:
        mean, scale: float64 [F], of the training images; features are standardised with them.
        weights: float64 [F, L]; 0 for a label with one class among the training images.
        offsets: float64 [L].
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Probabilities float64 [N, L] of features [N, F]."""
        logits = (features - self.mean) / self.scale @ self.weights + self.offsets
        return 1 / (1 + np.exp(-np.clip(logits, -500, 500)))


def fit_trivial(features: np.ndarray, labels: np.ndarray) -> TrivialClassifier:
    """Fits every label by itself. There is no chance in it: equal images give equal classifiers.

    Args:
        features: float64 [N, F] of the training images.
        labels: [N, L] of 0 and 1.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    standard, truth = (features - mean) / scale, np.asarray(labels) > 0.5
    weights, offsets = np.zeros((features.shape[1], truth.shape[1])), np.zeros(truth.shape[1])
    for label in range(truth.shape[1]):
        if truth[:, label].all() or not truth[:, label].any():
            continue
        found = LogisticRegression(C=_PENALTY, max_iter=_LONGEST).fit(standard, truth[:, label])
        weights[:, label], offsets[label] = found.coef_[0], found.intercept_[0]
    return TrivialClassifier(mean, scale, weights, offsets)
