"""The AUCs of classifiers over all seeds, with their joint error over the test patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.classification.published_code import FLIPPED
from medgan_tf.evidence.utility.read_seeds import SeedScores
from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS, ClusteredAucs, clustered_aucs
from medgan_tf.metrics.seed_patient import SeedPatientMean, seed_patient_mean


@dataclass(frozen=True)
class JointAucs:
    """AUCs of C conditions, S seeds and L labels on the same test images.

    Attributes:
        values: float64 [C, S, L]; NaN for a label with one class.
        aucs: The same C x S x L numbers in a row, with their covariance over patients.
    """

    values: np.ndarray
    aucs: ClusteredAucs

    @property
    def measured(self) -> np.ndarray:
        """Labels whose error can be estimated: at least two patients of either class. bool [L]."""
        return np.isfinite(np.diag(self.aucs.covariance)).reshape(self.values.shape).all(axis=(0, 1))

    @property
    def counted(self) -> np.ndarray:
        """Labels in the mean, bool [L]: those with `FEWEST_PATIENTS` patients of either class.

        The error of a label with fewer is known badly, and large enough to hide all others. Where no label has as many,
        the mean is over all that are measured, and there is no interval.
        """
        enough = self.measured & (self.fewer_patients() >= FEWEST_PATIENTS)
        return enough if enough.any() else self.measured

    def fewer_patients(self) -> np.ndarray:
        """Patients of the rarer class, int64 [L]."""
        return np.minimum(self.positive_patients(), self.negative_patients())

    def positive_patients(self) -> np.ndarray:
        """Patients with the finding, int64 [L]."""
        return self.aucs.positive_patients.reshape(self.values.shape)[0, 0]

    def negative_patients(self) -> np.ndarray:
        """Patients with an image without the finding, int64 [L]."""
        return self.aucs.negative_patients.reshape(self.values.shape)[0, 0]

    def contrast(self, conditions: Sequence[float], labels: np.ndarray) -> "SeedContrast":
        """A weighted sum over conditions, averaged over some labels, of each seed.

        Args:
            conditions: C weights, e.g. (1, -1) for the first less the second.
            labels: bool [L].
        """
        count, seeds, all_labels = self.values.shape
        share = np.where(labels, 1 / max(int(labels.sum()), 1), 0.0)
        values = np.einsum("c,csl,l->s", conditions, np.where(labels, self.values, 0.0), share)
        weights = np.zeros((seeds, count, seeds, all_labels))
        for seed in range(seeds):
            weights[seed, :, seed] = np.outer(conditions, share)
        flat = weights.reshape(seeds, -1)
        used = np.flatnonzero(flat.any(axis=0))
        covariance = flat[:, used] @ self.aucs.covariance[np.ix_(used, used)] @ flat[:, used].T
        if not labels.any():
            values, covariance = np.full(seeds, np.nan), np.full((seeds, seeds), np.nan)
        return SeedContrast(values, covariance, self.aucs.degrees(flat[0]) if labels.any() else float("nan"))


@dataclass(frozen=True)
class SeedContrast:
    """One value of each seed, with its error over patients.

    Attributes:
        values: float64 [S].
        covariance: float64 [S, S], over patients.
        degrees: Degrees of freedom of the covariance.
    """

    values: np.ndarray
    covariance: np.ndarray
    degrees: float

    @property
    def over_both(self) -> SeedPatientMean:
        """The mean over seeds, for other trainings and other patients."""
        return seed_patient_mean(self.values, self.covariance, self.degrees)

    def each_seed(self, level: float) -> list[dict[str, float]]:
        """The interval of every single training over patients."""
        halves = stats.t.ppf((1 + level) / 2, self.degrees) * np.sqrt(np.diag(self.covariance))
        return [
            {"low": float(value - half), "high": float(value + half), "level": level}
            for value, half in zip(self.values, halves, strict=True)
        ]


def joint_aucs(seeds: Sequence[SeedScores], names: Sequence[str], switches: Sequence[str]) -> JointAucs:
    """The AUCs of some conditions, over all seeds.

    Args:
        seeds: Predictions of S seeds on the same images.
        names: C conditions that every seed has.
        switches: Switches of `original_code` that are on; with `auc_flipped`, an AUC below 0.5 counts as 1 - AUC.
    """
    first = seeds[0].predictions[names[0]]
    scores = np.concatenate([entry.predictions[name].scores for name in names for entry in seeds], axis=1)
    truth = np.tile(first.truth, len(names) * len(seeds))
    aucs = clustered_aucs(truth, scores, first.patients)
    if FLIPPED in switches:
        aucs = aucs.flipped_below_half()
    return JointAucs(aucs.values.reshape(len(names), len(seeds), -1), aucs)
