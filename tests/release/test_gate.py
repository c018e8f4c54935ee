"""The gate of a release: each row by made result files, what stops and what does not, and the exit codes."""

from types import SimpleNamespace

import pytest
from result_files import earlier_privacy, gap, privacy, verdict

from medgan_tf.release.gate import (
    NOT_MEASURED,
    REFUTED,
    SHOWN,
    UNDECIDED,
    Gate,
    Row,
    current_row,
    labels_row,
    patients_row,
    plan_row,
    privacy_row,
    utility_row,
)
from medgan_tf.reporting.study_plan import AS_PLANNED, CHANGED, DAMAGED, LATE, NONE, SO_FAR, Check

FIVE = (1000, 1001, 1002, 1003, 1004)


def audit(*states):
    return privacy([verdict(f"distance {number}", state) for number, state in enumerate(states)])


AUDITS = {
    "holds": (audit("holds", "holds", "noted"), SHOWN, "all 2 limits that were tested hold"),
    "broken": (audit("holds", "broken", "undecided"), REFUTED, "broken limits: distance 1"),
    "undecided": (audit("undecided", "holds"), UNDECIDED, "limits neither shown to hold nor broken: distance 0"),
    "an open question": (audit("holds", "not run"), UNDECIDED, "questions without an answer: distance 1"),
    "nothing judged": (audit("noted"), UNDECIDED, "no limit was judged"),
    "an earlier version": (earlier_privacy([verdict("distance image")]), UNDECIDED, "limits neither shown"),
    "no verdicts": ({"gate": {"answer": "holds"}}, REFUTED, "privacy.json is damaged"),
    "nothing": (None, NOT_MEASURED, "there is no privacy audit"),
}


@pytest.mark.parametrize("name", AUDITS)
def test_the_audit(name):
    result, answer, text = AUDITS[name]
    row = privacy_row(result, "evidence/privacy.json")
    assert row.answer == answer and row.text.startswith(text), row
    assert row.stops == (answer != SHOWN)


def test_an_audit_whose_answer_was_changed_by_hand():
    result = audit("holds", "broken")
    result["gate"]["answer"] = "holds"
    assert "its gate says holds, its verdicts broken: the file was changed" in privacy_row(result).text
    result["gate"] |= {"broken": [], "holds": ["distance 0", "distance 1"]}
    row = privacy_row(result)
    assert row.answer == REFUTED and "name other limits as holds" in row.text


GAPS = {
    "below": ({"seeds": FIVE, "gaps": (0.01,) * 5, "half": 0.01}, SHOWN, {"shown": False, "undecided": False}),
    "below, few seeds": ({"half": 0.01}, UNDECIDED, {"shown": True, "undecided": False}),
    "open": ({"half": 0.04}, UNDECIDED, {"shown": True, "undecided": False}),
    "above": ({"gaps": (0.2, 0.2, 0.2), "half": 0.01}, REFUTED, {"shown": True, "undecided": True}),
    "another seed": ({"seeds": (1, 2, 3)}, NOT_MEASURED, {"shown": True, "undecided": True}),
}


@pytest.mark.parametrize("name", GAPS)
def test_the_gap(name):
    made, answer, stops = GAPS[name]
    for needed, stopped in {**stops, "any": False}.items():
        row = utility_row(gap(**made), 1000, needed, "evidence/gap.json")
        assert (row.answer, row.stops) == (answer, stopped), row


def test_the_gap_that_was_not_measured_or_is_damaged():
    assert [utility_row(None, 1, needed).stops for needed in ("shown", "undecided", "any")] == [True, True, False]
    row = utility_row({"seeds": [1]}, 1, "undecided")
    assert row.answer == REFUTED and "gap.json is damaged" in row.text


def origin(labels, external=None, covers_labels=None):
    return SimpleNamespace(labels=labels, external=external, covers_labels=covers_labels)


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (origin("drawn"), SHOWN),
        (origin("as_real"), REFUTED),
        (origin(None), REFUTED),
        (origin(None, external="somebody's"), SHOWN),
        (origin("drawn", covers_labels=False), REFUTED),
        (origin("drawn", covers_labels=True), SHOWN),
    ],
)
def test_labels(found, answer):
    assert labels_row(found).answer == answer


def test_patients():
    assert patients_row(0, 10, False).answer == SHOWN
    assert patients_row(3, 10, True).text == "label combinations are covered by the guarantee of the training"
    row = patients_row(3, 10, False)
    assert row.answer == REFUTED and row.text.startswith("3 label combinations have fewer than 10 training patients;")


@pytest.mark.parametrize(
    ("state", "words", "answer", "stops"),
    [
        (AS_PLANNED, "as planned on 2026-01-31.", SHOWN, False),
        (SO_FAR, "as planned so far.", SHOWN, False),
        (CHANGED, "changed after the plan.", REFUTED, True),
        (DAMAGED, "cannot be read.", REFUTED, True),
        (LATE, "the plan was written after these results were there.", NOT_MEASURED, False),
        (LATE, "it was late. What was measured differs from it: classifier.margin.", REFUTED, True),
        (NONE, "no plan was written.", NOT_MEASURED, False),
    ],
)
def test_the_plan(state, words, answer, stops):
    row = plan_row(Check("small", state, words))
    assert (row.answer, row.stops, row.text) == (answer, stops, words[:-1])


def test_what_is_up_to_date():
    assert current_row("fid", []).answer == SHOWN
    assert current_row("fid", [], known=False).answer == UNDECIDED
    row = current_row("fid", ["inputs changed: generator"], file="evidence/fid.json")
    assert row.line() == "fid up to date: refuted: inputs changed: generator" and row.stops


def rows(*answers):
    return [Row(f"row {number}", answer, "why") for number, answer in enumerate(answers)]


def test_exit_codes_and_what_is_said():
    assert Gate(rows(SHOWN, SHOWN)).exit_code == 0
    assert Gate(rows(SHOWN, UNDECIDED)).exit_code == Gate(rows(NOT_MEASURED)).exit_code == 4
    gate = Gate(rows(UNDECIDED, REFUTED, SHOWN))
    assert gate.exit_code == 3 and not gate.opens
    assert gate.lines() == ["row 1: refuted: why", "row 0: undecided: why"]
    assert Gate([Row("x", UNDECIDED, "", accepted=(SHOWN, UNDECIDED))]).holds


def test_a_folder_of_the_machine_is_told_to_its_owner_alone():
    gate = Gate([Row("images", REFUTED, "/data/hospital/run/x.tfrecord is damaged")], "for a course")
    assert gate.lines() == ["images: refuted: /data/hospital/run/x.tfrecord is damaged"]
    assert gate.as_json()["rows"][0]["text"] == "(left out) is damaged"


def test_an_override_is_told_only_where_it_was_needed():
    needed, not_needed = Gate(rows(REFUTED), "for a course"), Gate(rows(SHOWN), "for a course")
    assert needed.opens and needed.exit_code == 3
    assert needed.as_json() == {
        "holds": False,
        "rows": [{"name": "row 0", "answer": "refuted", "text": "why", "file": ""}],
        "override": "for a course",
    }
    assert not_needed.as_json()["override"] is None and not_needed.opens
