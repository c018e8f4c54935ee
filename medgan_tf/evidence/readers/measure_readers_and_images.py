"""Would other readers, like these, tell other images, like these, better than by guessing?

The paper's test takes the images of the study as fixed. Images that look real to everyone, or synthetic to everyone,
then count as a finding about the readers. Here readers and images are both samples, see
`medgan_tf.metrics.readers_and_cases`. It needs the single answers.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medgan_tf.evidence.readers.answers import Answer
from medgan_tf.evidence.readers.measure_roc import rating
from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.metrics.readers_and_cases import ABOVE, BELOW, OPEN, ReadersAndCases, mean_over_readers, over_readers

CHANCE = 0.5
METHOD = (
    "readers and images are both samples: Obuchowski and Rockette (1995) with jackknife over the images of each kind, "
    "against a constant; variance (MS(R) + J max(Cov2, 0)) / J, degrees of freedom of Hillis (2014, section 5); two "
    "one-sided tests against 0.5 at half of the level each; equivalence: two one-sided tests (TOST) at the level"
)


@dataclass(frozen=True)
class ReadersAndImages:
    """Scores against 0.5, for readers and images like these.

    Attributes:
        readers: Number of readers.
        images: Number of images of each kind.
        mean: Mean score.
        interval: Its interval, confidence 1 - level, cut to 0..1.
        standard_error, degrees: Of the mean, and of its t distribution.
        reader_square, covariance: MS(R) and Cov2.
        level: Significance level of both directions together, and of equivalence.
        margin: Half-width of the zone around 0.5 that counts as equivalent.
        below_p, above_p: One-sided p-values; each is held against half of the level.
        equivalence_p: The larger p-value of the tests against both ends of the zone (Schuirmann 1987). Interval and
            p-values are NaN with too few readers or images, because their error would be larger than they say.
        finding: `above`, `below`, `open`, `few readers`, `few images` or `undefined`.
        equivalent: Whether the mean is shown to lie within the zone.
    """

    readers: int
    images: dict[str, int]
    mean: float
    interval: tuple[float, float]
    standard_error: float
    degrees: float
    reader_square: float
    covariance: float
    level: float
    margin: float
    below_p: float
    above_p: float
    equivalence_p: float
    finding: str
    equivalent: bool

    @property
    def decides(self) -> bool:
        """Whether there are enough readers and images, with some spread."""
        return self.finding in (ABOVE, BELOW, OPEN)

    def to_json(self) -> dict[str, Any]:
        """All numbers, and the method in words."""
        return asdict(self) | {"method": METHOD}


def against_chance_beyond(
    answers: Sequence[Answer], truth: dict[str, str], level: float, margin: float
) -> ReadersAndImages | None:
    """Tests the scores of readers who all answered the same images.

    Args:
        answers: One answer of each reader to each image.
        truth: Image to real or synthetic.
        level: Significance level.
        margin: Half-width of the zone of equivalence.

    Returns:
        The tests; None with fewer than two images of a kind.
    """
    table = {(answer.reader, answer.image): answer for answer in answers}
    readers, images = _names(answers)
    right = [[table[reader, image].answer == truth[image] for image in images] for reader in readers]
    kinds = [truth[image] for image in images]
    count = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    if len(count) < 2 or min(count.values()) < 2:
        return None
    found = mean_over_readers(np.array(right, float), np.array(kinds))
    fewer = min(count.values())
    finding = found.finding(CHANCE, level, fewer)
    p_values = (found.p_below(CHANCE), found.p_above(CHANCE), found.p_within(CHANCE - margin, CHANCE + margin))
    below_p, above_p, equivalence_p = p_values if finding in (ABOVE, BELOW, OPEN) else (math.nan,) * 3
    return ReadersAndImages(
        readers=found.readers,
        images=count,
        mean=found.mean,
        interval=_interval(found, level, fewer),
        standard_error=found.standard_error,
        degrees=found.degrees,
        reader_square=found.reader_square,
        covariance=found.covariance,
        level=level,
        margin=margin,
        below_p=below_p,
        above_p=above_p,
        equivalence_p=equivalence_p,
        finding=finding,
        equivalent=found.equivalent(CHANCE, margin, level, fewer),
    )


def area_beyond(answers: Sequence[Answer], truth: dict[str, str], level: float) -> dict[str, Any]:
    """The mean area under the readers' ROC curves, for readers and images like these.

    Args:
        answers: One answer with a confidence of each reader to each image, of both kinds.
        truth: Image to real or synthetic.
        level: The interval has the confidence 1 - level.

    Returns:
        `interval`, cut to 0..1; `standard_error`, `degrees`, `reader_square`, `covariance`; and `finding` against an
        area of 0.5, as in `ReadersAndImages`.
    """
    rated = {(one.reader, one.image): rating(one.answer, one.confidence) for one in answers}
    readers, images = _names(answers)
    ratings = np.array([[rated[reader, image] for reader in readers] for image in images], float)
    synthetic = np.array([[truth[image] == "synthetic"] for image in images], float)
    aucs = clustered_aucs(np.repeat(synthetic, len(readers), axis=1), ratings, np.array(images))
    found = over_readers(aucs.values, aucs.covariance)
    fewer = int(min(synthetic.sum(), (1 - synthetic).sum()))
    return {
        "interval": _interval(found, level, fewer),
        "standard_error": found.standard_error,
        "degrees": found.degrees,
        "reader_square": found.reader_square,
        "covariance": found.covariance,
        "finding": found.finding(CHANCE, level, fewer),
    }


def _names(answers: Sequence[Answer]) -> tuple[list[str], list[str]]:
    """Readers and images, in order."""
    return sorted({answer.reader for answer in answers}), sorted({answer.image for answer in answers})


def _interval(found: ReadersAndCases, level: float, images: int) -> tuple[float, float]:
    """The interval, cut to 0..1; NaN with too few readers or images."""
    if found.finding(CHANCE, level, images) not in (ABOVE, BELOW, OPEN):
        return math.nan, math.nan
    low, high = found.interval(1 - level)
    return max(0.0, low), min(1.0, high)
