"""What a question of the audit finds, before it is judged.

A question measures a quantity and can give a limit of it at any confidence. Whether a row holds, is broken or stays
undecided depends on the number of rows of the whole audit. So it is decided afterwards, for all rows together, in
`verdicts.judge`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgan_tf.evidence.privacy.settings import Threshold

OneSided = Callable[[float], tuple[float, float]]
"""Function from a confidence c, 0.5..1, to (lower, upper): the truth is above `lower` with confidence c, and below
`upper` with confidence c. Each is a limit on one side. NaN where there is no limit."""


@dataclass(frozen=True)
class Finding:
    """A measured quantity, to be compared with a limit.

    Attributes:
        name: The name of the row, a key of `questions.QUESTIONS` with perhaps a level: `copies`, `distance patient`.
        value: The quantity; NaN where it is undefined.
        limits: Its one-sided limits, see `OneSided`.
        threshold: The limit that it is compared with, and the reason for that.
        words: What was found, with n.
        missing: Without a decision: what would bring it, e.g. "299 released images and 299 held-out ones; there are
            120 and 80". "" where nobody can say.
        larger_is_worse: False for the power of a search, which is too small when it is below its limit. Such a row
            tests the audit, not the release: it is never broken, but undecided, since a weak search shows no leak.
        smallest_plausible: Without any leak the quantity is not smaller than this. One that is shown to be smaller,
            such as an AUC far below 0.5, is no pass but a sign of wrong inputs: the row stays undecided and says so.
            None where small values are no sign of anything.
        doubt: A reason why a small value shows nothing, so that the limit cannot be said to hold: the control may have
            been trained on. "" where there is none.
    """

    name: str
    value: float
    limits: OneSided
    threshold: Threshold
    words: str
    missing: str = ""
    larger_is_worse: bool = True
    smallest_plausible: float | None = None
    doubt: str = ""


@dataclass(frozen=True)
class Census:
    """A count over everything that would be released. It needs no interval: any other number than 0 is broken.

    Attributes:
        name: As for `Finding`.
        count: What was found.
        of: Out of how many.
        words: What was found, in words.
    """

    name: str
    count: int
    of: int
    words: str


@dataclass(frozen=True)
class Unanswered:
    """A question without an answer; `reason` says why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Remark:
    """Something that a reader has to know and that no limit judges. `warns` makes it a caution."""

    name: str
    words: str
    value: float = float("nan")
    warns: bool = True


Row = Finding | Census | Unanswered | Remark


@dataclass
class Answer:
    """What one part of the audit found.

    Attributes:
        rows: To be judged, in the order in which they are shown.
        figures: JSON values for `privacy.json`, by their key there. Keys of two parts differ.
        notes: Sentences for the end of the result.
        combinations: Columns for the table by label combination: combination to column to value.
        pictures: Pictures beside `privacy.json`: file name to a function that draws the picture at a path. It returns
            False where there is nothing to show.
    """

    rows: list[Row] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    combinations: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, Callable[[Path], bool]] = field(default_factory=dict)
