"""A room's part of the comparison of generators: cells side by side, and the differences of pairs that can be ranked.

A room's `section.py` may offer `comparison(results) -> Comparison`. The report puts the cells of all rooms side by
side, corrects the p-values of all pairs of the page together, and gives ranks as intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from medgan_tf.presentation.blocks import Cell, Interval


@dataclass(frozen=True)
class PairDifference:
    """The difference between two generators in one quantity.

    Attributes:
        first, second: Their places in `Results.gans`.
        value: Quantity of the first less that of the second; None where it is not known.
        interval: Its 95 % interval, of this pair alone.
        p_smaller, p_larger: One-sided p-values, small when the first is shown to have the smaller, or the larger value.
            None where nothing can be shown.
        reason: Why nothing can be shown, where this is so.
        comparable: Whether the two were measured in the same way. Those that were not are not ranked against each
            other.
    """

    first: int
    second: int
    value: float | None = None
    interval: Interval = field(default_factory=lambda: Interval(None, None))
    p_smaller: float | None = None
    p_larger: float | None = None
    reason: str = ""
    comparable: bool = True


@dataclass(frozen=True)
class RankedQuantity:
    """A quantity by which generators are ranked.

    Attributes:
        title: Its name, e.g. `gap`.
        smaller_is_better: Which values are good.
        speaks_for: What its differences speak for, e.g. `other trainings and other patients`.
        pairs: The pairs that were compared; others have nothing in common.
    """

    title: str
    smaller_is_better: bool
    speaks_for: str
    pairs: Sequence[PairDifference]


@dataclass(frozen=True)
class Comparison:
    """A room's part of the comparison.

    Attributes:
        head: Column titles; none occurs twice.
        rows: Cells, one row for each of `Results.gans`.
        brief: Those of the columns that also stand in the table of all questions.
        ranked: The quantities by which generators are ranked. Without any, the room's cells are shown and not ranked.
        remarks: Remarks on the numbers, a sentence each.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    brief: Sequence[str] = ()
    ranked: Sequence[RankedQuantity] = ()
    remarks: Sequence[str] = ()
