"""Membership inference: do synthetic images give away whether an image was in the training set?

An attack gives every candidate a score, higher for members. Candidates are training images (members) and images of
held-out patients (non-members). Further held-out patients are the reference that the scores are calibrated with, so
that images that are near to everything do not look like members.

D. Chen et al., GAN-Leaks, CCS 2020 (distance, calibrated). B. van Breugel et al., Membership inference attacks against
synthetic data through overfitting detection (DOMIAS), AISTATS 2023 (density ratio). N. Carlini et al., Membership
inference attacks from first principles, S&P 2022 (true positives at few false ones).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from medgan_tf.metrics.auc import weighted_auc
from medgan_tf.metrics.bootstrap import Interval, patient_numbers, patient_weights, percentile_interval
from medgan_tf.metrics.neighbours import nearest

FALSE_POSITIVE_RATES = (0.01, 0.001)
# Below this a cosine distance in float64 is rounding.
_SMALLEST_DISTANCE = 1e-12
_ROWS = 512


@dataclass(frozen=True)
class Attack:
    """The strength of an attack: how well it separates members from non-members.

    Attributes:
        auc: Probability that a member scores higher than a non-member; 0.5 is guessing.
        auc_interval: Interval of `auc` over patients.
        true_positives: False-positive rate to the share of members found and its interval over patients; NaN when
            there are too few non-members to have such a rate.
        members, non_members, patients: Candidates, and patients among them.
    """

    auc: float
    auc_interval: Interval
    true_positives: dict[float, tuple[float, Interval]]
    members: int
    non_members: int
    patients: int


def distance_scores(candidates: np.ndarray, synthetic: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """log(d(candidate, nearest reference image) / d(candidate, nearest synthetic image)), float64 [N].

    Args:
        candidates: [N, D].
        synthetic: [M, D].
        reference: [R, D], of other patients than the candidates'.
    """
    near, far = (nearest(candidates, base).distance[:, 0] for base in (synthetic, reference))
    return np.log(np.maximum(far, _SMALLEST_DISTANCE)) - np.log(np.maximum(near, _SMALLEST_DISTANCE))


def density_scores(
    candidates: np.ndarray, synthetic: np.ndarray, reference: np.ndarray, dimensions: int = 16
) -> np.ndarray:
    """log(density of the synthetic images / density of the reference) at each candidate, float64 [N].

    Both densities are Gaussian kernel estimates in the leading principal components of the two sets, whitened. Both
    use half of Scott's bandwidth for the smaller set, so that neither is smoothed more and single images still show.

    Args:
        candidates: [N, D].
        synthetic: [M, D].
        reference: [R, D], of other patients than the candidates'.
        dimensions: Principal components.
    """
    pooled = np.concatenate([_balanced(synthetic, len(reference)), reference]).astype(np.float64)
    centre = pooled.mean(axis=0)
    covariance = (pooled - centre).T @ (pooled - centre) / len(pooled)
    top = [max(0, len(centre) - dimensions), len(centre) - 1]
    variances, axes = scipy.linalg.eigh(covariance, subset_by_index=top)
    kept = variances > variances[-1] * 1e-12
    if not variances[-1] > 0:
        return np.zeros(len(candidates))
    projection = axes[:, kept] / np.sqrt(variances[kept])
    candidates, synthetic, reference = ((part - centre) @ projection for part in (candidates, synthetic, reference))
    size = projection.shape[1]
    width = 0.5 * min(len(synthetic), len(reference)) ** (-1.0 / (size + 4))
    return _log_density(candidates, synthetic, width) - _log_density(candidates, reference, width)


def _balanced(vectors: np.ndarray, count: int) -> np.ndarray:
    """Takes at most `count` rows, evenly spaced."""
    return vectors[np.unique(np.linspace(0, len(vectors) - 1, min(count, len(vectors))).round().astype(int))]


def _log_density(points: np.ndarray, kernels: np.ndarray, width: float) -> np.ndarray:
    parts = []
    for start in range(0, len(points), _ROWS):
        squared = cdist(points[start : start + _ROWS], kernels, "sqeuclidean")
        parts.append(logsumexp(-squared / (2 * width**2), axis=1))
    return np.concatenate(parts) - np.log(len(kernels))


def attack_result(
    members: np.ndarray,
    non_members: np.ndarray,
    patients: np.ndarray,
    seed: int,
    draws: int = 2000,
    level: float = 0.95,
) -> Attack:
    """AUC and true-positive rates of an attack's scores, with intervals over patients.

    Args:
        members: Scores of members, [N].
        non_members: Scores of non-members, [K].
        patients: str [N + K], in this order; images with the empty name count as patients of their own.
        seed, draws: Seed and number of the bootstrap draws.
        level: Coverage of the intervals.
    """
    scores = np.concatenate([members, non_members]).astype(np.float64)
    truth = np.concatenate([np.ones(len(members)), np.zeros(len(non_members))])
    once = np.ones((1, len(scores)))
    rates = [rate for rate in FALSE_POSITIVE_RATES if len(non_members) * rate >= 1]
    auc = float(weighted_auc(truth, scores, once)[0])
    values = true_positive_rates(truth, scores, once, rates)[0]
    aucs, hits = [], []
    for weights in patient_weights(patients, draws, seed):
        aucs.append(weighted_auc(truth, scores, weights))
        hits.append(true_positive_rates(truth, scores, weights, rates))
    hits = np.concatenate(hits)
    nothing = percentile_interval(np.full(2, np.nan), level)
    found = {rate: (float("nan"), nothing) for rate in FALSE_POSITIVE_RATES}
    for number, rate in enumerate(rates):
        found[rate] = (float(values[number]), percentile_interval(hits[:, number], level))
    count = len(np.unique(patient_numbers(patients)))
    interval = percentile_interval(np.concatenate(aucs), level)
    return Attack(auc, interval, found, len(members), len(non_members), count)


def true_positive_rates(
    truth: np.ndarray, scores: np.ndarray, weights: np.ndarray, rates: Sequence[float]
) -> np.ndarray:
    """Largest share of members found at or below each false-positive rate, under each of many weightings.

    Args:
        truth: [N], 1 for members.
        scores: [N].
        weights: [B, N].
        rates: Q false-positive rates.

    Returns:
        [B, Q]; NaN where a weighting leaves no member or no non-member.
    """
    order = np.argsort(-scores, kind="stable")
    # A threshold lies between different scores only.
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    member = truth[order] > 0.5
    weights = np.asarray(weights, np.float64)[:, order]
    true = np.cumsum(np.where(member, weights, 0.0), axis=1)[:, ends]
    false = np.cumsum(np.where(member, 0.0, weights), axis=1)[:, ends]
    result = np.full((len(weights), len(rates)), np.nan)
    defined = (true[:, -1] > 0) & (false[:, -1] > 0)
    for number, rate in enumerate(rates):
        allowed = false <= rate * false[:, -1:] + 1e-9
        best = np.where(allowed, true, 0.0).max(axis=1)
        result[defined, number] = best[defined] / true[defined, -1]
    return result


def patient_means(scores: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Mean score of each patient, [P].

    The mean is used, not the maximum: the maximum of a patient with more images is higher by chance alone.
    """
    numbers = patient_numbers(patients)
    return np.bincount(numbers, weights=scores) / np.bincount(numbers)
