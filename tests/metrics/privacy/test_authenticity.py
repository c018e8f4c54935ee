"""Authenticity and images that point to one patient, by hand."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.authenticity import RealPool


def angle(*degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)


def distance(degrees):
    return 1 - np.cos(np.radians(degrees))


def pool_of(degrees, patients, trained=None):
    _, numbers = np.unique(np.array(list(patients)), return_inverse=True)
    return RealPool(angle(*degrees), numbers, np.ones(len(degrees), bool) if trained is None else trained)


def test_the_scale_leaves_out_the_same_patient():
    real = pool_of((0, 1, 10, 40), "aabc")
    np.testing.assert_allclose(real.scale(np.arange(4)), [distance(10), distance(9), distance(9), distance(30)])
    placed = real.place(angle(2, 30))
    assert placed.row.tolist() == [1, 3]
    np.testing.assert_allclose(placed.relative, [distance(1) / distance(9), distance(10) / distance(30)])


def test_the_scale_with_many_images_of_one_patient():
    """More than are looked at first."""
    real = pool_of((*range(30), 60), "a" * 30 + "b")
    np.testing.assert_allclose(real.scale(np.array([0, 29])), [distance(60), distance(31)])
    with pytest.raises(ValueError, match="at least two patients"):
        pool_of((0, 1), "aa")


def test_two_equal_images_of_two_patients_do_not_hide_a_copy():
    """Their distance is 0; a tenth of the median scale stands in for it."""
    real = pool_of((0, 0, 30, 40, 60, 80), "abcdef")
    scales = real.scale(np.arange(6))
    assert scales[0] == pytest.approx(0.1 * distance(10))
    assert real.place(angle(0.1)).relative[0] < 0.01


def test_mirrored_images_count_where_they_are_nearer():
    real = pool_of((0, 50), "ab")
    placed = real.place(angle(20, 10)).or_mirrored(real.place(angle(1, 12)))
    assert placed.mirrored.tolist() == [True, False]
    np.testing.assert_allclose(placed.distance, [distance(1), distance(10)])


def test_equally_near_images_share():
    real = pool_of((0, 20, 20, 60), "abcd", np.array([1, 1, 0, 0], bool))
    np.testing.assert_allclose(real.place(angle(1, 21, 61)).trained, [1, 0.5, 0])


def test_the_next_patient_counts_not_the_next_image():
    placed = pool_of((0, 2, 20), "aab").place(angle(1.5, 18))
    assert placed.row.tolist() == [1, 2]
    np.testing.assert_allclose(placed.ratio, [distance(0.5) / distance(18.5), distance(2) / distance(16)])


def test_many_images_of_the_nearest_patient():
    placed = pool_of((*range(30), 60), "a" * 30 + "b").place(angle(10, 59))
    assert placed.row.tolist() == [10, 30]
    assert placed.ratio[0] == pytest.approx(0, abs=1e-12)
    assert placed.ratio[1] == pytest.approx(distance(1) / distance(30))
