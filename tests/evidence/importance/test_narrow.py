"""The warning beside intervals of a high agreement."""

import pytest

from medgan_tf.evidence.importance.narrow import narrow_lines


@pytest.mark.parametrize(
    ("value", "high", "warned"),
    [(0.85, 0.9, True), (0.75, 0.81, True), (0.75, 0.79, False), (0.85, None, True), (None, None, False)],
)
def test_a_mean_that_may_lie_above_the_limit(value, high, warned):
    found = {"value": value, "interval": {"low": None, "high": high}}
    lines = narrow_lines({"synthetic-trained": {"all labels": {"rank_correlation": found}}})
    assert ["may lie above 0.8" in line for line in lines] == [True] * warned


def test_without_intervals():
    assert narrow_lines({}) == []
    assert narrow_lines({"x": {"Edema": {"top_overlap": {"value": 0.9}}}}) == []
    assert narrow_lines({"x": {"Edema": {"rank_correlation": {"value": 0.9}}}}) != []
