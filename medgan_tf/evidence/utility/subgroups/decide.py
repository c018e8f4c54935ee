"""Findings on groups: gaps against the margin, and whether a difference between groups was widened.

Every group and every pair of groups is a further chance to find something by accident. So the p-values of all groups
of a table are corrected together by Holm's method, those of all pairs too, for each kind of finding. Then in at most
5 % of studies one of the findings of a kind is wrong, however many groups there are.
"""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.utility.estimates.seed_contrast import SeedContrast
from medgan_tf.evidence.utility.verdict import (
    ALPHA,
    BETTER,
    EQUIVALENT,
    ONE_TRAINING,
    OPEN,
    TOO_FEW,
    UNDEFINED,
    WORSE,
    against_margin,
)
from medgan_tf.metrics.group_tests import holm

WIDENED, NARROWED, WITHIN = "widened", "narrowed", "below margin"
SHOWN, REFUTED, UNDECIDED = "shown", "refuted", "undecided"
ANSWERS = {WIDENED: SHOWN, NARROWED: REFUTED, WITHIN: REFUTED}
"""Does training on synthetic images widen the difference? Any other finding leaves it undecided."""


def gap_tests(contrast: SeedContrast, margin: float) -> dict[str, Any]:
    """The p-values of a group's gap against the margin: worse, equivalent, better; see `verdict.gap_verdict`."""
    mean, undecided = contrast.over_both, _undecided(contrast)
    tests = {
        WORSE: mean.p_above(margin),
        EQUIVALENT: max(mean.p_below(margin), mean.p_above(-margin)),
        BETTER: mean.p_below(-margin),
    }
    return _entry(contrast, undecided, tests)


def change_tests(change: SeedContrast, total: SeedContrast, margin: float) -> dict[str, Any]:
    """The p-values of a change of the difference D between two groups, from D(real) to D(synthetic).

    |D| grows where change and sum, D(synthetic) - D(real) and D(synthetic) + D(real), have the same sign, and shrinks
    where they have different ones. Both signs must be shown (an intersection-union test; Berger 1982); there are two
    ways to have them, so the p-value counts twice. D grows by less than the margin where the change itself lies within
    it (two one-sided tests; Schuirmann 1987).

    Args:
        change: D(synthetic) - D(real).
        total: D(synthetic) + D(real).
        margin: The largest change that does not matter, above 0.
    """
    first, second = change.over_both, total.over_both
    up, down = first.p_above(0.0), first.p_below(0.0)
    positive, negative = second.p_above(0.0), second.p_below(0.0)
    tests = {
        WIDENED: min(1.0, 2 * min(max(up, positive), max(down, negative))),
        NARROWED: min(1.0, 2 * min(max(up, negative), max(down, positive))),
        WITHIN: max(first.p_below(margin), first.p_above(-margin)),
    }
    return _entry(change, _undecided(change), tests)


def _undecided(contrast: SeedContrast) -> str:
    """Why nothing can be decided; "" where something can."""
    if len(contrast.values) < 2:
        return ONE_TRAINING
    if not contrast.enough_for_a_verdict:
        return TOO_FEW
    return UNDEFINED if against_margin(contrast.over_both, 1.0)[0] == UNDEFINED else ""


def _entry(contrast: SeedContrast, undecided: str, tests: dict[str, float]) -> dict[str, Any]:
    p = {name: float("nan") if undecided else value for name, value in tests.items()}
    return {"finding": undecided or OPEN, "p": p, "fewest_patients": contrast.fewest_of_a_verdict}


def gap_findings(verdicts: Sequence[dict[str, Any]]) -> None:
    """Corrects the p-values of all groups together, and writes each group's finding into its verdict."""
    _corrected(verdicts, (WORSE, EQUIVALENT, BETTER))


def change_findings(verdicts: Sequence[dict[str, Any]]) -> None:
    """The same for all pairs of groups, with the answer to the question whether the difference was widened."""
    _corrected(verdicts, (WIDENED, NARROWED, WITHIN))
    for verdict in verdicts:
        verdict["answer"] = ANSWERS.get(verdict["finding"], UNDECIDED)
        verdict["within_margin"] = bool(verdict["p_holm"][WITHIN] <= ALPHA)


def _corrected(verdicts: Sequence[dict[str, Any]], kinds: Sequence[str]) -> None:
    """The first kind that is shown is the finding: one that is worth knowing comes before one that comforts."""
    for verdict in verdicts:
        verdict["p_holm"] = {}
    for kind in kinds:
        for verdict, p in zip(verdicts, holm([one["p"][kind] for one in verdicts]), strict=True):
            verdict["p_holm"][kind] = float(p)
    for verdict in verdicts:
        shown = [kind for kind in kinds if verdict["p_holm"][kind] <= ALPHA]
        verdict["finding"] = shown[0] if shown else verdict["finding"]
