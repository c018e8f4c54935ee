"""The AUCs of classifiers over all seeds, with their joint error over the test patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.classification.published_code import FLIPPED
from medgan_tf.evidence.utility.estimates.seed_contrast import SeedContrast
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS, ClusteredAucs, clustered_aucs


@dataclass(frozen=True)
class JointAucs:
    """AUCs of C conditions, S seeds and L labels on the same test images, or of C groups of images.

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
        """Patients with the finding, int64 [L]; the fewest where AUCs are of different images."""
        return self.aucs.positive_patients.reshape(self.values.shape).min(axis=(0, 1))

    def negative_patients(self) -> np.ndarray:
        """Patients with an image without the finding, int64 [L]; the fewest where AUCs are of different images."""
        return self.aucs.negative_patients.reshape(self.values.shape).min(axis=(0, 1))

    def contrast(self, conditions: Sequence[float], labels: np.ndarray) -> SeedContrast:
        """A weighted sum over conditions, averaged over some labels, of each seed.

        Args:
            conditions: C weights, e.g. (1, -1) for the first less the second.
            labels: bool [L].
        """
        count, seeds, all_labels = self.values.shape
        weights = np.asarray(conditions, np.float64)
        share = np.where(labels, 1 / max(int(labels.sum()), 1), 0.0)
        if not labels.any():
            nan = np.full((count, seeds), np.nan)
            return SeedContrast(weights, nan, np.full((count, seeds) * 2, np.nan), nan[:, 0], float("nan"), 0)
        used = np.broadcast_to(labels, self.values.shape).ravel()
        covariance = self.aucs.covariance[np.ix_(used, used)].reshape((count, seeds, labels.sum()) * 2)
        degrees = [self._degrees(np.eye(count)[condition], share) for condition in range(count)]
        return SeedContrast(
            weights,
            (np.where(labels, self.values, 0.0) * share).sum(axis=2),
            covariance.mean(axis=(2, 5)),
            np.array(degrees),
            self._degrees(weights, share),
            int(self.fewer_patients()[labels].min()),
        )

    def _degrees(self, conditions: np.ndarray, share: np.ndarray) -> float:
        """Degrees of freedom of one seed's weighted sum; where it has no variance, those of the rarest label."""
        count, seeds, all_labels = self.values.shape
        weights = np.zeros((count, seeds, all_labels))
        weights[:, 0] = np.outer(conditions, share)
        found = self.aucs.degrees(weights.ravel())
        return found if np.isfinite(found) else float(self.fewer_patients()[share > 0].min() - 1)


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
