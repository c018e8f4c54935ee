import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_windowing

from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.dicom.window import apply_window


def test_the_brain_window_at_its_edges():
    """PS3.3 C.11.2.1.2.1 by hand: black up to 40 - 0.5 - 79/2 = 0 HU, white above 79 HU, 39.5 HU in the middle."""
    values = np.array([-1000, 0, 1, 39, 40, 78, 79, 80, 3000])
    expected = [0, 0, 255 / 79, 255 * 39 / 79, 255 * 40 / 79, 255 * 78 / 79, 255, 255, 255]
    assert apply_window(values, 40, 80).tolist() == [round(value) for value in expected]


def test_width_one_is_a_threshold():
    assert apply_window(np.array([1, 2, 3]), 3, 1).tolist() == [0, 0, 255]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(40, 80), (600.5, 2800), (-600, 1500)])
def test_pydicom_agrees(function, center, width):
    dataset = Dataset()
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = center, width, function
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = "MONOCHROME2", 8, 0
    values = np.arange(-2000, 3000, 7)
    assert np.array_equal(apply_window(values, center, width, function), np.rint(apply_windowing(values, dataset)))


def test_windows_that_cannot_be():
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Window(center=40, width=0.5)
    with pytest.raises(ValueError, match="width=0"):
        apply_window(np.zeros(1), 40, 0, "SIGMOID")
    with pytest.raises(ValueError, match="'CUBIC'"):
        apply_window(np.zeros(1), 40, 80, "CUBIC")
