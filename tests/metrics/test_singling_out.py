"""Images that point to one patient: the ratio by hand."""

import numpy as np
import pytest

from medgan_tf.metrics.authenticity import RealScale


def angle(*degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)


def distance(degrees):
    return 1 - np.cos(np.radians(degrees))


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
