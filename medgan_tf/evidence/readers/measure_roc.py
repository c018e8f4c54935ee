"""Separation of synthetic from real images by confidences: ROC curves, areas and their intervals."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.metrics import roc_curve
from statsmodels.stats.weightstats import DescrStatsW

from medgan_tf.evidence.readers.answers import Answer


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


def ratings_of(answers: Iterable[Answer], truth: dict[str, str]) -> tuple[list[int], list[int]] | None:
    """Ratings of the synthetic and of the real images.

    Args:
        answers: Answers of one reader.
        truth: Image to real or synthetic.

    Returns:
        Both lists; None unless every answer has a confidence and both kinds occur.
    """
    sides: dict[str, list[int]] = {"real": [], "synthetic": []}
    for answer in answers:
        if answer.confidence is None:
            return None
        sides[truth[answer.image]].append(rating(answer.answer, answer.confidence))
    return (sides["synthetic"], sides["real"]) if all(sides.values()) else None


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


@dataclass(frozen=True)
class StudyRoc:
    """ROC over readers.

    Attributes:
        readers: Number of readers with ratings.
        mean_area, sd: Mean and standard deviation (n - 1) of the readers' areas; sd is NaN for one reader.
        interval: Interval of the mean for these images only, by Student's t over readers, cut to 0..1; NaN for one
            reader or equal areas. `measure_readers_and_images.area_beyond` has the one for images like these.
        pooled_curve: Curve of all answers together.
        curves: Reader to curve.
    """

    readers: int
    mean_area: float
    sd: float
    interval: tuple[float, float]
    pooled_curve: list[tuple[float, float]]
    curves: dict[str, list[tuple[float, float]]]


def roc_over_readers(ratings: dict[str, tuple[list[int], list[int]]], level: float = 0.05) -> StudyRoc:
    """Areas and curves of several readers.

    Args:
        ratings: Reader to ratings of synthetic and of real images; at least one reader.
        level: The interval has the confidence 1 - level.
    """
    areas = [roc_area(*sides, level).area for sides in ratings.values()]
    interval = (math.nan, math.nan)
    if len(set(areas)) > 1:
        low, high = DescrStatsW(areas).tconfint_mean(level)
        interval = (max(0.0, float(low)), min(1.0, float(high)))
    pooled = [[value for sides in ratings.values() for value in sides[kind]] for kind in (0, 1)]
    return StudyRoc(
        readers=len(areas),
        mean_area=float(np.mean(areas)),
        sd=float(np.std(areas, ddof=1)) if len(areas) > 1 else math.nan,
        interval=interval,
        pooled_curve=roc_points(*pooled),
        curves={reader: roc_points(*sides) for reader, sides in ratings.items()},
    )
