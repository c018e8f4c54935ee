"""`gap.json` over all its seeds and for one of them."""

import json
from pathlib import Path

import pytest
from result_files import as_published, gap

from medgan_tf.evidence.utility.gap_view import OLDER, gap_view
from medgan_tf.evidence.utility.section import gap_table
from medgan_tf.evidence.utility.section_card import worth_words
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE

SENTENCE = "as in the published code: the last test image dropped; AUC below 0.5 flipped (1 label)"


def test_gap_over_seeds_and_of_one():
    view = gap_view(gap())
    assert view.mean.gap == pytest.approx(0.03) and view.mean.sd == pytest.approx(0.01)
    assert view.mean.real == pytest.approx(0.9) and view.mean.synthetic == pytest.approx(0.87)
    assert (view.rows[0].label, view.rows[0].p_holm, view.mean.p_holm) == ("Edema", 0.02, None)
    assert (view.rows[0].p, view.rows[0].positive_patients, view.mean.positive_patients) == (0.01, 30, None)
    assert (view.p_below, view.detectable, view.halves) == (0.03, 0.0123, None)
    one = gap_view(gap(), seed=1002)
    assert (one.seeds, one.mean.gap, one.mean.sd, one.p_below) == ((1002,), 0.04, None, None)
    assert (one.mean.interval.low, one.mean.interval.high) == pytest.approx((0.03, 0.05))
    assert one.rows[1].synthetic == pytest.approx(0.86)
    assert gap_view(gap(), seed=7) is None


FIVE = (0.02, 0.025, 0.03, 0.035, 0.04)


@pytest.mark.parametrize(
    "gaps, half, against, state, words",
    [
        (FIVE, 0.01, "below", GOOD, "The loss is below the margin of 0.05"),
        (FIVE[:3], 0.01, "below", UNSURE, "Below the margin of 0.05, by few seeds"),
        ((0.09, 0.10, 0.11), 0.01, "above", BAD, "The loss is above the margin of 0.05"),
        ((0.04, 0.05, 0.06), 0.02, "open", UNSURE, "Not shown to be below the margin of 0.05"),
        ((0.01,), 0.01, "open", UNSURE, "Not decided: one training"),
    ],
)
def test_words_of_the_verdict(gaps, half, against, state, words):
    view = gap_view(gap(seeds=range(len(gaps)), gaps=gaps, half=half))
    assert view.against == against
    assert worth_words(view)[:2] == (state, words)


def test_too_few_patients_are_said():
    values = gap(seeds=range(5), gaps=FIVE)
    values["left_out_of_mean"] = ["Fracture"]
    values["gap"]["labels"]["Fracture"]["positive_patients"] = 4
    undefined = {"low": None, "high": None}
    values["verdict"] |= undefined | {"against": "undefined", "finding": "too few patients", "p_below": None}
    for entry in (values["gap"]["mean"], values["gap"]["labels"]["Fracture"]):
        entry["interval"] |= undefined
        entry["each_seed"] = [one | undefined for one in entry["each_seed"]]
    view = gap_view(values)
    assert worth_words(view)[:2] == (UNSURE, "Not decided: too few test patients")
    assert (view.patients_in_mean, view.left_out) == ("30", ("Fracture",))
    rows = {row[0]: row for row in gap_table(view, "stem", "title").rows}
    assert (rows["Fracture"][1], rows["mean"][1]) == (4, "30")
    assert rows["Fracture"][5] == rows["mean"][5] == "too few patients for an interval"
    assert rows["Edema"][5].defined


def test_patients_of_the_labels_in_the_mean():
    values = gap()
    values["gap"]["labels"]["Edema"]["positive_patients"] = 12
    assert gap_view(values).patients_in_mean == "12 to 30"
    del values["gap"]["labels"]["Edema"]["positive_patients"]
    assert gap_view(values).patients_in_mean == "unknown"


def test_one_seed_of_several_decides_nothing():
    view = gap_view(gap(seeds=range(5), gaps=FIVE), seed=2)
    assert worth_words(view)[:2] == (UNSURE, "Not decided: one training")


def test_a_file_of_version_0_1_is_read_and_not_believed():
    file = Path(__file__).parents[2] / "golden" / "version_0_1" / "runs" / "small" / "cpd-gap" / "gap.json"
    values = json.loads(file.read_text())
    view = gap_view(values)
    assert (view.finding, view.mean.gap) == (OLDER, values["gap"]["mean"]["over_seeds"]["mean"])
    assert worth_words(view)[:2] == (UNSURE, "Not decided: measured by an earlier version")


def test_the_view_counts_its_own_seeds():
    values = as_published(gap())
    assert gap_view(values).remark == gap_view(values, 1001).remark == SENTENCE
    assert gap_view(values, 1000).remark == SENTENCE.replace("1 label", "no label")
    # A file that is older than the switches.
    assert (gap_view(gap()).remark, gap_view(gap()).flipped) == ("", False)
