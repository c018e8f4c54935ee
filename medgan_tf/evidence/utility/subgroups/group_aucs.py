"""The AUCs of the real- and the synthetic-trained classifiers on each group of the test images, with their joint error.

The groups of one covariate share no image, but may share patients: one patient has images of two views, or of two ages.
So all groups are measured at once, with the covariances that shared patients bring.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.classification.published_code import FLIPPED
from medgan_tf.evidence.utility.estimates.joint_aucs import JointAucs
from medgan_tf.evidence.utility.estimates.seed_contrast import FEWEST_OF_A_GAP
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS, ClusteredAucs, clustered_aucs

CLASSIFIERS = ("real", "synthetic")


@dataclass(frozen=True)
class GroupAucs:
    """AUCs of G groups, 2 classifiers, S seeds and L labels.

    Attributes:
        names: The G groups.
        images, patients: int64 [G], numbers of test images and of test patients.
        values: float64 [G, 2, S, L]; the real-trained classifier comes first.
        aucs: The same numbers in a row, with their covariance over patients.
    """

    names: tuple[str, ...]
    images: np.ndarray
    patients: np.ndarray
    values: np.ndarray
    aucs: ClusteredAucs

    def of(self, *groups: str) -> JointAucs:
        """The AUCs of some groups, as G x 2 conditions: real and synthetic of the first group, then of the next.

        A label counts in a mean if each of these groups has enough patients of it.
        """
        rows = [self.names.index(group) for group in groups]
        shape = self.values.shape
        places = np.arange(self.values.size).reshape(shape)[rows].ravel()
        part = replace(
            self.aucs,
            values=self.aucs.values[places],
            covariance=self.aucs.covariance[np.ix_(places, places)],
            positive_patients=self.aucs.positive_patients[places],
            negative_patients=self.aucs.negative_patients[places],
            labels=self.aucs.labels[places],
            patients=int(self.patients[rows].min()),
        )
        return JointAucs(self.values[rows].reshape(2 * len(rows), *shape[2:]), part)


def group_aucs(seeds: Sequence[SeedScores], groups: np.ndarray, switches: Sequence[str]) -> GroupAucs:
    """The AUCs of every group of one covariate.

    Args:
        seeds: Predictions of S seeds on the same N images.
        groups: Group of each image, str [N].
        switches: Switches of `original_code` that are on; with `auc_flipped`, an AUC below 0.5 counts as 1 - AUC.
    """
    first = seeds[0].predictions["real"]
    names = tuple(sorted(set(groups.tolist())))
    scores = np.concatenate([entry.predictions[name].scores for name in CLASSIFIERS for entry in seeds], axis=1)
    width, members = scores.shape[1], [groups == name for name in names]
    aucs = clustered_aucs(
        np.tile(first.truth, len(names) * 2 * len(seeds)),
        np.tile(scores, len(names)),
        first.patients,
        np.concatenate([np.repeat(one[:, None], width, axis=1) for one in members], axis=1),
    )
    if FLIPPED in switches:
        aucs = aucs.flipped_below_half()
    return GroupAucs(
        names,
        np.array([one.sum() for one in members]),
        np.array([_patients(first.patients[one]) for one in members]),
        aucs.values.reshape(len(names), 2, len(seeds), -1),
        aucs,
    )


def _patients(patients: np.ndarray) -> int:
    """Number of different patients; images with the empty name count as patients of their own."""
    return len(set(patients[patients != ""].tolist())) + int((patients == "").sum())


def labels_in_mean(aucs: JointAucs, *sums: Sequence[float]) -> np.ndarray:
    """The labels of a mean, bool [L]: those of every gap, or those alone that have an interval of their own.

    Groups are small, so a rare label is rarer in them. Its error would be most of that of a mean, and hide all others.

    Args:
        aucs: The AUCs.
        *sums: Weights of the AUCs; each of these sums must have an interval.
    """
    enough = aucs.measured & (aucs.fewer_patients() >= FEWEST_OF_A_GAP)
    if worth_of(aucs, aucs.counted, *sums) >= FEWEST_OF_A_GAP or not enough.any():
        return aucs.counted
    return enough


def worth_of(aucs: JointAucs, labels: np.ndarray, *sums: Sequence[float]) -> int:
    """The number of patients of the rarer class that a mean over labels is worth: that of one label as certain as it.

    Where no label has enough patients for a mean, the patients of the rarer class of the label with most of them. Of
    several sums the smallest number.
    """
    fewer = aucs.fewer_patients()[labels] if labels.any() else aucs.fewer_patients()
    if len(fewer) == 1 or fewer.max() < FEWEST_PATIENTS:
        return int(fewer.max())
    degrees = min(aucs.contrast(weights, labels).degrees for weights in sums)
    # A hair's breadth for rounding: degrees of one label are a whole number.
    return int(np.floor(degrees + 1 + 1e-9)) if np.isfinite(degrees) else 0
