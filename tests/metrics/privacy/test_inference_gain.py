"""Gains of inference: who is asked with whose labels, values by another computation, and errors of the limits."""

from dataclasses import replace

import numpy as np
import pytest

from medgan_tf.metrics.privacy.attribute_inference import guess_one_label
from medgan_tf.metrics.privacy.inference_gain import Records, circle, group_gain, label_gain

PATIENTS = np.array([f"p{number // 2}" for number in range(46)])


def dealt(patients=PATIENTS, seed=1):
    return list(circle(patients, np.random.default_rng(seed)))


def test_everybody_is_asked_once_and_no_two_with_each_other():
    """23 patients in groups of 5, 5, 5, 4 and 4; each is asked with two groups."""
    known_by = {}
    for asked, known, share in dealt():
        assert not set(PATIENTS[asked]) & set(PATIENTS[known])
        assert len(set(PATIENTS[asked])) in (4, 5) and 8 <= len(set(PATIENTS[known])) <= 10
        assert share == pytest.approx(len(set(PATIENTS[asked])) / 23)
        for patient in set(PATIENTS[asked]):
            assert patient not in known_by
            known_by[patient] = set(PATIENTS[known])
    assert len(known_by) == 23
    assert not any(first in known_by[second] for first, known in known_by.items() for second in known)
    assert sorted(np.concatenate([asked for asked, _, _ in dealt()])) == list(range(46))


def test_images_without_a_patient_are_patients_and_four_are_too_few():
    assert sum(len(asked) for asked, _, _ in dealt(np.full(7, ""))) == 7
    with pytest.raises(ValueError, match="5 patients or more. Received: 4"):
        dealt(np.array(["a", "b", "c", "d", "d"]))


def test_the_value_is_the_mean_over_patients_of_all_guesses():
    random = np.random.default_rng(4)
    train, held_out, released = ((random.random((count, 5)) < 0.4).astype(int) for count in (46, 9, 30))
    found = label_gain(Records(train, PATIENTS), Records(held_out, np.full(9, "")), released, np.random.default_rng(1))
    expected, control = np.zeros(46), np.zeros(9)
    for asked, known, share in dealt():
        for one in asked:
            expected[one] = np.mean(
                guess_one_label(train[[one]], released) - guess_one_label(train[[one]], train[known])
            )
        control += share * (guess_one_label(held_out, released) - guess_one_label(held_out, train[known])).mean(axis=1)
    assert found.train == pytest.approx(expected.mean()) and found.held_out == pytest.approx(control.mean())
    assert found.value == pytest.approx(expected.mean() - control.mean())
    assert found.patients == (23, 9)
    by_release = guess_one_label(train, released).mean(), guess_one_label(held_out, released).mean()
    assert found.right == pytest.approx(by_release)


def test_the_standard_error_is_that_of_repeats():
    """Coin flips: hardly two patients are alike. With two halves in turn it was 0.87 of this."""
    random, values, errors = np.random.default_rng(5), [], []
    for _ in range(200):
        train, held_out, released = ((random.random((100, 12)) < 0.5).astype(int) for _ in range(3))
        nobody = np.full(100, "")
        found = label_gain(Records(train, nobody), Records(held_out, nobody), released, random)
        values.append(found.value)
        errors.append((found.limits(0.95)[1] - found.value) / 1.653)
    # The standard deviation of 200 values has itself an error of 5 %.
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values), rel=0.1)
    assert abs(np.mean(values)) < 3 * np.std(values) / 200**0.5


def people(random, count):
    groups = np.array(["F", "M"], object)[random.integers(0, 2, count)]
    features = np.where(groups == "F", 1.0, -1.0)[:, None] + random.normal(0, 0.1, (count, 2))
    return Records((random.random((count, 10)) < 0.5).astype(int), np.full(count, ""), features, groups)


def test_an_attribute_is_given_away_by_repeated_images_only():
    """With the patient's own image under his labels the guess is right, else in half of the cases: a gain of 0.5, less
    a little where others have the same labels."""
    random = np.random.default_rng(6)
    train, held_out, others = (people(random, 300) for _ in range(3))
    leaking = group_gain(train, held_out, train, np.random.default_rng(1))
    assert 0.3 < leaking.value < 0.5 and leaking.right == (1.0, 1.0)
    fair = group_gain(train, held_out, others, np.random.default_rng(1))
    assert fair.limits(0.99)[0] < 0 < fair.limits(0.99)[1]
    same = replace(train, groups=np.full(300, "F", object))
    with pytest.raises(ValueError, match="two values of the attribute"):
        group_gain(same, held_out, others, random)
