"""Readers and images: by hand, against a published study, a jackknife and Student's t, and its error by simulation."""

import numpy as np
import pytest
import van_dyke
from scipy import stats
from scipy.special import expit

from medgan_tf.metrics.clustered_auc import clustered_aucs
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


@pytest.mark.parametrize("study", van_dyke.SENSITIVITY, ids=["spin echo", "cine"])
def test_sensitivity_of_a_published_study(study):
    """Van Dyke as printed for MRMCaov: one kind of case, answers of yes or no."""
    ratings, mean, square, covariance, error, degrees, low, high = study
    right = (ratings[:, van_dyke.DISSECTION == 1] >= 3).astype(float)
    found = mean_over_readers(right, np.ones(van_dyke.WITH))
    assert (found.mean, found.reader_square, found.covariance) == pytest.approx((mean, square, covariance), rel=1e-6)
    assert (found.standard_error, found.degrees) == pytest.approx((error, degrees), rel=1e-6)
    assert (found.interval()[0], min(1, found.interval()[1])) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("study", van_dyke.AREA_DELONG, ids=["spin echo", "cine"])
def test_area_of_a_published_study(study):
    ratings, mean, square, covariance, error, degrees, low, high = study
    truth = np.repeat(van_dyke.DISSECTION[:, None], 5, axis=1)
    aucs = clustered_aucs(truth, ratings.T, np.arange(114).astype(str))
    found = over_readers(aucs.values, aucs.covariance)
    assert (found.mean, found.reader_square, found.covariance) == pytest.approx((mean, square, covariance), rel=1e-6)
    assert (found.standard_error, found.degrees) == pytest.approx((error, degrees), rel=1e-6)
    assert found.interval() == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("study", van_dyke.AREA_JACKKNIFE, ids=["spin echo", "cine"])
def test_area_of_a_published_study_by_jackknife(study):
    ratings, mean, square, covariance, error, degrees, low, high = study

    positive, negative = (ratings[:, van_dyke.DISSECTION == one] for one in (1, 0))
    difference = positive[:, :, None] - negative[:, None, :]
    above = (difference > 0) + 0.5 * (difference == 0)

    def areas(kept):
        return above[:, kept[van_dyke.WITHOUT :]][:, :, kept[: van_dyke.WITHOUT]].mean(axis=(1, 2))

    found = over_readers(areas(np.ones(114, bool)), jackknife(areas, 114))
    assert (found.mean, found.reader_square, found.covariance) == pytest.approx((mean, square, covariance), rel=1e-6)
    assert (found.standard_error, found.degrees) == pytest.approx((error, degrees), rel=1e-6)
    assert found.interval() == pytest.approx((low, high), abs=1e-6)


def found_with(mean, readers=9, square=0.001, error=0.02, degrees=20.0):
    return ReadersAndCases(mean, readers, square, 0.0, error, degrees)


def test_each_direction_has_half_of_the_level():
    """t(20) is 2.086 at a tail of .025 and 1.725 at .05: 0.539 from 0.5 in units of 0.02 lies between them."""
    assert found_with(0.539).p_above(0.5) < 0.05 and found_with(0.539).finding(0.5, 0.05, 50) == "open"
    assert found_with(0.542).finding(0.5, 0.05, 50) == "above"
    assert found_with(0.458).finding(0.5, 0.05, 50) == "below"
    # Each of the two tests of equivalence has the whole level: 0.6 - 1.725 * 0.02 = 0.5655.
    assert found_with(0.565).equivalent(0.5, 0.1, 0.05, 50) and not found_with(0.566).equivalent(0.5, 0.1, 0.05, 50)


def test_too_few_readers_or_images_decide_nothing():
    assert found_with(0.9, readers=4).finding(0.5, 0.05, 50) == "few readers"
    assert found_with(0.9, readers=5).finding(0.5, 0.05, 19) == "few images"
    assert found_with(0.9, readers=5).finding(0.5, 0.05, 20) == "above"
    assert not found_with(0.5, readers=4).equivalent(0.5, 0.1, 0.05, 50)
    assert found_with(0.5, readers=5).equivalent(0.5, 0.1, 0.05, 20)
    alike = mean_over_readers(np.ones((6, 40)), np.array(["a", "b"] * 20))
    assert alike.finding(0.5, 0.05, 20) == "undefined" and not alike.equivalent(1.0, 0.1, 0.05, 20)
    with pytest.raises(ValueError, match="expected J scores"):
        over_readers([0.5, 0.6], np.zeros((3, 3)))
