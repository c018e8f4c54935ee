"""Parts in processes of their own: what crashes, hangs or has no time is named, and the rest goes on."""

import os
from pathlib import Path

import pytest
from planted_parts import part

from medgan_tf.machine.selfcheck.parts import measured_part

SUPPORT = Path(__file__).parents[2] / "support"
ENOUGH = 60.0


@pytest.fixture(autouse=True)
def found_by_processes(monkeypatch):
    paths = [str(SUPPORT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


def states(found):
    return {case.name: case.state for case in found.cases}


def test_what_passes():
    found = measured_part(part("good"), None, ENOUGH)
    assert (found.state, found.text, found.demanded) == ("passed", "", True)
    assert states(found) == {"first": "passed", "second": "reported"}
    assert found.cases[0].values == {"value": 1.5}
    assert found.peak_gib > 0.01 and found.limit_seconds == ENOUGH


def test_a_crash_fails_its_case_and_the_others_go_on():
    found = measured_part(part("crashing"), None, ENOUGH)
    assert found.state == "failed"
    assert states(found) == {"first": "passed", "second": "failed", "third": "passed"}
    assert found.cases[1].text.startswith("second: its process ended with code 7")


def test_a_process_that_the_system_killed_is_not_measured():
    found = measured_part(part("killed"), None, ENOUGH)
    assert found.state == "not measured"
    assert states(found) == {"first": "not measured", "second": "passed"}
    assert found.cases[0].text == "first: the system killed its process, as when memory runs out"


def test_what_hangs_is_ended_and_named_and_goes_on_later():
    found = measured_part(part("hanging"), None, 4.0)
    assert (found.state, found.text) == ("not measured", "ended at its limit of 4 s, in second")
    assert states(found) == {"first": "passed", "second": "not measured", "third": "not measured"}
    assert 4.0 <= found.seconds < 8.0 and not found.finished
    assert [case.text for case in found.cases[1:]] == ["it did not end in time", "no time was left for it"]
    # What is measured is not measured again: the part that takes its place would say something else of it.
    before = found.model_copy(update={"cases": [one.model_copy(update={"text": "before"}) for one in found.cases]})
    again = measured_part(part("good"), before, ENOUGH)
    assert [(case.name, case.text) for case in again.cases][:2] == [("first", "before"), ("second", "second is well")]


def test_errors_are_outcomes():
    found = measured_part(part("raising"), None, ENOUGH)
    assert [(case.state, case.text) for case in found.cases] == [
        ("failed", "ValueError: no such thing"),
        ("not measured", "the memory of the device is too small for it"),
        ("passed", "third is well"),
    ]
    assert found.state == "failed"


def test_a_process_that_has_no_cases_fails_its_part():
    found = measured_part(part("without_cases"), None, ENOUGH)
    assert (found.state, found.cases) == ("failed", [])
    assert found.text == "the process ended with code 1 outside its cases: ValueError: no cases"


def test_without_time_nothing_begins():
    found = measured_part(part("good"), None, 1.0)
    assert (found.state, found.text, found.cases) == ("not measured", "no time was left for it", [])
