"""`gap.json` over all its seeds and for one of them."""

import math

import pytest
from result_files import as_published, gap

from medgan_tf.evidence.utility.gap_view import ABOVE, BELOW, OPEN, UNDEFINED, gap_view
from medgan_tf.evidence.utility.section_card import worth_words
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE

SENTENCE = "as in the published code: the last test image dropped; AUC below 0.5 flipped (1 label)"


def test_gap_over_seeds_and_of_one():
    view = gap_view(gap())
    assert view.mean.gap == pytest.approx(0.03) and view.mean.sd == pytest.approx(0.01)
    assert view.mean.real == pytest.approx(0.9) and view.mean.synthetic == pytest.approx(0.87)
    assert (view.rows[0].label, view.rows[0].p_holm, view.mean.p_holm) == ("Edema", 0.02, None)
    assert (view.equivalence_p, view.detectable, view.floor) == (0.03, 0.0123, None)
    one = gap_view(gap(), seed=1002)
    assert (one.seeds, one.mean.gap, one.mean.sd, one.equivalence_p) == ((1002,), 0.04, None, None)
    assert (one.mean.interval.low, one.mean.interval.high) == pytest.approx((0.03, 0.05))
    assert one.rows[1].synthetic == pytest.approx(0.86)
    assert gap_view(gap(), seed=7) is None


@pytest.mark.parametrize(
    "gaps, half, expected, state, words",
    [
        ((0.02, 0.03, 0.04), 0.01, BELOW, GOOD, "The loss is below the margin of 0.05"),
        ((0.09, 0.10, 0.11), 0.01, ABOVE, BAD, "The loss is above the margin of 0.05"),
        ((0.04, 0.05, 0.06), 0.02, OPEN, UNSURE, "Not shown to be below the margin of 0.05"),
        ((0.04, 0.05, 0.06), math.nan, UNDEFINED, UNSURE, "Undefined"),
    ],
)
def test_the_verdict_is_that_of_the_interval(gaps, half, expected, state, words):
    view = gap_view(gap(gaps=gaps, half=half))
    assert view.verdict == expected
    assert worth_words(view)[:2] == (state, words)


def test_the_view_counts_its_own_seeds():
    values = as_published(gap())
    assert gap_view(values).remark == gap_view(values, 1001).remark == SENTENCE
    assert gap_view(values, 1000).remark == SENTENCE.replace("1 label", "no label")
    # A file that is older than the switches.
    assert (gap_view(gap()).remark, gap_view(gap()).flipped) == ("", False)
