import cv2
import numpy as np
import pytest

from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.image_files.options import PLAIN, GreyOptions
from medgan_tf.data.image_files.scaling import StoredImage, brightest, to_grey
from medgan_tf.errors import DataError

RAMP = np.rint(np.linspace(0, 4095, 64 * 64)).reshape(64, 64).astype(np.uint16)


def grey(values, options=PLAIN, **stored):
    return to_grey(StoredImage(np.asarray(values), **stored), options, "a.png")


def with_pixels(values, count, level):
    image = np.array(values)
    image.reshape(-1)[:count] = level
    return image


@pytest.mark.parametrize("count", [1, 4])
def test_a_marker_does_not_darken_a_12_bit_image(count):
    marked = with_pixels(RAMP, count, 65535)
    expected = np.rint(RAMP / 4095 * 255)
    expected.reshape(-1)[:count] = 255
    assert np.abs(grey(marked) - expected).max() <= 1
    assert brightest(marked) == 4095


def test_markers_at_two_levels():
    marked = with_pixels(with_pixels(RAMP, 2, 20_000), 1, 65535)
    assert brightest(marked) == 4095


@pytest.mark.parametrize(
    ("image", "maximum"),
    [
        (with_pixels(RAMP, 5, 65535), 65535),  # more than one in 1,000 pixels
        (with_pixels(RAMP, 1, 8190), 8190),  # no more than twice as bright as the others
        (with_pixels(RAMP, 1, 8191), 4095),
        (with_pixels(np.zeros((64, 64), np.uint16), 1, 900), 900),  # without it nothing would be left
        (np.array([[0, 257, 65535]], np.uint16), 65535),  # too few pixels to tell
        (RAMP, 4095),
    ],
)
def test_the_brightest_value_that_is_no_marker(image, maximum):
    assert brightest(image) == maximum


def test_bright_spots_with_values_in_between_are_no_markers():
    """Vessels of an angiogram: a few pixels, up to six times as bright as nearly all others."""
    image = np.full((64, 64), 400, np.uint16)
    image.reshape(-1)[:4] = [700, 1200, 2000, 2400]
    assert brightest(image) == 2400


def test_ordinary_images_are_scaled_to_their_maximum_as_before():
    for maximum in (255, 1000, 4095, 65535):
        image = np.random.default_rng(maximum).integers(0, maximum + 1, (70, 80)).astype(np.uint16)
        np.testing.assert_array_equal(grey(image), cv2.convertScaleAbs(image, alpha=255.0 / float(image.max())))


def test_a_marker_in_signed_and_floating_point_images():
    for kind in (np.int16, np.float32):
        hounsfield = (RAMP / 2 - 1000).astype(kind)
        low, high = float(hounsfield.min()), float(hounsfield.max())
        expected = np.rint((hounsfield - low) / (high - low) * 255)
        marked = with_pixels(hounsfield, 3, 32767)
        expected.reshape(-1)[:3] = 255
        low = float(marked.min())
        assert np.abs(grey(marked) - expected).max() <= 1


def test_a_window_shows_part_of_the_stored_values():
    """DICOM PS3.3 C.11.2.1.2.1: black up to 1000, white from 1200."""
    image = np.array([[0, 1000, 1050], [1100, 1200, 4000]], np.uint16)
    options = GreyOptions(window=Window(center=1100.5, width=201))
    assert grey(image, options).tolist() == [[0, 0, 64], [128, 255, 255]]
    eight = np.array([[10, 20, 30]], np.uint8)
    assert grey(eight, GreyOptions(window=Window(center=20.5, width=11))).tolist() == [[0, 128, 255]]


def test_slope_and_intercept_make_hounsfield_units():
    """DeepLesion's files hold HU + 32768."""
    hounsfield = np.array([[-1000, -160, -60], [40, 240, 1000]])
    options = GreyOptions(window=Window(center=40.5, width=401), intercept=-32768.0)
    stored = (hounsfield + 32768).astype(np.uint16)
    assert grey(stored, options).tolist() == [[0, 0, 64], [128, 255, 255]]
    doubled = (2 * (hounsfield + 1000)).astype(np.uint16)
    options = GreyOptions(window=Window(center=40.5, width=401), slope=0.5, intercept=-1000.0)
    assert grey(doubled, options).tolist() == [[0, 0, 64], [128, 255, 255]]
    # Without a window, all values are shown.
    assert grey([[1000, 1100, 1200]], GreyOptions(intercept=-1000.0)).tolist() == [[0, 128, 255]]
    assert grey(np.array([[0, 50, 100]], np.uint8), GreyOptions(slope=-1.0)).tolist() == [[255, 128, 0]]


def test_scaling_by_a_percentile():
    # Letters with soft edges, which have values in between.
    image = np.tile(np.arange(100, dtype=np.uint16), (100, 1))
    image[0, :10] = np.arange(1, 11) * 400
    options = GreyOptions(scale_to="percentile")
    assert brightest(image) == 4000
    assert grey(image, options)[1].tolist() == np.rint(np.arange(100) / 99 * 255).astype(int).tolist()
    lone = with_pixels(np.zeros((64, 64), np.uint16), 1, 700)
    assert grey(lone, options).max() == 255


def test_scaling_by_bits():
    options = GreyOptions(scale_to="bits")
    image = np.array([[0, 1000, 2048]], np.uint16)
    assert grey(image, options).tolist() == [[0, 4, 8]]
    assert grey(image, options, bits=12).tolist() == [[0, 62, 128]]
    # A writer that moved the 12 bits to the upper end, as PNG asks for.
    assert grey(image * 16, options, bits=12).tolist() == [[0, 62, 128]]
    with pytest.raises(DataError, match="a.png: scale_to: bits is for unsigned values"):
        grey(image.astype(np.int16), options)


def test_white_is_zero():
    assert grey(RAMP, white_is_zero=True)[0, 0] == 255 and grey(RAMP, white_is_zero=True)[-1, -1] == 0
    eight = np.array([[0, 10, 255]], np.uint8)
    assert grey(eight, white_is_zero=True).tolist() == [[255, 245, 0]]
    window = GreyOptions(window=Window(center=1100.5, width=201))
    image = np.array([[1000, 1100, 1200]], np.uint16)
    assert grey(image, window, white_is_zero=True).tolist() == [[255, 127, 0]]


def test_constant_images_stay_black():
    assert grey(np.zeros((2, 2), np.uint16)).tolist() == [[0, 0], [0, 0]]
    assert grey(np.full((2, 2), -7, np.int16)).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("given", "message"), [({"slope": 0.0}, "slope must not be 0"), ({"page": -1}, "pages count from 0")]
)
def test_options_that_make_no_sense(given, message):
    with pytest.raises(DataError, match=message):
        GreyOptions(**given)
