"""The AUC of a membership attack and of its null on the same patients, with their joint error.

Candidates are attacked in folds, each with a reference and a null set of patients of the other folds. An AUC compares
members and non-members of one fold, and is the mean over folds. Patients are the units. The joint error of AUCs on the
same patients is DeLong's, see `metrics.clustered_auc`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.metrics.privacy.leak import Leak

CROSS_FITTED = float(np.sqrt(2))
"""What the standard error is multiplied by for classifiers that were fitted to the other folds.

Without a difference of the sides such an AUC depends on how alike the chance differences of two folds are. Each pair of
folds enters twice, once with each as the tested one, so the variance is twice that of independent folds."""


@dataclass(frozen=True)
class FoldScores:
    """Scores of K attacks on the same patients.

    Attributes:
        members, non_members: [M, K] and [N, K], one row for each patient, higher for members.
        member_folds, non_member_folds: int [M] and [N], the fold of each patient.
    """

    members: np.ndarray
    non_members: np.ndarray
    member_folds: np.ndarray
    non_member_folds: np.ndarray


@dataclass(frozen=True)
class AttackAucs:
    """AUCs [K] and their covariance [K, K]; `fewer`: patients of the rarer side."""

    values: np.ndarray
    covariance: np.ndarray
    fewer: int

    def limits(self, weights: np.ndarray, constant: float, confidence: float) -> tuple[float, float]:
        """One-sided limits of `constant` plus the weighted sum of the AUCs, by Student's t."""
        value = constant + float(weights @ self.values)
        # An AUC of 1 has no estimated error. One patient ranked otherwise would change it by about this much.
        error = max(float(np.sqrt(max(weights @ self.covariance @ weights, 0.0))), 0.5 / self.fewer)
        half = float(stats.t.ppf(confidence, max(self.fewer - 1, 1))) * error
        return max(value - half, 0.0), min(value + half, 1.0)


def attack_aucs(scores: FoldScores, cross_fitted: tuple[int, ...] = ()) -> AttackAucs:
    """The mean AUCs over folds. Folds with fewer than two members or non-members are left out.

    Args:
        scores: The scores.
        cross_fitted: Columns with scores of classifiers that were fitted to the candidates of the other folds.

    Raises:
        ValueError: There is no such fold.
    """
    values, covariances = [], []
    for fold in np.unique(scores.non_member_folds):
        members = scores.members[scores.member_folds == fold]
        non_members = scores.non_members[scores.non_member_folds == fold]
        if min(len(members), len(non_members)) < 2:
            continue
        together = np.concatenate([members, non_members])
        truth = np.zeros(together.shape)
        truth[: len(members)] = 1
        found = clustered_aucs(truth, together, np.full(len(together), ""))
        values.append(found.values)
        covariances.append(found.covariance)
    if not values:
        raise ValueError("no fold has two members and two non-members")
    fewer = min(len(scores.members), len(scores.non_members))
    covariance = np.sum(covariances, axis=0) / len(values) ** 2
    for column in cross_fitted:
        covariance[column] *= CROSS_FITTED
        covariance[:, column] *= CROSS_FITTED
    return AttackAucs(np.mean(values, axis=0), covariance, fewer)


def auc_leak(found: AttackAucs) -> Leak:
    """The AUC with the target and beyond the null.

    Args:
        found: Three AUCs: of the attack as it is, of the attack that is compared with the null, and of the null.
    """
    raw, difference, null = np.array([1.0, 0, 0]), np.array([0, 1.0, -1.0]), np.array([0, 0, 1.0])
    ends = found.limits(null, 0.0, 0.995)
    return Leak(
        float(found.values[0]),
        lambda confidence: found.limits(raw, 0.0, confidence),
        float(0.5 + found.values[1] - found.values[2]),
        lambda confidence: found.limits(difference, 0.5, confidence),
        not ends[0] <= 0.5 <= ends[1],
    )
