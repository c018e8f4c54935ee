"""Clustered covariance of AUCs against hand-worked numbers, DeLong's formula, and a bootstrap over patients."""

import numpy as np
import pytest
from bootstrapped_aucs import bootstrap_auc
from scipy import stats
from sklearn.metrics import roc_auc_score

from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.metrics.clustered_auc import auc_interval, clustered_aucs, placement_values, score_limits


def _delong_variance(truth, scores):
    """DeLong's variance of one AUC, pair by pair, without ranks or patients."""
    wins = np.array([[(p > n) + 0.5 * (p == n) for n in scores[truth == 0]] for p in scores[truth == 1]])
    return wins.mean(axis=1).var(ddof=1) / len(wins) + wins.mean(axis=0).var(ddof=1) / wins.shape[1]


def _example(seed=0, patients=60, images=3, labels=2):
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(patients), images)
    truth = (random.random((len(groups), labels)) < 0.4).astype(float)
    own = random.normal(size=(patients, labels))[groups]
    scores = np.round(truth + own + random.normal(size=truth.shape), 1)
    return truth, scores, groups.astype(str)


def test_placement_values_by_hand():
    truth, scores = np.array([True, True, False, False]), np.array([3.0, 1.0, 2.0, 1.0])
    # 3 is above both; 1 is below 2 and ties with 1. Of the negatives, 2 is below one of two; 1 is below 3, ties with 1.
    assert placement_values(truth, scores).tolist() == [1.0, 0.25, 0.5, 0.75]


def test_one_image_a_patient_is_delong():
    """With n patients of one image each the cross term is 0, as a patient is positive or negative."""
    truth, scores, _ = _example(images=1, labels=1)
    found = clustered_aucs(truth, scores, np.full(len(truth), ""))
    assert found.values[0] == pytest.approx(roc_auc_score(truth[:, 0], scores[:, 0]))
    m = int(truth.sum())
    # The mean AUC is taken off all placements, so sums of squares are those of DeLong.
    cross = found.covariance[0, 0] - _delong_variance(truth[:, 0], scores[:, 0])
    assert cross == pytest.approx(0.0, abs=1e-12)
    assert (found.positive_patients[0], found.negative_patients[0], found.patients) == (m, len(truth) - m, len(truth))


def test_every_image_three_times_is_no_more_information():
    truth, scores, _ = _example(images=1, labels=1)
    patients = np.arange(len(truth)).astype(str)
    once = clustered_aucs(truth, scores, patients)
    thrice = clustered_aucs(np.repeat(truth, 3, axis=0), np.repeat(scores, 3, axis=0), np.repeat(patients, 3))
    assert thrice.values == pytest.approx(once.values)
    assert thrice.covariance == pytest.approx(once.covariance)


def test_covariances_are_those_of_a_bootstrap_over_patients():
    """Two classifiers and two labels; 4,000 resamples of 150 patients."""
    truth, first, patients = _example(seed=3, patients=150)
    random = np.random.default_rng(5)
    second = first + random.normal(0, 1.0, first.shape)
    found = clustered_aucs(np.hstack([truth, truth]), np.hstack([first, second]), patients)
    samples = bootstrap_auc(truth, [first, second], patients, 4000, 1)
    expected = np.cov(np.concatenate([samples[0].T, samples[1].T]))
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((found.covariance - expected) / scale).max() < 0.08
    assert expected[0, 2] / scale[0, 2] > 0.5


def test_a_label_of_one_patient_has_a_value_and_no_error():
    truth, scores, patients = _example()
    truth[:, 1] = patients == "7"
    found = clustered_aucs(truth, scores, patients)
    assert np.isfinite(found.values).all() and found.positive_patients[1] == 1
    assert np.isfinite(found.covariance[0, 0]) and np.isnan(found.covariance[1]).all()
    assert auc_interval(found, 1).how == "too few"
    truth[:, 1] = 0
    assert np.isnan(clustered_aucs(truth, scores, patients).values[1])


