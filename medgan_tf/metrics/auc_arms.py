"""Limits of a difference of AUCs over patients: each AUC has limits on the logit scale, and these are joined.

The error of an AUC near 1 is lopsided: the true AUC may be much smaller, but hardly larger. With few patients a
symmetric interval of a difference of two such AUCs lies too low or too high. So every AUC gets its own two limits, and
their distances from the values are joined in squares, with the correlation of the AUCs (MOVER).

G. Zou, A. Donner, Construction of confidence limits about effect measures: a general approach, Statistics in Medicine
27, 2008.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class AucArms:
    """A weighted sum of C AUCs, or of means of AUCs, e.g. one less another.

    Attributes:
        weights: float64 [C].
        values: float64 [C], the AUCs.
        covariance: float64 [C, C], over patients.
        degrees: float64 [C], degrees of freedom of each variance; NaN where it is 0.
        patients: int64 [C], patients of the rarer class: the smallest number of all labels.
    """

    weights: np.ndarray
    values: np.ndarray
    covariance: np.ndarray
    degrees: np.ndarray
    patients: np.ndarray

    def distances(self, tail: float) -> tuple[float, float]:
        """How far the limits lie below and above the sum, where each leaves a probability `tail` on its side.

        Both are 0 where AUCs vary, but their sum does not: two classifiers that order all images in the same way.
        """
        if self._vary_alike():
            return 0.0, 0.0
        low, high = self.limits(tail)
        down, up = self.values - low, high - self.values
        rising = self.weights > 0
        variances = np.maximum(np.diag(self.covariance), 0.0)
        errors = np.sqrt(np.outer(variances, variances))
        alike = np.divide(self.covariance, errors, out=np.eye(len(errors)), where=errors > 0).clip(-1, 1)
        np.fill_diagonal(alike, 1.0)
        # A sum is smallest where what is added is smallest, and what is taken off is largest.
        ends = [self.weights * np.where(rising, *pair) for pair in ((down, up), (up, down))]
        below, above = (float(np.sqrt(max(end @ alike @ end, 0.0))) for end in ends)
        return below, above

    def _vary_alike(self) -> bool:
        largest = float(np.diag(self.covariance).max())
        return largest > 0 and float(self.weights @ self.covariance @ self.weights) <= 1e-12 * largest

    def limits(self, tail: float) -> tuple[np.ndarray, np.ndarray]:
        """Limits of each AUC: Student's t on the logit scale; for an AUC of 0 or 1 the exact bound (`auc_interval`)."""
        values = np.clip(self.values, 1e-12, 1 - 1e-12)
        errors = np.sqrt(np.maximum(np.diag(self.covariance), 0.0)) / (values * (1 - values))
        half = -special.stdtrit(np.where(np.isfinite(self.degrees), self.degrees, 1.0), tail) * errors
        centre = special.logit(values)
        low, high = special.expit(centre - half), special.expit(centre + half)
        bound = tail ** (1 / np.maximum(self.patients, 1))
        all_right, all_wrong = self.values >= 1, self.values <= 0
        low = np.where(all_right, bound, np.where(all_wrong, 0.0, low))
        high = np.where(all_right, 1.0, np.where(all_wrong, 1 - bound, high))
        return low, high
