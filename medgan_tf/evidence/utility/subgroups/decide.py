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

WIDENED, NARROWED, WITHIN, UNEQUAL = "widened", "narrowed", "below margin", "unequal"
SHOWN, REFUTED, UNDECIDED = "shown", "refuted", "undecided"
ANSWERS = {WIDENED: SHOWN, NARROWED: REFUTED, WITHIN: REFUTED}
"""Does training on synthetic images widen the difference? Any other finding leaves it undecided."""


def gap_tests(contrast: SeedContrast, worth: int, margin: float) -> dict[str, Any]:
    """The p-values of a group's gap against the margin: worse, equivalent, better; see `verdict.gap_verdict`.

    Args:
        contrast: The gap.
        worth: Patients that it counts as, see `group_aucs.worth_of`.
        margin: The largest gap that does not matter, above 0.
    """
    above, below = contrast.over_both.p_above(margin), contrast.over_both.p_below(-margin)
    # Of the same limit, the p-values of both sides add up to 1.
    tests = {WORSE: above, EQUIVALENT: max(1 - above, 1 - below), BETTER: below}
    return _entry(contrast, worth, tests)


def change_tests(change: SeedContrast, total: SeedContrast, worth: int, margin: float) -> dict[str, Any]:
    """The p-values of a change of the difference D between two groups, from D(real) to D(synthetic).

    |D| grows where change and sum, D(synthetic) - D(real) and D(synthetic) + D(real), have the same sign, and shrinks
    where they have different ones. Both signs must be shown (an intersection-union test; Berger 1982); there are two
    ways to have them, so the p-value counts twice. D grows by less than the margin where the change itself lies within
    it (two one-sided tests; Schuirmann 1987). A change that is not 0 says that one of the groups loses more by
    synthetic training, whether |D| grows or not.

    Args:
        change: D(synthetic) - D(real).
        total: D(synthetic) + D(real).
        worth: Patients that the smaller group counts as.
        margin: The largest change that does not matter, above 0.
    """
    first, second = change.over_both, total.over_both
    up, positive = first.p_above(0.0), second.p_above(0.0)
    down, negative = 1 - up, 1 - positive
    tests = {
        WIDENED: min(1.0, 2 * min(max(up, positive), max(down, negative))),
        NARROWED: min(1.0, 2 * min(max(up, negative), max(down, positive))),
        WITHIN: max(first.p_below(margin), first.p_above(-margin)),
        UNEQUAL: 2 * min(up, down),
    }
    return _entry(change, worth, tests)


def _undecided(contrast: SeedContrast, worth: int) -> str:
    """Why nothing can be decided; "" where something can."""
    if len(contrast.values) < 2:
        return ONE_TRAINING
    if worth < contrast.fewest_of_a_verdict:
        return TOO_FEW
    return UNDEFINED if against_margin(contrast.over_both, 1.0)[0] == UNDEFINED else ""


def _entry(contrast: SeedContrast, worth: int, tests: dict[str, float]) -> dict[str, Any]:
    undecided = _undecided(contrast, worth)
    p = {name: float("nan") if undecided else value for name, value in tests.items()}
    missing = contrast.fewest_of_a_verdict - worth if undecided == TOO_FEW else 0
    return {"finding": undecided or OPEN, "p": p, "missing_patients": missing}


def gap_findings(verdicts: Sequence[dict[str, Any]]) -> None:
    """Corrects the p-values of all groups together, and writes each group's finding into its verdict."""
    _corrected(verdicts, (WORSE, EQUIVALENT, BETTER))


def change_findings(pairs: Sequence[dict[str, Any]]) -> None:
    """The same for all pairs of groups, with the answer to the question whether the difference was widened.

    Args:
        pairs: Entries with `groups` (two names), `change` and `verdict`, which gets `answer`, `within_margin` and
            `loses_more` (the group whose gap is shown to be larger than the other's, or None).
    """
    _corrected([pair["verdict"] for pair in pairs], (WIDENED, NARROWED, WITHIN), UNEQUAL)
    for pair in pairs:
        verdict = pair["verdict"]
        verdict["answer"] = ANSWERS.get(verdict["finding"], UNDECIDED)
        verdict["within_margin"] = bool(verdict["p_holm"][WITHIN] <= ALPHA)
        first, second = pair["groups"]
        more = second if pair["change"]["mean"] > 0 else first
        verdict["loses_more"] = more if verdict["p_holm"][UNEQUAL] <= ALPHA else None


def _corrected(verdicts: Sequence[dict[str, Any]], kinds: Sequence[str], *others: str) -> None:
    """The first kind that is shown is the finding: one that is worth knowing comes before one that comforts."""
    for verdict in verdicts:
        verdict["p_holm"] = {}
    for kind in (*kinds, *others):
        for verdict, p in zip(verdicts, holm([one["p"][kind] for one in verdicts]), strict=True):
            verdict["p_holm"][kind] = float(p)
    for verdict in verdicts:
        shown = [kind for kind in kinds if verdict["p_holm"][kind] <= ALPHA]
        verdict["finding"] = shown[0] if shown else verdict["finding"]
