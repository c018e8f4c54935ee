"""The card of the reader study: only tests that count images as a sample make it good or bad."""

import pytest

from medgan_tf.evidence.readers.section_card import card, study_words
from medgan_tf.evidence.report import GanResults, Results, RunResults
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE


def result(finding="open", equivalent=False, here=None):
    tests = {"margin": 0.1, "above": False, "below": False, "equivalent": False} | (here or {})
    beyond = None if finding is None else {"finding": finding, "equivalent": equivalent}
    return {"readers_and_images": beyond, "tests": tests, "findings": ["one", "two", "three", "four"]}


def results(tmp_path, *studies):
    runs = tuple(
        RunResults(RunFolder(tmp_path / "x" / f"cpd-seed{n}"), None, None, [], [], {}, None, evidence)
        for n, evidence in enumerate(studies)
    )
    return Results("experiment", "x", (GanResults("x", "cpd", runs),))


@pytest.mark.parametrize(
    ("study", "state", "word"),
    [
        (result("above"), BAD, "They can: better than chance"),
        (result("above", True), UNSURE, "They can, but by no more than the margin of 0.1"),
        (result("open", True), GOOD, "Equivalent to guessing, within a margin of 0.1"),
        (result("below", True), GOOD, "Equivalent to guessing, within a margin of 0.1"),
        (result("below"), UNSURE, "Below chance: real and synthetic look different, the wrong way round"),
        (result("open"), UNSURE, "Not decided: neither better nor equivalent"),
        (result("few readers"), UNSURE, "Not decided: too few readers"),
        (result("undefined"), UNSURE, "Not decided: answers without spread"),
        (
            result(None, here={"below": True, "equivalent": True}),
            UNSURE,
            "Known for these images only: below chance, and equivalent to guessing within a margin of 0.1",
        ),
        ({"tests": {}, "findings": []}, UNSURE, "Not decided: scored by an earlier version"),
    ],
)
def test_words(study, state, word):
    assert study_words(study) == (state, word)


def test_one_study_several_and_none(tmp_path):
    assert card(results(tmp_path, {}, {})) is None
    one = card(results(tmp_path, {"reader_study": result("above")}, {}))
    assert (one.state, one.word, one.lines) == (BAD, "They can: better than chance", ["one", "two", "three"])
    both = card(results(tmp_path, {"reader_study": result("above")}, {"reader_study": result("open", True)}))
    assert both.state == BAD and both.word == "2 reader studies"
    assert both.lines[0] == "cpd-seed0: They can: better than chance."
    assert card(results(tmp_path, *[{"reader_study": result("open", True)}] * 2)).state == GOOD
