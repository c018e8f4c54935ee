"""Images in the order of their units."""

import numpy as np
import pytest

from medgan_tf.gans.private.patients import Patients

IMAGES = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
LABELS = np.arange(12).reshape(6, 2)


def test_images_of_a_unit_stand_together_in_their_order():
    patients = Patients.of(IMAGES, LABELS, np.array(["b", "", "a", "b", "", "a"]))
    # a, b, and the two images that are units of their own.
    assert patients.count == 4
    np.testing.assert_array_equal(patients.starts, [0, 2, 4, 5, 6])
    np.testing.assert_array_equal(np.ravel(patients.images), [2, 5, 0, 3, 1, 4])
    np.testing.assert_array_equal(patients.labels, LABELS[[2, 5, 0, 3, 1, 4]])
    assert patients.labels.dtype == "float32"
    assert patients.starts.dtype == "int64"


def test_unsuitable_arrays_are_refused():
    units = np.array([""] * 6)
    with pytest.raises(ValueError, match="images uint8"):
        Patients.of(IMAGES.astype(np.float32), LABELS, units)
    with pytest.raises(ValueError, match="6 images, 6 labels, 5 units"):
        Patients.of(IMAGES, LABELS, units[:5])
    with pytest.raises(ValueError, match="0 images"):
        Patients.of(IMAGES[:0], LABELS[:0], units[:0])
