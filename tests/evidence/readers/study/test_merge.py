"""The page's union of two states of one reader's answers, by the page's own code, where the machine has Node."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine (Debian: apt install nodejs)")
ORDER = ["a", "b", "c", "d"]


def given(*answers):
    """Answers to the first images: "r" or "s", how sure, when, how often changed."""
    return [
        {
            "image": image,
            "answer": {"r": "real", "s": "synthetic"}[answer[0]],
            "confidence": int(answer[1]),
            "seconds": 1,
            "answered": f"2026-01-01T00:00:{answer[2:4]}.000Z",
            "changes": int(answer[4:] or 0),
        }
        for image, answer in zip(ORDER, answers, strict=False)
    ]


def union(mine, theirs, taken=None):
    """The union both ways, which must be the same, and the conflicts in words."""
    states = [ORDER, {"answers": mine, "taken": taken or {}}, {"answers": theirs}]
    script = (
        f"const Merge = require({json.dumps(str(files('medgan_tf.evidence.readers.study') / 'page' / 'merge.js'))});"
        f"const [order, mine, theirs] = {json.dumps(states)};"
        "const both = [Merge.union(order, mine, theirs), Merge.union(order, theirs, mine)];"
        "console.log(JSON.stringify(both.map((one) => [one.answers, one.conflicts.map(Merge.words)])));"
    )
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    one, other = json.loads(done.stdout)
    assert one == other
    return one


def test_the_longer_one_where_both_agree():
    assert union(given("r401", "s502"), given("r401", "s502", "r303")) == [given("r401", "s502", "r303"), []]
    assert union(given(), given("r401")) == [given("r401"), []]


def test_the_same_answer_given_twice_is_no_conflict():
    assert union(given("r401", "s505"), given("r401", "s502")) == [given("r401", "s502"), []]


def test_two_answers_keep_the_first_and_name_both():
    assert union(given("r401", "s505", "r307"), given("r401", "r402")) == [
        given("r401", "r402", "r307"),
        ["Image 2 was answered in two windows: real (4), given first, is kept; synthetic (5) is not."],
    ]


def test_a_correction_wins_over_what_it_corrects():
    assert union(given("r401", "s5091"), given("r401", "r402")) == [given("r401", "s5091"), []]


def test_an_answer_that_was_taken_back_stays_away():
    assert union(given("r401"), given("r401", "r402"), taken={"b": 1}) == [given("r401"), []]
    assert union(given("r401", "s5091"), given("r401", "r402"), taken={"b": 1}) == [given("r401", "s5091"), []]


def test_an_answer_taken_back_comes_again_when_others_follow_it():
    answers, words = union(given("r401"), given("r401", "r402", "s303"), taken={"b": 1})
    assert answers == given("r401", "r402", "s303")
    assert words == [
        "Image 2: the answer real (4) was taken back in one window, but later images were answered in another. "
        "It is kept."
    ]
