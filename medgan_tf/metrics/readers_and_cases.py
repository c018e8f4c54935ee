"""Readers and images as two samples: the mean score of readers who all looked at the same images.

A test over readers alone takes the images of a study for all images, and its finding holds for these images only. Here
the variance of the mean over J readers is (MS(R) + J max(Cov2, 0)) / J: MS(R) is the mean square over readers, and Cov2
the mean covariance of two readers' scores over images. The degrees of freedom are Hillis's.

N. Obuchowski, H. Rockette, Communications in Statistics - Simulation 24, 1995. S. Hillis, Statistics in Medicine 33,
2014, section 5 (one modality against a constant). Simulated error rates: docs/statistics.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

FEWEST_READERS, FEWEST_IMAGES = 5, 20
"""Readers, and images of each kind, from which on there is a finding. With fewer, the error is above what it should be:
with 3 readers 95 % intervals cover as little as 92 %. docs/statistics.md has the rates."""
ABOVE, BELOW, OPEN, FEW_READERS, FEW_IMAGES, UNDEFINED = (
    "above", "below", "open", "few readers", "few images", "undefined"
)  # fmt: skip


@dataclass(frozen=True)
class ReadersAndCases:
    """The mean score over readers, for readers and images like these.

    Attributes:
        mean: Mean over readers.
        readers: Number of readers J.
        reader_square: MS(R), variance of the scores over readers.
        covariance: Cov2, mean covariance of two readers over images; below 0 it counts as 0.
        standard_error: Of the mean.
        degrees: Degrees of freedom of its t distribution; NaN for fewer than two readers.
    """

    mean: float
    readers: int
    reader_square: float
    covariance: float
    standard_error: float
    degrees: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided interval of the mean; NaN where it is undefined."""
        half = special.stdtrit(self.degrees, (1 + level) / 2) * self.standard_error
        return float(self.mean - half), float(self.mean + half)

    def p_above(self, value: float) -> float:
        """One-sided p-value of "the true mean is at most `value`"."""
        return float(special.stdtr(self.degrees, (value - self.mean) / self.standard_error))

    def p_below(self, value: float) -> float:
        """One-sided p-value of "the true mean is at least `value`"."""
        return float(special.stdtr(self.degrees, (self.mean - value) / self.standard_error))

    def p_within(self, low: float, high: float) -> float:
        """The p-value of equivalence: the larger of the tests against both ends (Schuirmann 1987)."""
        return max(self.p_above(low), self.p_below(high))

    def finding(self, value: float, level: float, images: int) -> str:
        """What is shown of the true mean and a constant, with an error of `level` in both directions together.

        Args:
            value: The constant, e.g. 0.5 for guessing.
            level: Each of the two one-sided tests has half of it.
            images: Images of the rarer kind.

        Returns:
            `above`, `below`, `open`; `few readers`, `few images`; or `undefined` without any spread.
        """
        if self.readers < FEWEST_READERS:
            return FEW_READERS
        if images < FEWEST_IMAGES:
            return FEW_IMAGES
        if not np.isfinite(self.standard_error):
            return UNDEFINED
        above, below = self.p_above(value) < level / 2, self.p_below(value) < level / 2
        return ABOVE if above else BELOW if below else OPEN

    def equivalent(self, value: float, margin: float, level: float, images: int) -> bool:
        """Whether the true mean is shown to be within `margin` of a constant; never where there is no `finding`."""
        decides = self.finding(value, level, images) in (ABOVE, BELOW, OPEN)
        return bool(decides and self.p_within(value - margin, value + margin) < level)


def mean_over_readers(right: np.ndarray, kinds: np.ndarray) -> ReadersAndCases:
    """The score of each reader is the mean over kinds of the share of right answers, so guessing gives 0.5.

    Args:
        right: [J, N], 1 for a right answer, 0 for a wrong one, NaN for none.
        kinds: [N], the kind of each image, e.g. "real" and "synthetic". The images of a kind are a sample of their own.

    Raises:
        ValueError: The shapes differ, or a reader has fewer than two answers of a kind.
    """
    right, kinds = np.asarray(right, np.float64), np.asarray(kinds)
    if right.ndim != 2 or right.shape[1:] != kinds.shape:
        raise ValueError(f"expected [J, N] answers and N kinds. Received: {right.shape} and {kinds.shape}")
    names = np.unique(kinds)
    parts = [right[:, kinds == name] for name in names]
    if any((np.isfinite(part).sum(axis=1) < 2).any() for part in parts):
        raise ValueError("expected at least two answers of every reader for each kind of image")
    scores = np.mean([np.nanmean(part, axis=1) for part in parts], axis=0)
    return over_readers(scores, sum(_covariance_of_means(part) for part in parts) / len(names) ** 2)


def over_readers(scores: np.ndarray, covariance: np.ndarray) -> ReadersAndCases:
    """The mean of one value for each reader, e.g. scores or AUCs.

    Args:
        scores: [J].
        covariance: [J, J], their covariance over images, given the readers. Of its diagonal nothing is used.

    Raises:
        ValueError: The shapes differ.
    """
    scores, covariance = np.asarray(scores, np.float64), np.asarray(covariance, np.float64)
    readers = len(scores)
    if covariance.shape != (readers, readers) or not readers:
        raise ValueError(f"expected J scores and their covariance [J, J]. Received: {scores.shape}, {covariance.shape}")
    if readers < 2:
        nan = float("nan")
        return ReadersAndCases(float(scores.mean()), readers, nan, nan, nan, nan)
    square = float(scores.var(ddof=1))
    shared = float((covariance.sum() - np.trace(covariance)) / (readers * (readers - 1)))
    total = square + readers * float(np.maximum(shared, 0.0))
    # Without any spread there is no t distribution; every p-value and limit is then NaN.
    degrees = total**2 / (square**2 / (readers - 1)) if square > 0 else float("inf" if total > 0 else "nan")
    error = float(np.sqrt(total / readers)) if total > 0 else float("nan")
    return ReadersAndCases(float(scores.mean()), readers, square, shared, error, float(degrees))


def _covariance_of_means(right: np.ndarray) -> np.ndarray:
    """Covariance [J, J] over images of the readers' shares of right answers: the jackknife's, which is exact for means.

    Of two readers, the images that both have answered count.
    """
    answered = np.isfinite(right)
    centred = np.where(answered, right - np.nanmean(right, axis=1, keepdims=True), 0.0)
    both = answered.astype(float) @ answered.T.astype(float)
    counts = np.diag(both)
    # n_both / (n_j n_l) times the covariance of single answers; 1 / n where all are shared.
    return centred @ centred.T / np.maximum(both - 1, 1) * both / np.outer(counts, counts)
