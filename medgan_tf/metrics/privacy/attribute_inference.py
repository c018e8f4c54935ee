"""Attribute inference: does a release tell something of a patient that the other patients do not tell already?

The attacker knows a part of a record and guesses the rest. What is right for everybody is no leak: a release may teach
that a finding comes with another. So the success on training patients is compared with that on control patients who
were not trained on (M. Giomi et al., A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023).
And each success is taken minus that of the same attack with records of other patients in place of the release (T.
Stadler et al., Synthetic data - anonymisation groundhog day, USENIX Security 2022: the gain over a baseline without the
release). What differs between training and control patients for other reasons cancels.
"""

import numpy as np
from scipy import stats

from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.one_sided import Limits


def guess_one_label(targets: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Probability of guessing each label of a record from its other labels.

    The attacker looks up the rows of a table that agree best with the known labels, and says what a random one of them
    has. What most of them have would be right a little more often, but where votes are nearly equal it would depend on
    single rows of the table, for all patients at once.

    Args:
        targets: [N, L] of 0 and 1.
        table: [M, L] of 0 and 1, M > 0.

    Returns:
        float64 [N, L], 0..1.
    """
    unique, inverse = np.unique(np.asarray(targets).astype(np.int8), axis=0, return_inverse=True)
    vectors, weights = np.unique(np.asarray(table).astype(np.int8), axis=0, return_counts=True)
    # The label comes first: then each step below goes through memory in order.
    different = unique.T[:, :, None] != vectors.T[:, None, :]
    distances = different.sum(axis=0, dtype=np.int16)
    success = np.empty(unique.shape)
    for label, wrong in enumerate(different):
        others = distances - wrong
        nearest = others == others.min(axis=1, keepdims=True)
        votes, against = nearest @ weights.astype(np.float64), (nearest & wrong) @ weights.astype(np.float64)
        success[:, label] = 1 - against / votes
    return success[inverse.ravel()]


def guess_group(labels: np.ndarray, groups: np.ndarray, asked: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Probability of guessing a record's group from its labels: that of a random record with the same labels, or with
    the nearest ones where nobody has the same.

    Args:
        labels: [M, L] of 0 and 1, M > 0.
        groups: str [M].
        asked: [N, L], labels of the records.
        truth: str [N], their groups.

    Returns:
        float64 [N], 0..1.
    """
    names, numbers = np.unique(np.concatenate([groups, truth]).astype(str), return_inverse=True)
    numbers = numbers.ravel()
    vectors, rows = np.unique(np.asarray(labels).astype(np.int8), axis=0, return_inverse=True)
    counts = np.zeros((len(vectors), len(names)))
    np.add.at(counts, (rows.ravel(), numbers[: len(groups)]), 1)
    unique, inverse = np.unique(np.asarray(asked).astype(np.int8), axis=0, return_inverse=True)
    distances = np.abs(unique[:, None, :] - vectors[None]).sum(axis=2)
    votes = (distances == distances.min(axis=1, keepdims=True)) @ counts
    shares = votes / votes.sum(axis=1, keepdims=True)
    return shares[inverse.ravel(), numbers[len(groups) :]]


def predict_groups(features: np.ndarray, groups: np.ndarray, others: np.ndarray, penalty: float = 0.1) -> np.ndarray:
    """Groups of images by ridge regression on one column for each group, learnt from other images.

    Args:
        features: [N, D], of images whose groups are known.
        groups: str [N].
        others: [M, D].
        penalty: Weight of the squared coefficients, per image, for features of standard deviation 1.

    Returns:
        object [M].
    """
    names, numbers = np.unique(groups.astype(str), return_inverse=True)
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-6 * max(float(scale.max()), 1e-12), scale, np.inf)
    known, asked = ((part.astype(np.float64) - centre) / scale for part in (features, others))
    columns = np.eye(len(names))[numbers.ravel()]
    mean, weight = columns.mean(axis=0), penalty * len(known)
    if len(known) < known.shape[1]:
        # The same weights from the scalar products of the images, which are fewer than the dimensions.
        weights = known.T @ np.linalg.solve(known @ known.T + weight * np.eye(len(known)), columns - mean)
    else:
        weights = np.linalg.solve(known.T @ known + weight * np.eye(known.shape[1]), known.T @ (columns - mean))
    return names[(asked @ weights + mean).argmax(axis=1)].astype(object)


def patient_gains(gains: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Mean gain of each patient, float64 [P]; images with the empty name count as patients."""
    numbers = patient_numbers(patients)
    return np.bincount(numbers, weights=gains) / np.bincount(numbers)


def mean_difference(first: np.ndarray, second: np.ndarray) -> tuple[float, Limits]:
    """The mean of one group minus that of another, with limits on one side.

    Welch's t, but never narrower than what is known of values that were not seen: of n equal values, a share of up to
    1 - (1 - c)^(1/n) may be others, with confidence c (Clopper and Pearson), and differ by up to 1.

    Args:
        first, second: [P] and [Q] independent values, each -1..1; at least two of each.

    Raises:
        ValueError: There are fewer.
    """
    counts = len(first), len(second)
    if min(counts) < 2:
        raise ValueError(f"expected two values or more in each group. Received: {counts[0]} and {counts[1]}")
    parts = [float(np.var(one, ddof=1)) / len(one) for one in (first, second)]
    value, variance = float(np.mean(first) - np.mean(second)), sum(parts)
    spread = sum(part**2 / (count - 1) for part, count in zip(parts, counts, strict=True))
    freedom = variance**2 / spread if spread else min(counts) - 1

    def limits(confidence: float) -> tuple[float, float]:
        unseen = sum(1 - (1 - confidence) ** (1 / count) for count in counts)
        half = max(float(stats.t.ppf(confidence, freedom)) * variance**0.5, unseen)
        return value - half, value + half

    return value, limits
