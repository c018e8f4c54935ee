"""Do answers get better with time spent or with practice? Within each reader, then over readers."""

import collections
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from medgan_tf.evidence.readers.answers import Answer
from medgan_tf.evidence.readers.measure_chance import CHANCE
from medgan_tf.evidence.readers.measure_signed_rank import signed_rank


@dataclass(frozen=True)
class Trend:
    """Whether right answers come with larger values (more seconds, later in the order) than wrong ones.

    Attributes:
        by_reader: P(value of a right answer > value of a wrong one) of each reader, ties count half; 0.5 is no
            effect. Readers whose answers are all right or all wrong, or whose values are unknown, are left out.
        mean: Mean over readers; None without any.
        two_sided: Exact signed-rank test of `by_reader` against 0.5; None without any.
    """

    by_reader: dict[str, float]
    mean: float | None
    two_sided: float | None


def trend(
    answers: Iterable[Answer], truth: dict[str, str], value: Callable[[Answer], float | None], zeros: str = "drop"
) -> Trend:
    """The trend of being right with a value of the answers.

    Args:
        answers: Answers of all readers.
        truth: Image to real or synthetic.
        value: E.g. the seconds of an answer, or None where unknown.
        zeros: Handling of zeros, see `signed_rank`.
    """
    sides: dict[str, tuple[list[float], list[float]]] = collections.defaultdict(lambda: ([], []))
    for answer in answers:
        number = value(answer)
        if number is not None:
            sides[answer.reader][answer.answer == truth[answer.image]].append(number)
    shares = {reader: share_above(right, wrong) for reader, (wrong, right) in sorted(sides.items()) if right and wrong}
    if not shares:
        return Trend({}, None, None)
    test = signed_rank([share - CHANCE for share in shares.values()], zeros)
    mean = float(sum(shares.values()) / len(shares))
    return Trend({reader: float(share) for reader, share in shares.items()}, mean, test.two_sided)


def share_above(upper: Sequence[float], lower: Sequence[float]) -> Fraction:
    """P(a value of `upper` > one of `lower`), ties count half, exact (the Mann-Whitney statistic over its maximum)."""
    pairs = np.subtract.outer(np.asarray(upper, float), np.asarray(lower, float))
    doubled = 2 * int(np.count_nonzero(pairs > 0)) + int(np.count_nonzero(pairs == 0))
    return Fraction(doubled, 2 * pairs.size)


@dataclass(frozen=True)
class Pace:
    """Seconds per image of a reader.

    Attributes:
        median: Median seconds of all answers; None where unknown.
        total: Sum of all seconds; None where unknown.
    """

    median: float | None
    total: float | None


def pace(answers: Iterable[Answer]) -> Pace:
    """The time that a reader took."""
    seconds = [answer.seconds for answer in answers if answer.seconds is not None]
    return Pace(statistics.median(seconds), sum(seconds)) if seconds else Pace(None, None)


def halves(answers: Iterable[Answer], truth: dict[str, str]) -> tuple[Fraction | None, Fraction | None]:
    """Accuracy in the first and the second half of a reader's order; None where the positions are unknown."""
    placed = sorted((answer for answer in answers if answer.position is not None), key=lambda answer: answer.position)
    if len(placed) < 2:
        return None, None
    middle = len(placed) // 2
    parts = (placed[:middle], placed[middle:])
    first, second = (
        Fraction(sum(answer.answer == truth[answer.image] for answer in part), len(part)) for part in parts
    )
    return first, second
