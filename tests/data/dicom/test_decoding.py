"""Stored values of every kind of file, compared with the arrays that the files were made from.

JPEG Lossless and 12-bit JPEG come from the encoders in tests/support, JPEG-LS from CharLS, JPEG 2000 from OpenJPEG, the
8-bit JPEG from OpenCV, run lengths from pydicom.
"""

import warnings

import cv2
import numpy as np
import pydicom
import pytest
from dicom_images import write_grey
from jpeg_encoders import extended_jpeg, lossless_jpeg
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from medgan_tf.data.dicom.decoding import stored_values
from medgan_tf.data.dicom.parsing import IMAGE_ELEMENTS, parse_dicom
from medgan_tf.errors import DataError

jpeg_ls = pytest.importorskip("jpeg_ls")
openjpeg = pytest.importorskip("openjpeg.utils")
pytest.importorskip("gdcm")

DEPTHS = [(bits, signed) for bits in (8, 10, 12, 16) for signed in (False, True)]


def picture(bits, signed, side=32):
    """A smooth image with some noise that uses the whole range of its bits."""
    rows, columns = np.mgrid[:side, :side]
    values = (rows + 2 * columns) / (3 * side - 3) * (2**bits - 1) * 0.9 + rows * columns % 7
    values = np.clip(np.rint(values).astype(int), 0, 2**bits - 1)
    values[0, :2] = 0, 2**bits - 1
    kind = np.uint8 if bits <= 8 else np.uint16
    return (values - 2 ** (bits - 1)).astype(kind).view(f"i{kind().itemsize}") if signed else values.astype(kind)


def cells(pixels, bits):
    """The lowest bits of numbers, as unsigned numbers."""
    return (pixels.astype(int) & (2**bits - 1)).astype(f"u{pixels.dtype.itemsize}")


