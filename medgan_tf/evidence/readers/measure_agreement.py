"""Do readers agree with each other, and with themselves?"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.inter_rater import fleiss_kappa

from medgan_tf.evidence.readers.answers import Answer
from medgan_tf.metrics.streams import stream

RESAMPLES = 2000


@dataclass(frozen=True)
class Kappa:
    """Fleiss' kappa of the answers real and synthetic (Fleiss 1971).

    Attributes:
        kappa: 1 for full agreement, 0 for that of chance; NaN with one reader or when all answers are the same.
        interval: Percentiles of `RESAMPLES` bootstrap samples of images; NaN where kappa is.
        agreement: Mean share of pairs of readers that give the same answer; NaN with one reader.
    """

    kappa: float
    interval: tuple[float, float]
    agreement: float


def reader_agreement(votes: Sequence[int], readers: int, seed: int, level: float = 0.05) -> Kappa:
    """Agreement between readers.

    Args:
        votes: Number of readers who called each image synthetic.
        readers: Number of readers.
        seed: Seed of the bootstrap.
        level: The interval has the confidence 1 - level.
    """
    nan = math.nan
    if readers < 2:
        return Kappa(nan, (nan, nan), nan)
    called = np.asarray(votes)
    table = np.stack([called, readers - called], axis=1)
    same = (table * (table - 1)).sum(axis=1) / (readers * (readers - 1))
    agreement = float(same.mean())
    if table.sum(axis=0).min() == 0:
        return Kappa(nan, (nan, nan), agreement)
    random = stream(seed, "bootstrap over the images of a reader study")
    drawn = (table[random.integers(len(table), size=len(table))] for _ in range(RESAMPLES))
    # A sample in which all answers are the same has no kappa.
    kappas = [fleiss_kappa(sample) for sample in drawn if sample.sum(axis=0).min()]
    low, high = np.quantile(kappas, [level / 2, 1 - level / 2])
    return Kappa(float(fleiss_kappa(table)), (float(low), float(high)), agreement)


@dataclass(frozen=True)
class Consistency:
    """How often a reader answered a repeated image as the first time.

    Attributes:
        same: Number of repeated images with the same answer.
        repeated: Number of repeated images.
        share: same / repeated; NaN without repeated images.
        interval: Clopper-Pearson; NaN without repeated images.
    """

    same: int
    repeated: int
    share: float
    interval: tuple[float, float]


def consistency(answers: Iterable[Answer], repeats: dict[str, str], level: float = 0.05) -> Consistency:
    """Consistency over all answers given; of one reader or of several.

    Args:
        answers: Answers to all images.
        repeats: Second showing to first showing.
        level: The interval has the confidence 1 - level.
    """
    given = {(answer.reader, answer.image): answer.answer for answer in answers}
    pairs = [
        (given[reader, first], answer)
        for (reader, image), answer in given.items()
        if (first := repeats.get(image)) is not None
    ]
    same = sum(first == second for first, second in pairs)
    if not pairs:
        return Consistency(0, 0, math.nan, (math.nan, math.nan))
    interval = stats.binomtest(same, len(pairs)).proportion_ci(1 - level)
    return Consistency(same, len(pairs), same / len(pairs), (float(interval.low), float(interval.high)))
