"""Loss increases under masks, and how alike two classifiers' maps of them are.

P. Schwab, W. Karlen, CXPlain, NeurIPS 2019 (the method of the paper's S.7).
"""

import numpy as np
from scipy.stats import rankdata

FLOOR = 1e-7
"""Increases below this, and probabilities nearer to 0 or 1 than this, count as this (the paper's published code)."""

PROBABILITY_ROUNDING = 2e-6
"""Difference of two ways to compute one probability in float32, e.g. with other masks in the batch."""


def flat_below(before: np.ndarray, truth: np.ndarray, share: float) -> np.ndarray:
    """The loss increase of each label, [L], up to which a map says nothing.

    It is the larger of `share` of the loss of the unmasked image, and what rounding of the probability alone makes of
    the loss.

    Args:
        before: [L], probabilities of the unmasked image.
        truth: [L] of 0 and 1.
        share: Share of the loss.
    """
    clipped = np.clip(np.asarray(before, np.float64), FLOOR, 1 - FLOOR)
    right = np.where(np.asarray(truth) > 0.5, clipped, 1 - clipped)
    return np.maximum(share * -np.log(right), PROBABILITY_ROUNDING / right)


def loss_increase(before: np.ndarray, after: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Increase of the binary cross-entropy of each label under each mask, not floored.

    Args:
        before: [L], probabilities of the unmasked image.
        after: [n, n, L], under each mask.
        truth: [L] of 0 and 1.

    Returns:
        float64 [n, n, L].
    """
    return _cross_entropy(after, truth) - _cross_entropy(before, truth)


def _cross_entropy(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    clipped = np.clip(np.asarray(probabilities, np.float64), FLOOR, 1 - FLOOR)
    return -np.where(np.asarray(truth) > 0.5, np.log(clipped), np.log1p(-clipped))


def importance_map(increase: np.ndarray, label: int | None = None) -> np.ndarray:
    """The map of one label, or of all by the mean over labels: [n, n, L] to [n, n], floored, with sum 1."""
    chosen = increase.mean(axis=2) if label is None else increase[:, :, label]
    floored = np.maximum(chosen, FLOOR)
    return floored / floored.sum()


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation of two maps; NaN where one is constant."""
    ranks = [rankdata(part.ravel()) - (part.size + 1) / 2 for part in (first, second)]
    lengths = [np.sqrt(np.square(part).sum()) for part in ranks]
    if min(lengths) == 0:
        return float("nan")
    return float(ranks[0] @ ranks[1] / (lengths[0] * lengths[1]))


def partial_rank_correlation(first: np.ndarray, second: np.ndarray, given: np.ndarray) -> float:
    """Spearman's rank correlation of two maps after the ranks of a third have been regressed out of both.

    NaN where one is constant, or is explained by the third without rest.
    """
    pair, one, other = (rank_correlation(*both) for both in ((first, second), (first, given), (second, given)))
    rest = (1 - one**2) * (1 - other**2)
    return (pair - one * other) / float(np.sqrt(rest)) if rest > 1e-12 else float("nan")


def top_overlap(first: np.ndarray, second: np.ndarray, share: float) -> float:
    """Share of the most important cells of one map that are among those of the other, 0..1.

    Args:
        first, second: Maps of one shape.
        share: Share of the cells that counts as most important; at least one cell. Equal values: earlier cells first.
    """
    count = max(1, round(share * first.size))
    tops = [set(np.argsort(-part.ravel(), kind="stable")[:count].tolist()) for part in (first, second)]
    return len(tops[0] & tops[1]) / count