def read(path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom")
        return stored_values(parse_dicom(path, IMAGE_ELEMENTS), path, None)


def write(folder, pixels, bits, syntax, coded):
    return write_grey(folder / "a.dcm", pixels, coded, syntax, BitsStored=bits, HighBit=bits - 1)


@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
def test_jpeg_lossless(tmp_path, bits, signed):
    pixels = picture(bits, signed)
    coded = lossless_jpeg(cells(pixels, bits), bits)
    assert np.array_equal(read(write(tmp_path, pixels, bits, JPEGLosslessSV1, coded)), pixels)
    # Some writers code all 16 bits of a pixel, with its sign in the upper ones.
    whole = 8 * pixels.dtype.itemsize
    coded = lossless_jpeg(cells(pixels, whole), whole)
    assert np.array_equal(read(write(tmp_path, pixels, bits, JPEGLosslessSV1, coded)), pixels)


@pytest.mark.parametrize("bits", [2, 5, 6, 7, 9, 11, 13, 14, 15])
def test_jpeg_lossless_of_other_depths(tmp_path, bits):
    pixels = picture(bits, False)
    coded = lossless_jpeg(pixels, bits)
    assert np.array_equal(read(write(tmp_path, pixels, bits, JPEGLosslessSV1, coded)), pixels)


@pytest.mark.parametrize("predictor", [2, 4, 6, 7])
def test_jpeg_lossless_with_other_predictors(tmp_path, predictor):
    pixels = picture(12, False)
    coded = lossless_jpeg(pixels, 12, predictor)
    assert np.array_equal(read(write(tmp_path, pixels, 12, JPEGLossless, coded)), pixels)


@pytest.mark.parametrize("scan", [(0, 63, 0), (0, 0, 0)])
@pytest.mark.parametrize("bits", [10, 12])
def test_jpeg_extended(tmp_path, bits, scan):
    """The transform loses at most a level or two; a header of the scan with zeros is common, and no damage."""
    pixels = picture(bits, False)
    coded = extended_jpeg(pixels, 12, scan) if bits == 12 else extended_jpeg(pixels, 12)
    found = read(write(tmp_path, pixels, bits, JPEGExtended12Bit, coded))
    assert np.abs(found.astype(int) - pixels).max() <= 2


def test_jpeg_of_8_bits(tmp_path):
    pixels = picture(8, False)
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    for syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        found = read(write(tmp_path, pixels, 8, syntax, coded))
        assert np.abs(found.astype(int) - pixels).max() <= 3


@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
def test_jpeg_ls(tmp_path, bits, signed):
    pixels = picture(bits, signed)
    data = cells(pixels, bits).tobytes()
    coded = bytes(jpeg_ls.encode_buffer(data, *pixels.shape, 1, bits))
    assert np.array_equal(read(write(tmp_path, pixels, bits, JPEGLSLossless, coded)), pixels)
    if not signed:
        coded = bytes(jpeg_ls.encode_buffer(data, *pixels.shape, 1, bits, lossy_error=2))
        found = read(write(tmp_path, pixels, bits, JPEGLSNearLossless, coded))
        assert 0 < np.abs(found.astype(int) - pixels).max() <= 2


@pytest.mark.parametrize("bits", [12, 16])
def test_jpeg_ls_near_lossless_of_signed_pixels(tmp_path, bits):
    """Coded as unsigned numbers. Away from both ends of the range, where they wrap, the loss is as it says."""
    pixels = np.clip(picture(bits, True), -(2 ** (bits - 1)) + 2, 2 ** (bits - 1) - 3).astype(np.int16)
    coded = bytes(jpeg_ls.encode_buffer(cells(pixels, bits).tobytes(), *pixels.shape, 1, bits, lossy_error=2))
    found = read(write(tmp_path, pixels, bits, JPEGLSNearLossless, coded))
    assert 0 < np.abs(found.astype(int) - pixels).max() <= 2


@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
def test_jpeg_2000(tmp_path, bits, signed):
    pixels = picture(bits, signed)
    coded = openjpeg.encode_array(pixels, bits_stored=bits, photometric_interpretation=2)
    assert np.array_equal(read(write(tmp_path, pixels, bits, JPEG2000Lossless, coded)), pixels)
    coded = openjpeg.encode_array(pixels, bits_stored=bits, photometric_interpretation=2, signal_noise_ratios=[50])
    found = read(write(tmp_path, pixels, bits, JPEG2000, coded))
    assert np.abs(found.astype(int) - pixels).max() <= 2**bits / 25
    # A signed image whose codestream says unsigned.
    if signed:
        unsigned = cells(pixels, bits)
        coded = openjpeg.encode_array(unsigned, bits_stored=bits, photometric_interpretation=2)
        assert np.array_equal(read(write(tmp_path, pixels, bits, JPEG2000Lossless, coded)), pixels)


@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_uncompressed(tmp_path, bits, signed, syntax):
    pixels = picture(bits, signed)
    assert np.array_equal(read(write(tmp_path, pixels, bits, syntax, None)), pixels)


@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
def test_run_lengths(tmp_path, bits, signed):
    pixels = picture(bits, signed)
    dataset = pydicom.dcmread(write(tmp_path, pixels, bits, ExplicitVRLittleEndian, None))
    dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    dataset.save_as(tmp_path / "b.dcm")
    assert np.array_equal(read(tmp_path / "b.dcm"), pixels)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("way", ["plain", "run lengths", "JPEG Lossless", "JPEG-LS"])
def test_left_justified_pixels_are_shifted(tmp_path, way, signed):
    """12 bits that end at bit 15. The other four hold an overlay."""
    pixels = picture(12, signed)
    moved = (pixels.astype(int) << 4 | np.arange(32) % 16).astype(pixels.dtype)
    elements = {"BitsStored": 12, "HighBit": 15}
    if way == "JPEG Lossless":
        write_grey(tmp_path / "a.dcm", moved, lossless_jpeg(cells(moved, 16), 16), JPEGLosslessSV1, **elements)
    elif way == "JPEG-LS":
        coded = bytes(jpeg_ls.encode_buffer(moved.tobytes(), *moved.shape, 1, 16))
        write_grey(tmp_path / "a.dcm", moved, coded, JPEGLSLossless, **elements)
    else:
        write_grey(tmp_path / "a.dcm", moved, **elements)
    if way == "run lengths":
        dataset = pydicom.dcmread(tmp_path / "a.dcm")
        dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
        dataset.save_as(tmp_path / "a.dcm")
    assert np.array_equal(read(tmp_path / "a.dcm"), pixels)


@pytest.mark.parametrize("signed", [False, True])
def test_pixels_in_the_middle_of_their_words(tmp_path, signed):
    pixels = picture(10, signed)
    moved = (cells(pixels, 10).astype(int) << 2 | 0xE001).astype(np.uint16).view(pixels.dtype)
    write_grey(tmp_path / "a.dcm", moved, BitsStored=10, HighBit=11)
    assert np.array_equal(read(tmp_path / "a.dcm"), pixels)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("high", [5, 15, 99])
def test_a_wrong_high_bit_of_right_justified_pixels(tmp_path, high, signed):
    pixels = picture(12, signed)
    write_grey(tmp_path / "a.dcm", pixels, BitsStored=12, HighBit=high)
    assert np.array_equal(read(tmp_path / "a.dcm"), pixels)


@pytest.mark.parametrize("signed", [False, True])
def test_bits_above_the_high_bit_are_no_part_of_a_pixel(tmp_path, signed):
    """Overlays of older files lie there (PS3.5 8.1.1)."""
    pixels = picture(12, signed)
    with_overlay = (cells(pixels, 12) | (np.arange(32) % 16 << 12)).astype(np.uint16).view(pixels.dtype)
    write_grey(tmp_path / "a.dcm", with_overlay, BitsStored=12, HighBit=11)
    assert np.array_equal(read(tmp_path / "a.dcm"), pixels)


def test_bytes_in_words_of_a_big_endian_file(tmp_path):
    """8-bit pixels as OW: the first is the low byte of its word, the second one in the file."""
    pixels = picture(8, False)
    swapped = pixels.reshape(-1, 2)[:, ::-1].reshape(32, 32)
    write_grey(tmp_path / "a.dcm", swapped, syntax=ExplicitVRBigEndian)
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    dataset["PixelData"].VR = "OW"
    dataset.save_as(tmp_path / "b.dcm")
    assert np.array_equal(read(tmp_path / "b.dcm"), pixels)


def test_float_pixels(tmp_path):
    path = write_grey(tmp_path / "a.dcm", np.zeros((2, 2), np.uint16), BitsAllocated=32)
    dataset = pydicom.dcmread(path)
    del dataset.PixelData, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
    dataset.add_new("FloatPixelData", "OF", np.array([0.5, -1, 2, 1e6], "<f4").tobytes())
    dataset.save_as(path)
    assert read(path).tolist() == [[0.5, -1], [2, 1e6]]


def test_a_frame_of_another_depth_is_refused_in_one_line(tmp_path):
    """8 bits coded where the header says 16 allocated and 12 stored: no wrong pixels."""
    pixels = picture(8, False).astype(np.uint16)
    coded = lossless_jpeg(pixels, 8)
    assert np.array_equal(read(write(tmp_path, pixels, 12, JPEGLosslessSV1, coded)), pixels)
    coded = cv2.imencode(".jpg", pixels.astype(np.uint8))[1].tobytes()
    with pytest.raises(DataError, match="a.dcm: JPEG Baseline .* cannot read") as error:
        read(write(tmp_path, pixels, 12, JPEGBaseline8Bit, coded))
    assert "\n" not in str(error.value)
