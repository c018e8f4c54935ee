"""The sampling error of AUCs when a patient has several images: Obuchowski's extension of DeLong's method.

The images of a patient are alike, so patients are the units. Each image has a placement value: the share of images of
the other class that it is ranked rightly against, ties counting one half. The variance of an AUC comes from the sums of
placement values by patient, and covariances of AUCs from their cross-products. The AUCs may be of several classifiers,
of several labels, or both, as long as they were measured on the same images.

N. Obuchowski, Nonparametric analysis of clustered ROC curve data, Biometrics 53, 1997, equations 1 to 6.
E. DeLong, D. DeLong, D. Clarke-Pearson, Comparing the areas under two or more correlated ROC curves, Biometrics 44,
1988.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from medgan_tf.metrics.auc import flipped_below_half
from medgan_tf.metrics.bootstrap import patient_numbers


@dataclass(frozen=True)
class ClusteredAucs:
    """K AUCs on the same images, with what is known of their error.

    Attributes:
        values: float64 [K]; NaN for a label with one class.
        covariance: float64 [K, K]; NaN in rows and columns of undefined AUCs, and of those with positives or negatives
            of fewer than two patients.
        positive_patients, negative_patients: int64 [K], patients with at least one such image.
        patients: Number of patients.
        labels: int64 [K], a number for each label. AUCs on the same images and truth are of one label.
    """

    values: np.ndarray
    covariance: np.ndarray
    positive_patients: np.ndarray
    negative_patients: np.ndarray
    patients: int
    labels: np.ndarray

    @property
    def standard_errors(self) -> np.ndarray:
        """float64 [K]."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def fewer_patients(self) -> np.ndarray:
        """Patients of the rarer class, int64 [K]."""
        return np.minimum(self.positive_patients, self.negative_patients)

    def degrees(self, weights: np.ndarray) -> float:
        """Degrees of freedom of the variance of a weighted sum of the AUCs: Satterthwaite's, over labels.

        Args:
            weights: float64 [K]; AUCs of weight 0 do not count.
        """
        used = np.flatnonzero(weights)
        parts = weights[used] ** 2 * np.diag(self.covariance)[used]
        own, labels = np.maximum(self.fewer_patients[used] - 1, 1), self.labels[used]
        # AUCs of one label share their patients, so their parts are added before they are squared.
        _, first, places = np.unique(labels, return_index=True, return_inverse=True)
        squares = float((np.bincount(places, parts) ** 2 / own[first]).sum()) if len(used) else 0.0
        return float(parts.sum()) ** 2 / squares if squares > 0 else float("nan")

    def flipped_below_half(self) -> "ClusteredAucs":
        """The same with 1 - AUC in place of each AUC below 0.5, as the published code reports it."""
        signs = np.where(self.values < 0.5, -1.0, 1.0)
        return replace(
            self, values=flipped_below_half(self.values), covariance=self.covariance * np.outer(signs, signs)
        )


def clustered_aucs(
    truth: np.ndarray, scores: np.ndarray, patients: np.ndarray, used: np.ndarray | None = None
) -> ClusteredAucs:
    """AUCs and their joint covariance.

    Args:
        truth: [N, K] of 0 and 1. One label that K classifiers were tested on stands in K equal columns.
        scores: [N, K], finite.
        patients: str [N]; images with the empty name count as patients of their own.
        used: bool [N, K], the images that each AUC is measured on, e.g. those of one group of patients; None uses all.
            AUCs of different images of the same patients are correlated too.

    Raises:
        ValueError: The shapes differ.
    """
    truth, scores = np.asarray(truth) > 0.5, np.asarray(scores, np.float64)
    shapes = {one.shape for one in (truth, scores, *(() if used is None else (used,)))}
    if len(shapes) > 1 or truth.ndim != 2:
        raise ValueError(f"truth and scores must have one shape [N, K]. Received: {truth.shape} and {scores.shape}")
    groups = patient_numbers(patients)
    count = int(groups.max()) + 1
    if used is None:
        columns = [_patient_sums(truth[:, k], scores[:, k], groups, count) for k in range(truth.shape[1])]
        single = np.asarray(count / max(count - 1, 1))
    else:
        rows = [np.flatnonzero(used[:, k]) for k in range(truth.shape[1])]
        columns = [_patient_sums(truth[row, k], scores[row, k], groups[row], count) for k, row in enumerate(rows)]
        single = _factors(np.array([len(np.unique(groups[row])) for row in rows]))
    values = np.array([column.value for column in columns])
    positive = np.array([column.positive_patients for column in columns])
    negative = np.array([column.negative_patients for column in columns])
    above = np.stack([column.positives for column in columns], axis=1)
    below = np.stack([column.negatives for column in columns], axis=1)
    # Each patient's share of the AUC's error, from positives and from negatives, with the correction for few patients.
    covariance = (
        _factors(positive) * (above.T @ above)
        + _factors(negative) * (below.T @ below)
        + single * (above.T @ below + below.T @ above)
    )
    undefined = ~np.isfinite(values) | (positive < 2) | (negative < 2)
    covariance[undefined] = covariance[:, undefined] = np.nan
    numbers: dict[bytes, int] = {}
    named = truth.T if used is None else np.where(used, truth, 2).astype(np.uint8).T
    labels = np.array([numbers.setdefault(column.tobytes(), len(numbers)) for column in named], np.int64)
    return ClusteredAucs(values, covariance, positive, negative, count, labels)


