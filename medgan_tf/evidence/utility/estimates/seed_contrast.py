"""A difference of AUCs over seeds, with its error over seeds and patients."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.auc_arms import AucArms
from medgan_tf.metrics.seed_patient import SeedPatientMean, seed_patient_mean

FEWEST_OF_A_GAP = 15
"""Patients of the rarer class below which a gap has no interval: of 10 it covers 90 to 92 % with AUCs above 0.97."""
FEWEST_OF_A_VERDICT = 20
"""Patients below which a gap has no verdict: one end of its interval is wrong in more than 6 % of such studies where
AUCs are high. docs/statistics.md has the rates."""


@dataclass(frozen=True)
class SeedContrast:
    """A weighted sum over C conditions of S seeds, with its error over patients.

    Attributes:
        weights: float64 [C], of the conditions.
        aucs: float64 [C, S], AUC of each condition and seed, mean over labels.
        joint: float64 [C, S, C, S], their covariance over patients.
        arm_degrees: float64 [C], degrees of freedom of the variance of each condition's AUC.
        degrees: Degrees of freedom of the sum's variance.
        patients: Patients of the rarer class, of the label with fewest.
    """

    weights: np.ndarray
    aucs: np.ndarray
    joint: np.ndarray
    arm_degrees: np.ndarray
    degrees: float
    patients: int

    @property
    def values(self) -> np.ndarray:
        """The sum of each seed, float64 [S]."""
        return self.weights @ self.aucs

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the seeds' sums over patients, float64 [S, S]."""
        return np.einsum("c,csdt,d->st", self.weights, self.joint, self.weights)

    @property
    def enough_patients(self) -> bool:
        """Whether there are patients enough for an interval: as many as one label of `FEWEST_OF_A_GAP` patients has."""
        return bool(self.degrees >= FEWEST_OF_A_GAP - 1)

    @property
    def enough_for_a_verdict(self) -> bool:
        """The same for a verdict: `FEWEST_OF_A_VERDICT`."""
        return bool(self.degrees >= FEWEST_OF_A_VERDICT - 1)

    @property
    def over_both(self) -> SeedPatientMean:
        """The mean over seeds, for other trainings and other patients."""
        seeds = self.aucs.shape[1]
        pairs = ~np.eye(seeds, dtype=bool) if seeds > 1 else np.ones((1, 1), bool)
        shared = self.joint.transpose(0, 2, 1, 3)[:, :, pairs].mean(axis=2)
        return seed_patient_mean(self.values, self.covariance, self.degrees, self._arms(self.aucs.mean(axis=1), shared))

    def interval(self, level: float) -> dict[str, float]:
        """The interval of the mean over seeds, for other trainings and other patients; NaN with too few patients."""
        low, high = self.over_both.interval(level) if self.enough_patients else (float("nan"), float("nan"))
        return {"low": low, "high": high, "level": level}

    def each_seed(self, level: float) -> list[dict[str, float]]:
        """The interval of every single training over patients; NaN with too few patients."""
        if not self.enough_patients:
            return [{"low": float("nan"), "high": float("nan"), "level": level} for _ in self.values]
        found = []
        for seed, value in enumerate(self.values):
            below, above = self._arms(self.aucs[:, seed], self.joint[:, seed, :, seed]).distances((1 - level) / 2)
            found.append({"low": float(value - below), "high": float(value + above), "level": level})
        return found

    def _arms(self, aucs: np.ndarray, covariance: np.ndarray) -> AucArms:
        return AucArms(self.weights, aucs, covariance, self.arm_degrees, np.full(len(aucs), self.patients))
