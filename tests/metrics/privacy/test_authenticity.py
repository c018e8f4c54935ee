"""Authenticity and images that point to one patient, by hand."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.authenticity import RealScale, excess_interval


def angle(*degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)


def distance(degrees):
    return 1 - np.cos(np.radians(degrees))


def test_the_scale_leaves_out_the_same_patient():
    real = RealScale(angle(0, 1, 10, 40), np.array(["a", "a", "b", "c"]))
    np.testing.assert_allclose(real.scale(np.arange(4)), [distance(10), distance(9), distance(9), distance(30)])
    placed = real.place(angle(2, 30))
    assert placed.row.tolist() == [1, 3]
    np.testing.assert_allclose(placed.relative, [distance(1) / distance(9), distance(10) / distance(30)])


def test_the_scale_with_many_images_of_one_patient():
    """More than are looked at first."""
    real = RealScale(angle(*range(30), 60), np.array(["a"] * 30 + ["b"]))
    np.testing.assert_allclose(real.scale(np.array([0, 29])), [distance(60), distance(31)])
    with pytest.raises(ValueError, match="at least two patients"):
        RealScale(angle(0, 1), np.array(["a", "a"]))


def test_mirrored_images_count_where_they_are_nearer():
    real = RealScale(angle(0, 50), np.array(["a", "b"]))
    placed = real.place(angle(20, 10), angle(1, 12))
    assert placed.mirrored.tolist() == [True, False]
    np.testing.assert_allclose(placed.distance, [distance(1), distance(10)])


def test_excess_of_hits():
    hits, control = np.array([1, 1, 1, 0], bool), np.array([1, 0, 0, 0], bool)
    value, interval = excess_interval(hits, np.array(list("aabc")), control, np.array(list("xyzx")), 0, draws=500)
    assert value == 0.5 and interval.low <= 0.5 <= interval.high


def test_the_next_patient_counts_not_the_next_image():
    real = RealScale(angle(0, 2, 20), np.array(["a", "a", "b"]))
    row, ratio = real.singling_out(angle(1.5, 18))
    assert row.tolist() == [1, 2]
    np.testing.assert_allclose(ratio, [distance(0.5) / distance(18.5), distance(2) / distance(16)])


def test_many_images_of_the_nearest_patient():
    real = RealScale(angle(*range(30), 60), np.array(["a"] * 30 + ["b"]))
    row, ratio = real.singling_out(angle(10, 59))
    assert row.tolist() == [10, 30]
    assert ratio[0] == pytest.approx(0, abs=1e-12)
    assert ratio[1] == pytest.approx(distance(1) / distance(30))
