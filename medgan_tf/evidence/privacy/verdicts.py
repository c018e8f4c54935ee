"""Decides all rows of a privacy audit together: each limit holds, is broken, or stays undecided.

A limit *holds* when the upper one-sided limit of the quantity, at the level of the audit, is within it. All rows must
hold for the audit to hold. That is an intersection-union test (R. L. Berger, Technometrics 24, 1982): the probability
that all rows hold although one limit is exceeded is at most 1 - level, without any correction for the number of rows.

A limit is *broken* when the lower one-sided limit is beyond it. One broken row breaks the audit. That is a union, so
each of the K rows is judged at 1 - (1 - level) / K (Bonferroni): without a leak any row is broken in at most 1 - level
of the audits.

In between it is *undecided*: the images are too few to say.

A row about the power of a search tests the audit, not the release. A search that is shown to be too weak shows no leak:
the row is undecided, and does not count among the K.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medgan_tf.evidence.privacy.answers import Census, Finding, Remark, Row, Unanswered
from medgan_tf.evidence.privacy.questions import question
from medgan_tf.evidence.privacy.settings import Threshold

HOLDS, BROKEN, UNDECIDED, CAUTION, NOTED, NOT_RUN = "holds", "broken", "undecided", "caution", "noted", "not run"
STATES = (HOLDS, BROKEN, UNDECIDED, CAUTION, NOTED, NOT_RUN)
_SMALLEST_P = 1e-9
_STEPS = 40


@dataclass(frozen=True)
class Verdict:
    """One row of the audit.

    Attributes:
        name: Short, for programs.
        status: One of `STATES`.
        words: The finding in words, with n, or why there is none.
        value: The figure that counts; NaN if there is none.
        interval: One-sided limits (lower, upper) at the level of the audit, or None.
        lower_corrected: For a judged row: its limit on the safe side at 1 - (1 - level) / K, against which `broken` is
            decided; for the power of a search, which is never broken, the upper one.
        p_broken: One-sided p-value of the hypothesis that the limit is kept: broken when below (1 - level) / K. A
            report over several audits compares it with less. NaN for a row that cannot be broken.
        p_holds: One-sided p-value of the hypothesis that the limit is exceeded: holds when at most 1 - level.
        threshold: The limit that it was compared with, or None.
        missing: For an undecided row: what would decide it.
        count, of: For a census: what was found, out of how many.
    """

    name: str
    status: str
    words: str
    value: float = math.nan
    interval: tuple[float, float] | None = None
    lower_corrected: float = math.nan
    p_broken: float = math.nan
    p_holds: float = math.nan
    threshold: Threshold | None = None
    missing: str = ""
    count: int | None = None
    of: int | None = None

    @property
    def judged(self) -> bool:
        """Whether the row counts for the gate."""
        return self.status in (HOLDS, BROKEN, UNDECIDED)

    def describe(self) -> dict[str, Any]:
        """The verdict as JSON values, for result files."""
        threshold = self.threshold
        return {
            "name": self.name,
            "kind": question(self.name).kind,
            "question": question(self.name).words,
            "status": self.status,
            "words": self.words,
            "value": self.value,
            "interval": self.interval,
            "lower_corrected": self.lower_corrected,
            "p_broken": self.p_broken,
            "p_holds": self.p_holds,
            "limit": threshold.limit if threshold else None,
            "reason": threshold.reason if threshold else None,
            "missing": self.missing,
            "count": self.count,
            "of": self.of,
        }


def judge(rows: Sequence[Row], level: float = 0.95) -> list[Verdict]:
    """The verdicts of all rows of one audit, in their order.

    Args:
        rows: What the parts of the audit found.
        level: Confidence of "all limits hold", and 1 minus the error of "a limit is broken", 0.5..1.
    """
    corrected = 1 - (1 - level) / max(1, compared(rows, level))
    return [_verdict(row, level, corrected) for row in rows]


def compared(rows: Sequence[Row], level: float) -> int:
    """K, the number of rows that have a limit at `level` and can be broken.

    A census has no error by chance and does not count; the power of a search is never broken.
    """
    findings = [row for row in rows if isinstance(row, Finding) and row.larger_is_worse]
    return sum(any(map(math.isfinite, row.limits(level))) for row in findings)


def _verdict(row: Row, level: float, corrected: float) -> Verdict:
    match row:
        case Finding():
            return _judged(row, level, corrected)
        case Census():
            status = BROKEN if row.count else HOLDS
            return Verdict(row.name, status, row.words, float(row.count), count=row.count, of=row.of)
        case Unanswered():
            return Verdict(row.name, NOT_RUN, row.reason)
        case Remark():
            return Verdict(row.name, CAUTION if row.warns else NOTED, row.words, row.value)


def _judged(row: Finding, level: float, corrected: float) -> Verdict:
    sign, limit = (1 if row.larger_is_worse else -1), row.threshold.limit
    ends = row.limits(level)
    # Turned round where smaller is worse: `safe` is the limit that must be beyond, `far` the one that must be within.
    safe = row.limits(corrected)[0 if sign > 0 else 1]
    far = ends[1 if sign > 0 else 0]
    words, missing, status = row.words, "", UNDECIDED
    if math.isfinite(row.value) and sign * safe > sign * limit and row.larger_is_worse:
        status = BROKEN
    elif strange := _strange(row, corrected):
        words, missing = f"{strange}; {row.words}", strange
    elif row.doubt:
        words, missing = f"{row.words}; undecided at best: {row.doubt}", row.doubt
    elif math.isfinite(row.value) and sign * far <= sign * limit:
        status = HOLDS
    else:
        missing = row.missing or _nobody_knows(row.value, ends)
    interval = ends if any(map(math.isfinite, ends)) else None
    p_broken = _smallest(lambda p: row.limits(1 - p)[0] > limit) if row.larger_is_worse else math.nan
    p_holds = 1.0
    if not row.doubt:
        p_holds = _smallest(lambda p: sign * row.limits(1 - p)[1 if sign > 0 else 0] <= sign * limit)
    return Verdict(row.name, status, words, row.value, interval, safe, p_broken, p_holds, row.threshold, missing)


def _strange(row: Finding, corrected: float) -> str:
    """A sentence about a value that is shown to be smaller than is plausible, or ""."""
    smallest = row.smallest_plausible
    if smallest is None or not row.limits(corrected)[1] < smallest:
        return ""
    return (
        f"{row.value:.3f} is less than chance would give ({smallest:g} or more): the inputs look wrong, for example "
        "training and held-out images swapped, or held-out images that were used for training; check the folders"
    )


def _nobody_knows(value: float, ends: tuple[float, float]) -> str:
    if not math.isfinite(value):
        return "a value: the images are too few or too alike to measure it"
    if not all(map(math.isfinite, ends)):
        return "limits of the value: the images or patients are too few for them"
    return "more patients or more released images, which make the interval narrower"


def _smallest(decided: Any) -> float:
    """The smallest error p, 1e-9..0.5, at which `decided(p)` is true; 1 where it is not true at 0.5.

    Limits become wider with the confidence, so that the answer changes once. It is found by bisection of log p.
    """
    if not decided(0.5):
        return 1.0
    if decided(_SMALLEST_P):
        return _SMALLEST_P
    low, high = math.log(_SMALLEST_P), math.log(0.5)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if decided(math.exp(middle)) else (middle, high)
    return math.exp(high)
