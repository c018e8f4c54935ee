"""How well confidences separate synthetic from real images: ROC curves, areas and their intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.metrics import roc_curve


@dataclass(frozen=True)
class RocArea:
    """Area under a ROC curve; synthetic is the positive class.

    Attributes:
        area: P(a synthetic image is rated above a real one), ties count half; 0.5 for guessing.
        error: Standard error over images (DeLong et al. 1988); NaN with fewer than two images of a kind.
        interval: area +- the normal quantile times error, cut to 0..1; NaN where error is 0 or NaN, because a perfect
            separation of few images says nothing about its spread.
    """

    area: float
    error: float
    interval: tuple[float, float]


def rating(answer: str, confidence: int) -> int:
    """An answer with its confidence as one scale: -5 (certainly real) to 5 (certainly synthetic), without 0."""
    return confidence if answer == "synthetic" else -confidence


def roc_area(synthetic: Sequence[float], real: Sequence[float], level: float = 0.05) -> RocArea:
    """The area for the ratings of synthetic and of real images.

    Args:
        synthetic: M ratings.
        real: N ratings.
        level: The interval has the confidence 1 - level.

    Raises:
        ValueError: One of them is empty.
    """
    positive, negative = np.asarray(synthetic, float), np.asarray(real, float)
    if not positive.size or not negative.size:
        raise ValueError("a ROC curve needs ratings of both kinds")
    # Placements: the share of the other kind that each image is rated above. Whole numbers of halves, so exact.
    above = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    area = float(above.mean())
    if min(positive.size, negative.size) < 2:
        return RocArea(area, math.nan, (math.nan, math.nan))
    variance = above.mean(axis=1).var(ddof=1) / positive.size + above.mean(axis=0).var(ddof=1) / negative.size
    error = math.sqrt(variance)
    if error == 0:
        return RocArea(area, error, (math.nan, math.nan))
    reach = float(stats.norm.isf(level / 2)) * error
    return RocArea(area, error, (max(0.0, area - reach), min(1.0, area + reach)))


def roc_points(synthetic: Sequence[float], real: Sequence[float]) -> list[tuple[float, float]]:
    """The curve: (share of real images called synthetic, share of synthetic images called synthetic)."""
    truth = np.r_[np.ones(len(synthetic)), np.zeros(len(real))]
    false_rate, true_rate, _ = roc_curve(truth, np.r_[synthetic, real], drop_intermediate=False)
    return [(float(x), float(y)) for x, y in zip(false_rate, true_rate, strict=True)]
