"""The answer of a whole audit and its exit code."""

import itertools

import pytest

from medgan_tf.evidence.privacy.gate import exit_code, gate
from medgan_tf.evidence.privacy.verdicts import Verdict


def found(*statuses):
    return gate([Verdict(f"row {number}", status, "words") for number, status in enumerate(statuses)], 0.95, 9)


@pytest.mark.parametrize(
    ("statuses", "answer", "gated"),
    [
        (["holds", "holds", "caution", "noted"], "holds", 0),
        (["holds", "undecided"], "undecided", 4),
        (["holds", "undecided", "broken", "not run"], "broken", 3),
        (["holds", "not run"], "holds", 1),
        # What must not happen: nothing is judged, and the gate opens.
        (["caution"], "undecided", 4),
    ],
)
def test_only_when_all_hold(statuses, answer, gated):
    one = found(*statuses)
    assert (one["answer"], exit_code(one, gated=True, partial=False)) == (answer, gated)
    assert exit_code(one, gated=False, partial=False) == ("not run" in statuses)
    assert exit_code(one, gated=False, partial=True) == 0


def test_every_combination_of_answers():
    """0 with --gate only where at least one row holds and no other answer than caution stands beside it."""
    for statuses in itertools.product(("holds", "broken", "undecided", "caution", "not run"), repeat=3):
        code = exit_code(found(*statuses), gated=True, partial=False)
        assert (code == 0) == ("holds" in statuses and set(statuses) <= {"holds", "caution"})
        assert (code == 3) == ("broken" in statuses)


def test_questions_without_an_answer_may_be_accepted():
    assert exit_code(found("holds", "not run"), gated=True, partial=True) == 0
    assert exit_code(found("undecided", "not run"), gated=True, partial=True) == 4
    assert exit_code(found("not run"), gated=True, partial=True) == 4


def test_names_and_the_error_of_the_gate():
    one = found("holds", "undecided", "broken")
    assert (one["holds"], one["undecided"], one["broken"]) == (["row 0"], ["row 1"], ["row 2"])
    assert one["compared"] == 9 and "any of the 9 limits is said to be broken is at most 0.05" in one["error"]
    assert "all of them are said to hold is at most 0.05" in one["error"]
