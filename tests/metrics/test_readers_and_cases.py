"""Readers and images: by hand, against a jackknife and Student's t, and its error by simulation."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from medgan_tf.metrics.readers_and_cases import ReadersAndCases, mean_over_readers, over_readers

KINDS = np.array(["real"] * 3 + ["synthetic"] * 3)


def test_by_hand():
    """Scores: (2/3 + 1/3) / 2 = 0.5, and (1 + 2/3) / 2 = 0.8333.

    Covariance over images: real (1,1,0) and (1,1,1): 0, as the second never varies. Synthetic (1,0,0) and (1,1,0): sum
    of products of deviations 2/3 * 1/3 - 1/3 * 1/3 + 1/3 * 2/3 = 1/3; / (2 * 3) = 1/18. Of the mean over kinds: / 4.
    """
    right = np.array([[1, 1, 0, 1, 0, 0], [1, 1, 1, 1, 1, 0]], float)
    found = mean_over_readers(right, KINDS)
    assert found.mean == pytest.approx((0.5 + 5 / 6) / 2)
    assert found.reader_square == pytest.approx((1 / 3) ** 2 / 2)
    assert found.covariance == pytest.approx(1 / 72)
    total = 1 / 18 + 2 / 72
    assert found.standard_error == pytest.approx(np.sqrt(total / 2))
    assert found.degrees == pytest.approx(total**2 / (1 / 18) ** 2)


def test_where_images_share_nothing_it_is_students_t_over_readers():
    """Each reader errs on other images, so that Cov2 is negative and counts as 0."""
    right = np.ones((3, 12))
    right[0, :1] = right[1, 1:3] = right[2, 3:6] = 0
    kinds = np.array(["a"] * 6 + ["b"] * 6)
    found = mean_over_readers(right, kinds)
    scores = np.array([1 - 1 / 12, 1 - 2 / 12, 1 - 3 / 12])
    assert found.covariance < 0
    expected = stats.ttest_1samp(scores, 0.5, alternative="greater")
    assert found.p_above(0.5) == pytest.approx(expected.pvalue) and found.degrees == 2


def test_images_that_all_find_hard_widen_the_interval():
    random = np.random.default_rng(0)
    hard = random.random(40) < 0.5
    right = np.where(random.random((5, 40)) < 0.1, ~hard, hard).astype(float)
    found = mean_over_readers(right, np.array(["a", "b"] * 20))
    alone = stats.t.interval(0.95, 4, found.mean, np.sqrt(found.reader_square / 5))
    low, high = found.interval()
    assert high - low > 1.5 * (alone[1] - alone[0])


def test_missing_answers_and_single_readers():
    right = np.array([[1, 1, 0, 1, 0, np.nan], [1, 1, 1, 1, 1, 0]], float)
    assert mean_over_readers(right, KINDS).mean == pytest.approx(((2 / 3 + 1 / 2) / 2 + 5 / 6) / 2)
    one = mean_over_readers(right[1:], KINDS)
    assert one.mean == pytest.approx(5 / 6) and np.isnan(one.interval()).all() and np.isnan(one.p_above(0.5))
    with pytest.raises(ValueError, match="two answers of every reader for each kind"):
        mean_over_readers(np.array([[1, np.nan, np.nan, 1, 1, 1]]), KINDS)


def test_no_difference_between_kinds_is_rarely_a_finding():
    """Images vary in looks (logit sd 2), readers in bias (0.5): a test over readers alone finds one in about 40 %."""
    random = np.random.default_rng(1)
    kinds = np.repeat(["real", "synthetic"], 50)
    found = alone = 0
    for _ in range(300):
        looks, bias = 2 * random.normal(size=100), 0.5 * random.normal(size=(9, 1))
        synthetic = random.random((9, 100)) < expit(looks + bias)
        right = (synthetic == (kinds == "synthetic")).astype(float)
        result = mean_over_readers(right, kinds)
        found += min(result.p_above(0.5), result.p_below(0.5)) < 0.025
        alone += stats.ttest_1samp(right.mean(axis=1), 0.5).pvalue < 0.05
    assert found / 300 < 0.09 and alone / 300 > 0.25


def jackknife(value, units):
    """Covariance [J, J] of `value(kept)` [J] by leaving out one unit after the other: from the definition."""
    units = np.arange(units)
    left = np.array([value(units != one) for one in units])
    deviations = left - left.mean(axis=0)
    return (len(units) - 1) / len(units) * deviations.T @ deviations


def test_covariance_is_that_of_a_jackknife_over_the_images_of_each_kind():
    right = (np.random.default_rng(3).random((4, 30)) < np.linspace(0.2, 0.9, 30)).astype(float)
    kinds = np.array(["a"] * 12 + ["b"] * 18)
    parts = [right[:, kinds == kind] for kind in "ab"]
    covariance = sum(jackknife(lambda kept, part=part: part[:, kept].mean(axis=1) / 2, part.shape[1]) for part in parts)
    expected = covariance[~np.eye(4, dtype=bool)].mean()
    assert mean_over_readers(right, kinds).covariance == pytest.approx(expected, rel=1e-12)


def test_any_score_with_its_covariance_over_cases():
    """MS(R) = 0.1^2 * 2, Cov2 = 0.004: total 0.02 + 2 * 0.004; df = total^2 / MS(R)^2 for two readers."""
    found = over_readers(np.array([0.6, 0.8]), np.array([[0.01, 0.004], [0.004, 0.02]]))
    assert (found.mean, found.reader_square, found.covariance) == pytest.approx((0.7, 0.02, 0.004))
    assert (found.standard_error, found.degrees) == pytest.approx((np.sqrt(0.014), 1.96))


def found_with(mean, readers=9, square=0.001, error=0.02, degrees=20.0):
    return ReadersAndCases(mean, readers, square, 0.0, error, degrees)


def test_each_direction_has_half_of_the_level():
    """t(20) is 2.086 at a tail of .025 and 1.725 at .05: 0.539 from 0.5 in units of 0.02 lies between them."""
    assert found_with(0.539).p_above(0.5) < 0.05 and found_with(0.539).finding(0.5, 0.05, 50) == "open"
    assert found_with(0.542).finding(0.5, 0.05, 50) == "above"
    assert found_with(0.458).finding(0.5, 0.05, 50) == "below"
    # Each of the two tests of equivalence has the whole level: 0.6 - 1.725 * 0.02 = 0.5655.
    assert found_with(0.565).equivalent(0.5, 0.1, 0.05, 50) and not found_with(0.566).equivalent(0.5, 0.1, 0.05, 50)


def test_few_readers_have_wider_limits():
    """With 3 readers, t(2) = 4.303 is for the spread over readers and z = 1.960 for what the images share."""
    found = ReadersAndCases(0.6, 3, 0.0012, 0.0009, 0.036, 21.1)
    half = np.sqrt(4.302653**2 * 0.0012 / 3 + 1.959964**2 * 0.0009)
    assert found.judge.interval() == pytest.approx((0.6 - half, 0.6 + half), abs=1e-6)
    assert found.interval()[0] > 0.5 > found.judge.interval()[0]
    assert found.p_above(0.5) < 0.025 and found.finding(0.5, 0.05, 50) == "open"
    six = ReadersAndCases(0.6, 6, 0.0012, 0.0009, 0.036, 21.1)
    assert six.judge is six and six.finding(0.5, 0.05, 50) == "above"


def test_too_few_readers_or_images_decide_nothing():
    assert found_with(0.9, readers=2).finding(0.5, 0.05, 50) == "few readers"
    assert found_with(0.9, readers=3).finding(0.5, 0.05, 29) == "few images"
    assert found_with(0.9, readers=3).finding(0.5, 0.05, 30) == "above"
    assert not found_with(0.5, readers=2).equivalent(0.5, 0.1, 0.05, 50)
    assert found_with(0.5, readers=3).equivalent(0.5, 0.1, 0.05, 30)
    for readers in (4, 7):
        alike = mean_over_readers(np.ones((readers, 60)), np.array(["a", "b"] * 30))
        assert alike.finding(0.5, 0.05, 30) == "undefined" and not alike.equivalent(1.0, 0.1, 0.05, 30)
    with pytest.raises(ValueError, match="expected J scores"):
        over_readers([0.5, 0.6], np.zeros((3, 3)))


@pytest.mark.parametrize("readers", [3, 9])
def test_findings_are_those_of_the_intervals(readers):
    """A test at a level rejects what its interval does not hold; equivalence is the interval of twice the level."""
    random = np.random.default_rng(readers)
    kinds = np.array(["a", "b"] * 40)
    seen = set()
    for chance in np.repeat([0.35, 0.5, 0.6, 0.65], 10):
        found = mean_over_readers((random.random((readers, 80)) < chance) * 1.0, kinds)
        low, high = found.judge.interval()
        side = "above" if low > 0.5 else "below" if high < 0.5 else "open"
        inner = found.judge.interval(0.9)
        assert found.finding(0.5, 0.05, 40) == side
        assert found.equivalent(0.5, 0.1, 0.05, 40) is bool(0.4 < inner[0] and inner[1] < 0.6)
        seen |= {side, found.equivalent(0.5, 0.1, 0.05, 40)}
    assert seen == {"above", "below", "open", True, False}
