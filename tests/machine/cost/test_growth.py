"""Tests of growth and estimates: slopes of power laws by closed form, sizes between and beyond by hand."""

import math

import pytest

from medgan_tf.machine.cost.cases import Case, usual_synthetic
from medgan_tf.machine.cost.child import Use
from medgan_tf.machine.cost.growth import estimate, sentence, series, slopes
from medgan_tf.machine.cost.measurements import Costs, Measured

SIZES = (1_000, 10_000, 30_000, 100_000)


def measured(images, seconds, peak=1.0, stage="fid", status="done", **changes):
    case = Case(stage, images, synthetic=usual_synthetic(images) if stage != "prepare" else 0)
    return Measured(Case(**{**vars(case), **changes}), Use(seconds, seconds, peak, status, 0))


def power_law(exponent, sizes=SIZES):
    """10 s of start, and 3 s for 1,000 images; the smallest case is start alone."""
    return [measured(n, 10 + (3 * (n / 1000) ** exponent if n > 1_000 else 0), 1 + n / 2**30) for n in sizes]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0])
def test_the_slope_is_the_exponent(exponent):
    found = slopes(power_law(exponent))
    assert [slope.slope for slope in found] == pytest.approx([exponent, exponent])
    assert [slope.steep for slope in found] == [exponent > 1.15] * 2
    assert [slope.bytes_per_image for slope in found] == pytest.approx([1.0, 1.0])


def test_where_it_stops_being_linear():
    assert sentence(power_law(1.0)) == "nowhere up to 100,000 images (steepest: 1.00)"
    bent = [*power_law(1.0)[:3], measured(90_000, 10 + 90 * 3**1.2)]
    assert sentence(bent) == "between 30,000 and 90,000 images (1.20)"
    assert sentence(power_law(1.0)[:2]) == "too few sizes that say more than the start"


def test_work_that_is_nearly_all_start_says_nothing():
    quick = [measured(1_000, 10.0), measured(2_000, 10.1), measured(10_000, 14.0), measured(100_000, 50.0)]
    assert [math.isnan(slope.slope) for slope in slopes(quick)] == [True, False]
    assert slopes(quick)[1].slope == pytest.approx(1.0)


def test_only_equal_cases_are_in_a_series():
    others = [measured(1_000, 1.0, labels=20), measured(1_000, 1.0, resolution=64)]
    others += [measured(100_000, 240.0, status="too long"), measured(1_000, 9.0, stage="privacy")]
    right = [measured(10_000, 2.0), measured(1_000, 1.0)]
    assert series(Costs({}, 1.0, (*others, *right)), "fid") == right[::-1]


def test_estimates_between_sizes_by_hand():
    found = [measured(1_000, 10.0, 1.0), measured(2_000, 20.0, 1.5), measured(4_000, 60.0, 2.0)]
    for images, seconds, peak in ((100, 10, 1.0), (1_500, 15, 1.25), (2_000, 20, 1.5), (3_000, 40, 1.75)):
        guess = estimate(found, images)
        assert (guess.seconds, guess.peak_gib, guess.extrapolated) == pytest.approx((seconds, peak, False))
    assert estimate(found[:1], 1_000) is None


def test_beyond_the_largest_size_the_last_slope_goes_on():
    # 10 s of start and 3 s * (n / 1000)^1.5; memory goes on along its line.
    guess = estimate(power_law(1.5), 1_000_000)
    assert guess.extrapolated
    assert guess.seconds == pytest.approx(10 + 3 * 1000**1.5, rel=1e-6)
    assert guess.peak_gib == pytest.approx(1 + 1_000_000 / 2**30)
    # Growth that is slower than linear is not trusted to go on.
    assert estimate(power_law(0.5), 200_000).seconds == pytest.approx(10 + 3 * 100**0.5 * 2)
