"""All rows judged together: normal limits give every answer and every p-value in closed form."""

import math

import pytest
from scipy.stats import norm

from medgan_tf.evidence.privacy.answers import Census, Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.settings import Threshold
from medgan_tf.evidence.privacy.verdicts import compared, judge
from medgan_tf.metrics.one_sided import share_limits

LIMIT = Threshold(limit=0.55, reason="a reason that is long enough")
ERROR = 0.01
MORE = "more patients or more released images, which make the interval narrower"


def normal(value, error=ERROR):
    def limits(confidence):
        width = norm.ppf(confidence) * error
        return value - width, value + width

    return limits


def finding(value, name="distance image", **changes):
    return Finding(name, value, normal(value), LIMIT, "words", **changes)


def of(row, others=0, level=0.95):
    """The verdict of a row among further ones that hold."""
    return judge([row, *(finding(0.5) for _ in range(others))], level)[0]


def test_a_limit_holds_when_the_upper_limit_is_within_it():
    """At one-sided 95 %, however many rows there are: 0.55 - 1.645 x 0.01 = 0.53355."""
    for others in (0, 20):
        assert of(finding(0.5335), others).status == "holds"
        assert of(finding(0.5336), others).status == "undecided"


@pytest.mark.parametrize("rows", [1, 9])
def test_a_limit_is_broken_when_the_lower_limit_is_beyond_it_with_all_rows_counted(rows):
    least = 0.55 + norm.ppf(1 - 0.05 / rows) * ERROR
    assert of(finding(least + 1e-5), rows - 1).status == "broken"
    assert of(finding(least - 1e-5), rows - 1).status == "undecided"


def test_the_level_of_the_audit():
    row = finding(0.55 + norm.ppf(0.97) * ERROR)
    assert (of(row, level=0.96).status, of(row, level=0.98).status) == ("broken", "undecided")


def test_what_a_verdict_says_in_the_result():
    found = of(finding(0.58), 8).describe()
    assert found["interval"] == pytest.approx((0.58 - 1.644854 * ERROR, 0.58 + 1.644854 * ERROR))
    assert found["lower_corrected"] == pytest.approx(0.58 - norm.ppf(1 - 0.05 / 9) * ERROR)
    assert found["p_broken"] == pytest.approx(norm.sf(3), rel=1e-6)
    assert (found["p_holds"], found["status"], found["limit"], found["missing"]) == (1.0, "broken", 0.55, "")
    assert of(finding(0.53)).p_holds == pytest.approx(norm.sf(2), rel=1e-6)
    assert of(finding(0.53)).p_broken == 1.0
    assert found["question"] == "Does the distance to the released images tell who was in the training set?"
    assert found["kind"] == "attack"


def test_a_p_value_ends_where_the_limits_do():
    """Limits that do not reach beyond a confidence of 0.99 cannot show more than p = 0.01, nor be corrected further."""

    def limits(confidence):
        return (0.7, 0.8) if confidence <= 0.99 else (math.nan, math.nan)

    row = Finding("distance image", 0.75, limits, LIMIT, "words")
    assert of(row).p_broken == pytest.approx(0.01, rel=1e-6)
    assert of(row).status == "broken" and of(row, 9).status == "undecided"


def test_no_limits_no_answer():
    def limits(_):
        return math.nan, math.nan

    nothing = Finding("density image", math.nan, limits, LIMIT, "words")
    assert of(nothing).status == "undecided" and of(nothing).interval is None
    assert of(nothing).missing == "a value: the images are too few or too alike to measure it"
    known = Finding("density image", 0.5, limits, LIMIT, "words", "1,000 patients; there are 70")
    assert of(known).missing == "1,000 patients; there are 70"
    assert compared([nothing, finding(0.5), Census("identical", 0, 10, "words")], 0.95) == 1


def test_an_undecided_row_says_what_is_missing():
    assert of(finding(0.55, missing="400 patients; there are 70")).missing == "400 patients; there are 70"
    assert of(finding(0.55)).missing == MORE and of(finding(0.5)).missing == ""


def test_power_the_other_way_round():
    """Of 100 planted: 99 found has the lower limit 0.9534, 98 has 0.9384. A weak search is no leak: never broken."""
    limit = Threshold(limit=0.95, reason="a reason that is long enough")

    def power(found):
        words = {"words": "words", "missing": "a stronger search", "larger_is_worse": False}
        return Finding("power", found / 100, share_limits(found, 100), limit, **words)

    judged = [of(power(found)) for found in (100, 99, 98, 90, 0)]
    assert [one.status for one in judged] == ["holds", "holds", "undecided", "undecided", "undecided"]
    assert math.isnan(judged[-1].p_broken) and judged[-1].missing == "a stronger search"
    # So it takes nothing from the level of the others.
    assert compared([power(0), finding(0.5)], 0.95) == 1


def test_an_attack_that_is_worse_than_chance_is_no_pass():
    """An AUC of 0.22: training and held-out images were swapped."""
    swapped = of(finding(0.22, smallest_plausible=0.45))
    assert swapped.status == "undecided" and "the inputs look wrong" in swapped.words and "swapped" in swapped.missing
    # 0.44 may be chance, with all rows counted: 0.44 + 1.645 x 0.01 reaches beyond 0.45.
    assert of(finding(0.44, smallest_plausible=0.45)).status == "holds"
    assert of(finding(0.22)).status == "holds"


def test_a_census_needs_no_interval():
    rows = [Census("identical", count, 1000, "words") for count in (0, 1)]
    none, one = judge(rows)
    assert (none.status, one.status, one.describe()["count"], one.describe()["of"]) == ("holds", "broken", 1, 1000)
    assert one.describe()["limit"] is None and one.interval is None


def test_rows_that_are_not_judged():
    rows = [
        Unanswered("discriminator", "no checkpoint"),
        Remark("combinations", "few"),
        Remark("combinations", "ok", 9, False),
    ]
    found = judge(rows)
    assert [one.status for one in found] == ["not run", "caution", "noted"]
    assert [one.words for one in found] == ["no checkpoint", "few", "ok"] and not any(one.judged for one in found)
