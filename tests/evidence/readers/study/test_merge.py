"""The page's union of two states of one reader's answers, by the page's own code, where the machine has Node."""

import itertools
import json
import shutil
import subprocess
from importlib.resources import files

import pytest

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine (Debian: apt install nodejs)")
ORDER = ["a", "b", "c", "d"]


def given(*answers):
    """Answers to the first images: "r" or "s", how sure, when, how often changed; then what is noted and not kept."""
    return [
        {
            "image": image,
            "answer": {"r": "real", "s": "synthetic"}[answer[0]],
            "confidence": int(answer[1]),
            "seconds": 1,
            "answered": f"2026-01-01T00:00:{answer[2:4]}.000Z",
            "changes": int(answer[4:5] or 0),
            **({"notKept": [note]} if note else {}),
        }
        for image, (answer, _, note) in zip(ORDER, (text.partition("!") for text in answers), strict=False)
    ]


def merged(*cases):
    """For each (base, mine, stored): the union, what is corrected in `stored` by it, and the conflicts in words."""
    script = (
        f"const Merge = require({json.dumps(str(files('medgan_tf.evidence.readers.study') / 'page' / 'merge.js'))});"
        f"const order = {json.dumps(ORDER)};"
        "const told = ([base, mine, stored]) => { const both = Merge.union(order, base, mine, stored);"
        "return [both, Merge.corrected(stored, both), Merge.conflicts(both)]; };"
        "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).map(told)));"
    )
    done = subprocess.run([NODE, "-e", script], input=json.dumps(cases), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def union(base, mine, stored):
    return merged((base, mine, stored))[0]


def test_answers_of_both_are_there():
    first = given("r401")
    assert union(first, given("r401", "s502"), given("r401")) == [given("r401", "s502"), [], []]
    assert union(first, given("r401"), given("r401", "s502")) == [given("r401", "s502"), [], []]
    assert union(given(), given(), given("r401")) == [given("r401"), [], []]


def test_the_same_answer_given_twice_is_no_conflict():
    assert union(given(), given("s505", "r306"), given("s502")) == [given("s502", "r306"), [], []]


def test_of_two_answers_the_stored_one_counts_and_both_are_named():
    base = given("r401")
    both, corrected, words = union(base, given("r401", "s502", "r307"), given("r401", "r405"))
    assert both == given("r401", "r405!synthetic 5", "r307") and corrected == []
    assert words == [
        "Image 2 was answered in two windows: “real (4)” was saved first and counts, “synthetic (5)” does not."
    ]


def test_a_correction_counts_and_is_named_to_the_server():
    base = given("r401", "r402")
    assert union(base, given("r401", "s5091"), base) == [given("r401", "s5091"), ["b"], []]
    assert union(base, base, given("r401", "s5091")) == [given("r401", "s5091"), [], []]


def test_a_correction_of_an_answer_that_was_never_stored_does_not_win_over_the_stored_one():
    """It is no correction of what is stored, although it was changed more often."""
    both, corrected, words = union(given(), given("s5091"), given("r402"))
    assert both == given("r402!synthetic 5") and corrected == [] and len(words) == 1


def test_an_answer_that_was_taken_back_stays_away():
    base = given("r401", "r402")
    assert union(base, given("r401"), base) == [given("r401"), ["b"], []]
    assert union(base, base, given("r401")) == [given("r401"), [], []]


def test_an_answer_taken_back_counts_again_when_others_follow_it():
    base = given("r401", "r402")
    for mine, stored in itertools.permutations([given("r401"), given("r401", "r402", "s303")]):
        both, corrected, words = union(base, mine, stored)
        assert both == given("r401", "r402!taken back", "s303") and corrected == []
        assert words == [
            "Image 2: “real (4)” was taken back in one window, but another window went on from it. It counts."
        ]


def test_notes_stay_until_the_reader_corrects_the_answer():
    noted = given("r401!synthetic 5")
    assert union(noted, [*noted, *given("r401", "r302")[1:]], noted)[0][0] == noted[0]
    assert union(given("r401"), given("r401"), noted)[0] == noted
    # Noted here and not sent yet, while something else was stored.
    assert union(given("r401"), noted, given("r401", "s502"))[0] == [*noted, *given("r401", "s502")[1:]]
    assert union(given(), noted, given("r401"))[0] == noted
    assert union(noted, given("s3091"), noted) == [given("s3091"), ["a"], []]


def said(item):
    return f"{item['answer']} {item['confidence']}"


def test_whatever_the_two_states_are_nothing_that_was_said_is_lost():
    """All pairs of states that a base of up to two answers can lead to."""
    texts = ("r401", "s5021")
    bases = [given(*texts[:count]) for count in range(3)]
    states = [
        given(*one) for length in range(4) for one in itertools.product(("r401", "s5021", "r3032"), repeat=length)
    ]
    cases = [(base, mine, stored) for base in bases for mine in states for stored in states]
    results = merged(*cases)
    for (base, mine, stored), (both, corrected, _) in zip(cases, results, strict=True):
        assert [item["image"] for item in both] == ORDER[: len(both)]
        for item in (*mine, *stored):
            place = ORDER.index(item["image"])
            if base[place : place + 1] != [item]:
                assert said(item) in (said(both[place]), *both[place].get("notKept", ()))
        # Only what one window knew and the other took back or corrected may go.
        assert set(corrected) <= {item["image"] for item in base}
    # The union is stored now; the other window, which had `stored`, takes it over whole.
    again = merged(*((stored, stored, both) for (_, _, stored), (both, *_) in zip(cases, results, strict=True)))
    assert [one[0] for one in again] == [both for both, *_ in results]