def _factors(patients: np.ndarray) -> np.ndarray:
    """I / (I - 1) for the patients [K] of one class; of two AUCs, the geometric mean of theirs: [K, K]."""
    single = np.sqrt(patients / np.maximum(patients - 1, 1))
    return np.outer(single, single)


@dataclass(frozen=True)
class _PatientSums:
    """Of one AUC: sums over each patient's images of placement value minus AUC, divided by the images of that class."""

    value: float
    positives: np.ndarray
    negatives: np.ndarray
    positive_patients: int
    negative_patients: int


def _patient_sums(truth: np.ndarray, scores: np.ndarray, groups: np.ndarray, count: int) -> _PatientSums:
    positives, negatives = int(truth.sum()), int((~truth).sum())
    both = (int(np.count_nonzero(np.bincount(groups[chosen], minlength=1))) for chosen in (truth, ~truth))
    positive_patients, negative_patients = both
    if not positives or not negatives:
        return _PatientSums(float("nan"), np.zeros(count), np.zeros(count), positive_patients, negative_patients)
    placement = placement_values(truth, scores)
    value = float(placement[truth].mean())
    share = np.where(truth, (placement - value) / positives, 0.0)
    other = np.where(truth, 0.0, (placement - value) / negatives)
    above, below = (np.bincount(groups, weights, minlength=count) for weights in (share, other))
    return _PatientSums(value, above, below, positive_patients, negative_patients)


def placement_values(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """For each image [N], the share of images of the other class that its score is ranked rightly against.

    A tie counts one half.
    """
    placement = np.empty(len(scores))
    placement[truth] = _share_below(scores[~truth], scores[truth])
    placement[~truth] = 1 - _share_below(scores[truth], scores[~truth])
    return placement


def _share_below(others: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of `others` below each value, ties counting one half."""
    ordered = np.sort(others)
    twice = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return twice / (2 * len(others))


@dataclass(frozen=True)
class AucInterval:
    """An interval of one AUC over patients.

    Attributes:
        low, high: Its ends; NaN where there are too few patients.
        how: `logit t`; `exact bound` for an AUC of 1 or 0, of which only one side is bounded; `too few` else.
        positive_patients, negative_patients: Patients with such an image.
    """

    low: float
    high: float
    how: str
    positive_patients: int
    negative_patients: int


FEWEST_PATIENTS = 5
"""Patients of the rarer class below which there is no interval; docs/statistics.md has the coverage at each number."""
EXTREME = 0.9
"""AUCs above this, or below its complement, also have a score limit towards 0.5."""


def auc_interval(aucs: ClusteredAucs, k: int, level: float = 0.95, fewest: int = FEWEST_PATIENTS) -> AucInterval:
    """The interval of the k-th AUC; none with fewer patients of the rarer class than `fewest`.

    - Student's t on the logit scale, with the patients of the rarer class less one.
    - Near 0 and 1 the estimated error is too small when patients are few. The limit towards 0.5 is then the farther of
      the one above and of `score_limits`, with patients as the units.
    - An AUC of exactly 1 (or 0) has no estimated error. Its score limit is used or, if it is farther, the exact bound
      for P patients of the rarer class: that all were ranked rightly has at most the chance AUC^P.
    """
    value, error = float(aucs.values[k]), float(aucs.standard_errors[k])
    positive, negative = int(aucs.positive_patients[k]), int(aucs.negative_patients[k])
    fewer = min(positive, negative)
    if not np.isfinite(value) or fewer < max(fewest, 2):
        return AucInterval(float("nan"), float("nan"), "too few", positive, negative)
    score = score_limits(value, positive, negative, level)
    if value in (0.0, 1.0) or not error > 0:
        bound = (1 - level) ** (1 / fewer)
        low, high = (min(bound, score[0]), 1.0) if value >= 0.5 else (0.0, max(1 - bound, score[1]))
        return AucInterval(low, high, "exact bound", positive, negative)
    half = float(-special.stdtrit(fewer - 1, (1 - level) / 2)) * error / (value * (1 - value))
    centre = np.log(value / (1 - value))
    low, high = (float(1 / (1 + np.exp(-(centre + side * half)))) for side in (-1, 1))
    low = min(low, score[0]) if value > EXTREME else low
    high = max(high, score[1]) if value < 1 - EXTREME else high
    return AucInterval(low, high, "logit t", positive, negative)


def score_limits(value: float, positives: int, negatives: int, level: float = 0.95) -> tuple[float, float]:
    """Limits at which the AUC differs from `value` by z standard errors, those of the limit itself.

    Newcombe's method 5: the error of an AUC of exponential scores with groups of m and n (Hanley and McNeil 1982), with
    the mean group size in both places. R. Newcombe, Statistics in Medicine 25, 2006, part 2.
    """
    z = float(-special.ndtri((1 - level) / 2))
    others = (positives + negatives) / 2 - 1

    def error(a: float) -> float:
        spread = 1 + others * (1 - a) / (2 - a) + others * a / (1 + a)
        return float(np.sqrt(max(a * (1 - a) * spread, 0.0) / (positives * negatives)))

    def crossing(side: int, end: float) -> float:
        # At the value the difference is 0 and at the end the error is: the crossing lies between.
        nearest = value + side * 1e-9
        if (nearest - end) * side >= 0:
            return end
        return float(optimize.brentq(lambda a: side * (a - value) - z * error(a), nearest, end))

    return crossing(-1, 0.0), crossing(1, 1.0)
