"""Search for patients with a verifier: scores of pairs of images, the threshold, matches, and how good the verifier is.

The score of two images is twice the cosine of their descriptions, less how alike each is to a cohort of other patients:
the mean of its largest cosines with them. Without this, images that are like everybody would match everybody. A.
Conneau et al., Word translation without parallel data, ICLR 2018 (cross-domain similarity local scaling). The same is
done for voices: R. Auckenthaler et al., Score normalization for text-independent speaker verification, 2000.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.auc import auc, weighted_auc
from medgan_tf.metrics.bootstrap import patient_numbers

_NEIGHBOURS = 10
_ROWS = 256
_MOST_GROUPS = 200


@dataclass(frozen=True)
class Described:
    """Images as a verifier sees them.

    Attributes:
        vectors: float32 [N, E], of length 1.
        typical: float32 [N], how alike each is to the cohort.
    """

    vectors: np.ndarray
    typical: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: np.ndarray) -> "Described":
        """Some of the images."""
        return Described(self.vectors[rows], self.typical[rows])


def described(vectors: np.ndarray, cohort: np.ndarray) -> Described:
    """Images beside a cohort of other patients.

    Args:
        vectors: [N, E], of length 1.
        cohort: [C, E], of length 1.
    """
    count, typical = min(_NEIGHBOURS, len(cohort)), np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _ROWS):
        cosines = vectors[start : start + _ROWS] @ cohort.T
        typical[start : start + _ROWS] = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    return Described(vectors, typical)


def scores(first: Described, second: Described) -> np.ndarray:
    """The scores of N pairs, [N]."""
    return 2 * (first.vectors * second.vectors).sum(axis=1) - first.typical - second.typical


def _all_scores(queries: Described, real: Described) -> Iterator[tuple[int, np.ndarray]]:
    """Row of the first query and scores [b, N] with all real images, in parts."""
    for start in range(0, len(queries), _ROWS):
        part = queries.take(slice(start, start + _ROWS))
        yield start, 2 * part.vectors @ real.vectors.T - part.typical[:, None] - real.typical


def score_exceeded_by(count: int, queries: Described, real: Described) -> float:
    """The score that at most `count` of all pairs of a query and a real image exceed."""
    kept = np.zeros(0, np.float32)
    for _, found in _all_scores(queries, real):
        kept = np.concatenate([kept, found.ravel()])
        if len(kept) > count + 1:
            kept = np.partition(kept, -(count + 1))[-(count + 1) :]
    return float(kept.min()) if len(kept) > count else -np.inf


@dataclass(frozen=True)
class Search:
    """Released images among real ones.

    Attributes:
        matches: float64 [N], matches of each real image; images of a patient that match one query share the match.
        best: float64 [M], the highest score of each query.
        row: int64 [M], the real image that has it.
    """

    matches: np.ndarray
    best: np.ndarray
    row: np.ndarray


def search_patients(queries: Described, real: Described, patients: np.ndarray, threshold: float) -> Search:
    """Counts how often each real image scores above the threshold.

    Args:
        queries: M images.
        real: N images.
        patients: str [N].
        threshold: Score above which two images match.
    """
    numbers = patient_numbers(patients)
    matches, best, row = np.zeros(len(real)), np.empty(len(queries)), np.empty(len(queries), np.int64)
    for start, found in _all_scores(queries, real):
        part = slice(start, start + len(found))
        row[part] = found.argmax(axis=1)
        best[part] = found.max(axis=1)
        query, image = np.nonzero(found > threshold)
        _, pair, together = np.unique(
            query * (numbers.max() + 1) + numbers[image], return_inverse=True, return_counts=True
        )
        np.add.at(matches, image, 1 / together[pair])
    return Search(matches, best, row)


@dataclass(frozen=True)
class PairAuc:
    """How well a verifier tells pairs of one patient from pairs of two.

    Attributes:
        value: The AUC: 0.5 is guessing.
        error: Its standard error over patients, on the logit scale.
        same, different: Pairs.
        patients: Patients with a pair of their own.
    """

    value: float
    error: float
    same: int
    different: int
    patients: int

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits: Student's t on the logit scale, with the patients less one."""
        if not np.isfinite(self.error):
            return float("nan"), float("nan")
        centre = np.log(self.value / (1 - self.value))
        half = float(stats.t.ppf(confidence, self.patients - 1)) * self.error
        low, high = (float(1 / (1 + np.exp(-(centre + side * half)))) for side in (-1, 1))
        return low, high


def pair_auc(
    same: np.ndarray, different: np.ndarray, same_patients: np.ndarray, different_patients: np.ndarray
) -> PairAuc:
    """The AUC of scores of pairs, with the error from leaving out patients (jackknife).

    A pair of two patients is left out with either of them. That counts its variance twice, so the error is a little too
    large rather than too small. An AUC of 0 or 1 is moved by half a pair, so that it has a logit.

    Args:
        same: Scores of pairs of one patient, [S].
        different: Scores of pairs of two patients, [D].
        same_patients: Number of the patient of each pair, [S].
        different_patients: Numbers of both patients, [D, 2].
    """
    truth = np.concatenate([np.ones(len(same)), np.zeros(len(different))])
    values, count = np.concatenate([same, different]), len(np.unique(same_patients))
    found = auc(truth, values)
    half_a_pair = 0.5 / max(len(same) * len(different), 1)
    nearest = float(np.clip(found, half_a_pair, 1 - half_a_pair))
    if count < 3 or not np.isfinite(found):
        return PairAuc(found, float("nan"), len(same), len(different), count)
    _, own = np.unique(np.concatenate([same_patients, different_patients.ravel()]), return_inverse=True)
    groups = min(own.max() + 1, _MOST_GROUPS)
    own = own % groups
    first, both = own[: len(same)], own[len(same) :].reshape(-1, 2)
    weights = np.array([np.concatenate([first != g, (both != g).all(axis=1)]) for g in range(groups)], float)
    left = np.clip(weighted_auc(truth, values, weights), half_a_pair, 1 - half_a_pair)
    logits = np.log(left / (1 - left))
    error = float(np.sqrt((groups - 1) / groups * ((logits - logits.mean()) ** 2).sum()))
    # Scores that rank all pairs rightly have no spread: one pair of each patient that is wrong half the time.
    least = 1 / np.sqrt(count * 0.5 * 0.5) if found in (0.0, 1.0) else 0.0
    return PairAuc(nearest, max(error, least), len(same), len(different), count)
