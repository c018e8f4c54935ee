"""Attribute inference: guesses by hand, by brute force, and limits that are honest."""

import itertools

import numpy as np
import pytest
from scipy.stats import ttest_ind

from medgan_tf.metrics.privacy.attribute_inference import (
    guess_group,
    guess_one_label,
    mean_difference,
    patient_gains,
    predict_groups,
)


def test_the_rows_that_agree_best_are_asked():
    """Known: the second label. Of the three rows with it, two have the first label."""
    table = np.array([[1, 1], [1, 1], [0, 1], [0, 0]])
    np.testing.assert_allclose(guess_one_label(np.array([[1, 1], [0, 1]]), table)[:, 0], [2 / 3, 1 / 3])


def by_brute_force(target, table, label):
    known = [column for column in range(len(target)) if column != label]
    distances = [sum(row[column] != target[column] for column in known) for row in table]
    votes = [row[label] == target[label] for row, far in zip(table, distances, strict=True) if far == min(distances)]
    return sum(votes) / len(votes)


def test_guesses_are_those_of_a_search_row_by_row():
    random = np.random.default_rng(1)
    table = (random.random((23, 4)) < 0.4).astype(int)
    targets = np.array(list(itertools.product((0, 1), repeat=4)))
    expected = [[by_brute_force(target, table, label) for label in range(4)] for target in targets]
    np.testing.assert_allclose(guess_one_label(targets, table), expected)


def test_group_of_the_same_labels_or_the_nearest():
    labels = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 1]])
    groups = np.array(["F", "M", "M", "F"])
    asked, truth = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0]]), np.array(["M", "F", "F", "O"])
    # The third has no equal: the last row differs by one label, the others by two. Nobody known is "O".
    np.testing.assert_allclose(guess_group(labels, groups, asked, truth), [2 / 3, 1, 1, 0])


def test_predicted_groups_follow_the_features():
    random = np.random.default_rng(2)
    groups = np.array(["F", "M", "O"])[random.integers(0, 3, 300)]
    centres = {"F": (3, 0, 0), "M": (0, 3, 0), "O": (0, 0, 3)}
    features = np.array([centres[group] for group in groups]) + random.normal(0, 0.5, (300, 3))
    features = np.concatenate([features, np.ones((300, 1))], axis=1)
    assert (predict_groups(features[:200], groups[:200], features[200:]) == groups[200:]).mean() > 0.97


def test_groups_of_few_images_of_many_dimensions_are_those_of_least_squares():
    """The penalty as rows of the system that is solved, one for each dimension."""
    random = np.random.default_rng(7)
    features, groups = random.standard_normal((60, 90)).astype(np.float32), random.choice(["A", "B", "C"], 60)
    features[:, 0] += 3 * (groups == "B")
    known, asked = (part.astype(np.float64) for part in (features[:40], features[40:]))
    centre, scale = known.mean(axis=0), known.std(axis=0)
    names, numbers = np.unique(groups[:40], return_inverse=True)
    columns = np.eye(3)[numbers]
    system = np.concatenate([(known - centre) / scale, np.sqrt(0.1 * 40) * np.eye(90)])
    truth = np.concatenate([columns - columns.mean(axis=0), np.zeros((90, 3))])
    weights = np.linalg.lstsq(system, truth, rcond=None)[0]
    expected = names[((asked - centre) / scale @ weights + columns.mean(axis=0)).argmax(axis=1)]
    assert predict_groups(features[:40], groups[:40], features[40:]).tolist() == expected.tolist()
    assert len(set(expected)) == 3


def test_patients_are_the_unit():
    np.testing.assert_allclose(patient_gains(np.array([1, 0, 1, -1]), np.array(["b", "b", "", "a"])), [-1, 0.5, 1])


def test_limits_are_welchs():
    random = np.random.default_rng(3)
    first, second = random.normal(0.1, 0.2, 30), random.normal(0, 0.4, 20)
    value, limits = mean_difference(first, second)
    interval = ttest_ind(first, second, equal_var=False).confidence_interval(0.9)
    assert value == pytest.approx(first.mean() - second.mean())
    # With 30 and 20 values the smallest width, 0.09 + 0.14, is larger than this t interval.
    wide = 2 - 0.05 ** (1 / 30) - 0.05 ** (1 / 20)
    assert limits(0.95) == pytest.approx((value - wide, value + wide))
    value, limits = mean_difference(np.tile(first, 40), np.tile(second, 40))
    interval = ttest_ind(np.tile(first, 40), np.tile(second, 40), equal_var=False).confidence_interval(0.9)
    assert limits(0.95) == pytest.approx((interval.low, interval.high))


def test_equal_values_leave_room_for_those_not_seen():
    """40 held-out patients: 1 - 0.05^(1/40) = 0.0722; 400 training patients: 0.0075."""
    value, limits = mean_difference(np.zeros(400), np.zeros(40))
    assert value == 0
    assert limits(0.95) == pytest.approx((-0.0797, 0.0797), abs=1e-4)
    with pytest.raises(ValueError, match="two values"):
        mean_difference(np.zeros(1), np.zeros(9))


def test_limits_contain_the_truth_often_enough():
    """Rare gains of 1, which a t interval alone misses. The truth is 0.01 - 0.01; 5 % of 400 are 20, and 31 are the
    99 % limit of their binomial distribution."""
    random = np.random.default_rng(4)
    above = below = 0
    for _ in range(400):
        parts = ((random.random(count) < 0.01).astype(float) for count in (300, 150))
        low, high = mean_difference(*parts)[1](0.95)
        above, below = above + (low > 0), below + (high < 0)
    assert max(above, below) <= 31