def test_interval_on_the_logit_scale():
    truth, scores, patients = _example(patients=80, labels=1)
    found = clustered_aucs(truth, scores, patients)
    value, error = found.values[0], found.standard_errors[0]
    interval = auc_interval(found, 0)
    t = stats.t.ppf(0.975, found.fewer_patients[0] - 1)
    logit = np.log([interval.low / (1 - interval.low), interval.high / (1 - interval.high)])
    assert logit.mean() == pytest.approx(np.log(value / (1 - value)))
    assert np.diff(logit)[0] / 2 == pytest.approx(t * error / (value * (1 - value)))
    assert interval.how == "logit t" and value < 0.9


def test_a_perfect_auc_is_bounded_on_one_side():
    """Six patients with the finding, all ranked rightly: 0.05^(1/6) = 0.607, unless the score limit is lower."""
    truth = np.array([1] * 6 + [0] * 30, float)[:, None]
    found = clustered_aucs(truth, truth + np.arange(36)[:, None] * 1e-3, np.full(36, ""))
    interval = auc_interval(found, 0)
    assert (interval.how, interval.high) == ("exact bound", 1.0)
    assert interval.low == pytest.approx(min(0.05 ** (1 / 6), score_limits(1.0, 6, 30)[0]))


def test_score_limits_solve_their_equation():
    low, high = score_limits(0.9, 20, 40)
    for limit, sign in ((low, 1), (high, -1)):
        spread = 1 + 29 * (1 - limit) / (2 - limit) + 29 * limit / (1 + limit)
        error = np.sqrt(limit * (1 - limit) * spread / 800)
        assert sign * (0.9 - limit) == pytest.approx(stats.norm.ppf(0.975) * error, rel=1e-6)


def test_degrees_of_freedom_of_a_mean():
    truth, scores, patients = _example()
    found = clustered_aucs(truth, scores, patients)
    assert found.degrees(np.array([1.0, 0.0])) == pytest.approx(found.fewer_patients[0] - 1)
    assert found.degrees(np.array([0.5, 0.5])) > found.fewer_patients.min() - 1


def test_shapes_that_differ():
    with pytest.raises(ValueError, match=r"one shape \[N, K\]"):
        clustered_aucs(np.zeros((3, 1)), np.zeros((3, 2)), np.full(3, ""))


def test_on_some_of_the_images_is_as_if_there_were_no_others():
    """Two groups of different patients: each as alone, and nothing in common."""
    truth, scores, patients = _example(patients=80)
    first = np.asarray(patients, int) < 30
    used = np.repeat(np.stack([first, ~first], axis=1), 2, axis=1)
    found = clustered_aucs(np.tile(truth, 2), np.tile(scores, 2), patients, used)
    for place, rows in ((slice(0, 2), first), (slice(2, 4), ~first)):
        alone = clustered_aucs(truth[rows], scores[rows], patients[rows])
        assert found.values[place] == pytest.approx(alone.values)
        assert found.covariance[place, place] == pytest.approx(alone.covariance)
        assert found.positive_patients[place].tolist() == alone.positive_patients.tolist()
    assert np.abs(found.covariance[:2, 2:]).max() < 1e-15
    # The same label on other images is another one, whose patients are counted apart.
    assert found.labels.tolist() == [0, 1, 2, 3]


def test_groups_of_the_same_patients_are_correlated_as_in_a_bootstrap():
    """The second image of each patient is of another view; 800 resamples of 150 patients."""
    truth, scores, patients = _example(seed=8, patients=150, images=2, labels=1)
    truth[1::2] = truth[::2]
    scores = scores + 2 * truth
    views = np.stack([np.arange(300) % 2 == 0, np.arange(300) % 2 == 1], axis=1)
    found = clustered_aucs(np.tile(truth, 2), np.tile(scores, 2), patients, views)
    draws = []
    random = np.random.default_rng(2)
    for _ in range(800):
        rows = (2 * random.integers(0, 150, 150)[:, None] + [0, 1]).ravel()
        draws.append([auc_per_label(truth[rows[v::2]], scores[rows[v::2]])[0] for v in (0, 1)])
    expected = np.cov(np.array(draws).T)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((found.covariance - expected) / scale).max() < 0.12
    assert expected[0, 1] / scale[0, 1] > 0.3


def test_used_images_have_the_shape_of_the_scores():
    truth, scores, patients = _example()
    with pytest.raises(ValueError, match="must have one shape"):
        clustered_aucs(truth, scores, patients, np.ones((len(truth), 1), bool))
