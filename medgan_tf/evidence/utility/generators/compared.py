"""The gaps of several generators side by side, and the differences of pairs on the same test patients."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.evidence.comparison import Comparison, PairDifference, RankedQuantity
from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.evidence.utility.external_seeds import foreign_sentences
from medgan_tf.evidence.utility.gap_view import OLDER, GapView, gap_of, view_of
from medgan_tf.evidence.utility.generators.measure_pair import gap_difference
from medgan_tf.evidence.utility.generators.stored import StoredPredictions
from medgan_tf.evidence.utility.section_card import as_published
from medgan_tf.evidence.utility.verdict import (
    BELOW,
    BETTER,
    EQUIVALENT,
    ONE_TRAINING,
    OPEN,
    TOO_FEW,
    UNDEFINED,
    WORSE,
)
from medgan_tf.presentation.blocks import Cell, Interval

SPEAKS_FOR = "other trainings and other patients"
_HEAD = ("seeds", "AUC real", "AUC synthetic", "gap", "sd over seeds", "95 % interval of the gap", "finding on the gap",
         "90 % interval against the margin")  # fmt: skip
_BRIEF = ("seeds", "AUC synthetic", "gap", "95 % interval of the gap", "finding on the gap")
_NOT_MEASURED = "not measured"
_FINDINGS = {
    EQUIVALENT: "equivalent within {:g}",
    BETTER: "better than real by more than {:g}",
    WORSE: "worse by more than {:g}",
    OPEN: "not decided at {:g}",
    ONE_TRAINING: "not decided: one training",
    TOO_FEW: "not decided: too few test patients",
    UNDEFINED: "not decided: the trainings do not differ",
    OLDER: "not decided: measured by an earlier version",
}


def compared(results: Results) -> Comparison:
    """The gap of each generator with its interval and verdict, and the differences of all pairs."""
    views = [view_of(gan) for gan in results.gans]
    stored = StoredPredictions()
    pairs = [_pair(results, *places, stored) for places in results.pairs]
    remarks = as_published([view for view in views if view])
    for gan in results.gans:
        remarks += [f"{gan.title}: {sentence}" for sentence in foreign_sentences(gap_of(gan) or {})]
    rows = [_cells(gan, view) for gan, view in zip(results.gans, views, strict=True)]
    return Comparison(_HEAD, rows, _BRIEF, [RankedQuantity("gap", True, SPEAKS_FOR, pairs)], remarks)


def _cells(gan: GanResults, view: GapView | None) -> list[Cell]:
    if view is None:
        return [len(gan.runs), _NOT_MEASURED, "", _NOT_MEASURED, "", "", _NOT_MEASURED, ""]
    mean, several = view.mean, len(view.seeds) > 1
    sd = mean.sd if several else "one seed"
    margin_interval = view.margin_interval if several and view.finding != OLDER else ""
    return [len(view.seeds), mean.real, mean.synthetic, mean.gap, sd, mean.interval, _finding(view), margin_interval]


def _finding(view: GapView) -> str:
    if view.finding == OPEN and view.against == BELOW:
        return f"not worse by more than {view.margin:g}"
    return _FINDINGS[view.finding].format(view.margin)


def _pair(results: Results, one: int, other: int, stored: StoredPredictions) -> PairDifference:
    """The difference of two gaps over the seeds that both have; a pair that cannot be compared says why."""
    gans = results.gans[one], results.gans[other]
    gaps = [gap_of(gan) for gan in gans]
    reason = _NOT_MEASURED if None in gaps else _incomparable(gaps)
    if reason:
        return PairDifference(one, other, reason=reason, comparable=False)
    seeds = [seed for seed in gaps[0]["seeds"] if seed in gaps[1]["seeds"]]
    try:
        scores = [stored.pair(gans, gaps, seed) for seed in seeds]
    except DataError as error:
        return PairDifference(one, other, reason=str(error), comparable=False)
    found = gap_difference(scores, gaps[0].get("original_code", []))
    ends = Interval(found.low, found.high)
    return PairDifference(one, other, found.value, ends, found.p_smaller, found.p_larger, found.reason)


def _incomparable(gaps: Sequence[dict[str, Any]]) -> str:
    """Why two gaps have nothing in common; "" where they have."""
    first, second = gaps
    if "verdict" not in first or "verdict" not in second:
        return "measured by an earlier version"
    if first.get("original_code", []) != second.get("original_code", []):
        return "measured with other switches of original_code"
    if first["label_names"] != second["label_names"]:
        return "measured for other findings"
    return "" if set(first["seeds"]) & set(second["seeds"]) else "measured with no seed in common"
