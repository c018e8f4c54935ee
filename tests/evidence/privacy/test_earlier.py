"""Results of the first format are never shown as good ones."""

import json
from pathlib import Path

import pytest
from result_files import earlier_privacy, privacy, verdict

from medgan_tf.evidence.privacy.earlier import as_current, has_verdicts
from medgan_tf.evidence.privacy.section_card import privacy_words
from medgan_tf.evidence.privacy.table import summarise_audit
from medgan_tf.presentation.cards import BAD, UNSURE

GOLDEN = Path(__file__).parents[2] / "golden" / "version_0_1" / "runs" / "small" / "cpd-seed1" / "evaluation"


def test_what_passed_is_not_decided():
    found = as_current(earlier_privacy())
    assert [one["status"] for one in found["verdicts"]] == ["undecided"] * 2
    assert all("measured by an earlier version" in one["missing"] for one in found["verdicts"])
    state, word, lines = privacy_words(found)
    assert (state, word) == (UNSURE, "2 of 2 limits undecided")
    assert any("measured by an earlier version; make the audit again" in line for line in lines)


def test_what_failed_stays_broken_by_the_rule_of_its_time():
    found = as_current(earlier_privacy([verdict("copies", "broken"), verdict("combinations", "caution")]))
    assert [one["status"] for one in found["verdicts"]] == ["broken", "caution"]
    assert "broken by its rule" in found["verdicts"][0]["words"] and privacy_words(found)[0] == BAD


def test_a_guidance_that_was_kept_is_no_limit():
    found = as_current(earlier_privacy([verdict("distance image"), verdict("combinations", "noted")]))
    assert [one["status"] for one in found["verdicts"]] == ["undecided", "noted"]


def test_the_present_format_is_as_it_is():
    found = privacy()
    assert as_current(found) is found and has_verdicts(found)


def test_a_result_of_version_0_1():
    found = json.loads((GOLDEN / "privacy.json").read_text(encoding="utf-8"))
    assert has_verdicts(found)
    statuses = {one["status"] for one in as_current(found)["verdicts"]}
    assert "holds" not in statuses and statuses <= {"undecided", "broken", "caution", "not run", "noted"}
    assert all(one["kind"] for one in as_current(found)["verdicts"])
    assert "hold" not in summarise_audit(found)


@pytest.mark.parametrize(
    "gate", [None, {}, {"answer": "fine"}, {"answer": "holds", "level": "0.95", "compared": 2, "error": ""}]
)
def test_a_result_without_a_gate_is_damaged(gate):
    assert not has_verdicts(privacy() | {"gate": gate})
    assert not has_verdicts(privacy([verdict("unheard of")]))
