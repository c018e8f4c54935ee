"""Area under the ROC curve and average precision, per label; undefined stays undefined.

An AUC below 0.5 is reported as it is. A label that is always or never positive has no AUC: NaN, which
`mean_over_labels` counts instead of hiding. (The paper's published code turned the first into 1 - AUC, see
`flipped_below_half`, and dropped the second.)
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score


@dataclass(frozen=True)
class LabelMean:
    """A mean over labels.

    Attributes:
        value: Mean over the labels that have a value; NaN if none has.
        defined: Number of labels that have one.
        labels: Number of labels.
    """

    value: float
    defined: int
    labels: int


def auc(truth: np.ndarray, scores: np.ndarray) -> float:
    """Probability that a positive scores higher than a negative, ties counting one half.

    Args:
        truth: [N] of 0 and 1.
        scores: [N], any finite numbers.

    Returns:
        0..1, or NaN when there is only one class.

    Raises:
        ValueError: The shapes differ or a score is not finite.
    """
    truth, scores = _checked(truth[:, None] if np.ndim(truth) == 1 else truth, scores)
    return float(weighted_auc(truth[:, 0], scores[:, 0], np.ones((1, len(truth))))[0])


def auc_per_label(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """`auc` of each label: truth and scores [N, L] to [L]."""
    truth, scores = _checked(truth, scores)
    once = np.ones((1, len(truth)))
    return np.array([weighted_auc(truth[:, k], scores[:, k], once)[0] for k in range(truth.shape[1])])


def weighted_auc(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The AUC under each of many weightings of the same examples, as a bootstrap needs them.

    The Mann-Whitney form: sum over pairs of w+ w- [s+ > s-] + 1/2 [s+ = s-], divided by (sum w+)(sum w-).

    Args:
        truth: [N] of 0 and 1.
        scores: [N].
        weights: [B, N], not negative.

    Returns:
        [B]; NaN where a weighting leaves only one class.
    """
    order = np.argsort(scores, kind="stable")
    positive = truth[order] > 0.5
    # Last position of each run of equal scores.
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    weights = np.asarray(weights, np.float64)[:, order]
    up_to = np.cumsum(np.where(positive, 0.0, weights), axis=1)[:, ends]
    negatives = np.diff(up_to, axis=1, prepend=0.0)
    positives = np.diff(np.cumsum(np.where(positive, weights, 0.0), axis=1)[:, ends], axis=1, prepend=0.0)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    won = (positives * (up_to - negatives / 2)).sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def average_precision_per_label(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Average precision of each label (scikit-learn's): [N, L] to [L]; NaN without a positive or without a negative."""
    truth, scores = _checked(truth, scores)
    values = np.full(truth.shape[1], np.nan)
    for k in np.flatnonzero((truth.min(axis=0) < 0.5) & (truth.max(axis=0) > 0.5)):
        values[k] = average_precision_score(truth[:, k], scores[:, k])
    return values


def flipped_below_half(values: np.ndarray) -> np.ndarray:
    """AUCs of any shape with those below 0.5 replaced by 1 - AUC, as in the paper's published code; NaN stays.

    It hides classifiers that rank the wrong way round, and lifts chance: for comparison with the paper's numbers only.
    """
    values = np.asarray(values, np.float64)
    return np.where(values < 0.5, 1 - values, values)


def mean_over_labels(values: np.ndarray) -> LabelMean:
    """The mean of the defined values [L], and how many there are."""
    values = np.asarray(values, np.float64)
    defined = values[np.isfinite(values)]
    return LabelMean(float(defined.mean()) if len(defined) else float("nan"), len(defined), len(values))


def _checked(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, scores = np.asarray(truth, np.float64), np.asarray(scores, np.float64)
    if scores.ndim == 1:
        scores = scores[:, None]
    if truth.shape != scores.shape or truth.ndim != 2 or not len(truth):
        raise ValueError(f"truth and scores must have one shape [N, L]. Received: {truth.shape} and {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite. Received: NaN or infinity")
    return truth, scores
