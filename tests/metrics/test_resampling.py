"""Jackknife and half samples over patients, against closed forms."""

import numpy as np
import pytest

from medgan_tf.metrics.resampling import (
    grouped_jackknife,
    half_sample_error,
    jackknife_of_rows,
    patient_groups,
    student_interval,
)
from medgan_tf.metrics.streams import stream

T19 = 2.093024054408263


def test_groups_hold_whole_patients_and_differ_by_one():
    units = np.repeat(np.arange(43), [1 + number % 3 for number in range(43)])
    groups = patient_groups(units, stream(0, "groups"))
    assert sorted(groups.patients.tolist()) == [2] * 17 + [3] * 3
    for patient in range(43):
        assert len(set(groups.of_image[units == patient].tolist())) == 1
    sizes = [len(set(units[groups.of_image == group].tolist())) for group in range(20)]
    assert sizes == groups.patients.tolist()
    with pytest.raises(ValueError, match="20 groups need at least as many patients. Received: 19"):
        patient_groups(np.arange(19), stream(0, "groups"))


def test_mean_has_the_error_of_its_group_means():
    """Equal groups: s / sqrt(20) of the group means, and no bias."""
    sample = np.random.default_rng(0).standard_normal(400)
    groups = patient_groups(np.arange(400), stream(0, "groups"))
    found = jackknife_of_rows(np.mean, [sample], [groups])
    means = [sample[groups.of_image == group].mean() for group in range(20)]
    error = np.std(means, ddof=1) / np.sqrt(20)
    assert found.standard_error == pytest.approx(error) and found.centre == pytest.approx(sample.mean())
    assert found.interval == pytest.approx((sample.mean() - T19 * error, sample.mean() + T19 * error))


def test_images_of_one_patient_count_as_one():
    """Ten copies of each image leave the interval as it is; as images of their own they would shrink it."""
    sample = np.random.default_rng(0).standard_normal(60)
    units = np.repeat(np.arange(60), 10)
    groups = patient_groups(units, stream(0, "groups"))
    single = patient_groups(np.arange(60), stream(0, "groups"))
    many, few = (jackknife_of_rows(np.mean, [x], [g]) for x, g in ((sample[units], groups), (sample, single)))
    assert many.standard_error == pytest.approx(few.standard_error)


def test_each_sample_is_set_apart():
    """Variances of independent samples add up; a bias of a / n + b / m goes from both, in unequal groups too."""
    sizes = 207, 90
    groups = [patient_groups(np.arange(size), stream(number, "groups")) for number, size in enumerate(sizes)]

    def value(first, second):
        return 3.0 + 7.0 / first + 5.0 / second

    def without(sample, group):
        left = list(sizes)
        left[sample] -= groups[sample].patients[group]
        return value(*left)

    found = grouped_jackknife(value(*sizes), without, groups)
    assert found.centre == pytest.approx(3.0, abs=1e-12)
    random = np.random.default_rng(1)
    samples = [random.standard_normal(size) for size in sizes]
    both = jackknife_of_rows(lambda x, y: x.mean() - y.mean(), samples, groups)
    alone = [jackknife_of_rows(np.mean, [x], [g]).standard_error for x, g in zip(samples, groups, strict=True)]
    assert both.standard_error == pytest.approx(np.hypot(*alone))


def test_halves_give_the_error_of_a_mean():
    """Without replacement, the mean of half of the patients varies by s / sqrt(P) about that of all."""
    random = np.random.default_rng(0)
    sample, units = random.standard_normal(80), np.repeat(np.arange(40), 2)
    seen = []

    def statistic(rows):
        seen.append(rows)
        return np.array([sample[rows].mean(), 5.0])

    error, none = half_sample_error(statistic, [units], stream(0, "halves"), 4000)
    assert error == pytest.approx(sample.reshape(40, 2).mean(axis=1).std(ddof=1) / np.sqrt(40), rel=0.04)
    assert none == 0.0
    assert all(len(rows) == len(set(rows.tolist())) == 40 and (rows[::2] + 1 == rows[1::2]).all() for rows in seen)


def test_students_interval():
    assert student_interval(1.0, 0.5, 19) == pytest.approx((1 - T19 / 2, 1 + T19 / 2))
    assert np.isnan(student_interval(1.0, float("nan"), 19)).all()
