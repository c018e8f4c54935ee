from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from raw_folders import write_ct

from medgan_tf.data.dicom.decoding import stored_values
from medgan_tf.data.dicom.image import read_dicom, read_header
from medgan_tf.data.dicom.modality import has_wrong_intercept
from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import DataError

BRAIN = Window(center=40, width=80)
BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
BUNDLED_FILES = sorted(path for path in BUNDLED.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc"))
GREY, SLICE = [[0, 0, 129], [255, 255, 126]], np.array([[-1000, 0, 40], [80, 1000, 39]])


def test_brain_window(tmp_path):
    assert read_dicom(write_ct(tmp_path / "a.dcm", SLICE), BRAIN).tolist() == GREY


def test_the_files_own_window_else_its_range(tmp_path):
    own = write_ct(tmp_path / "a.dcm", SLICE, WindowCenter=[40, 600], WindowWidth=[80, 2000])
    assert read_dicom(own).tolist() == GREY
    none = write_ct(tmp_path / "b.dcm", np.array([[-1000, 1000], [0, 0]]))
    assert read_dicom(none).tolist() == [[0, 255], [128, 128]]
    flat = write_ct(tmp_path / "c.dcm", np.full((2, 2), 7))
    assert read_dicom(flat).tolist() == [[0, 0], [0, 0]]


def test_monochrome1_is_inverted(tmp_path):
    path = write_ct(tmp_path / "a.dcm", SLICE, PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(read_dicom(path, BRAIN), 255 - np.array(GREY))


def test_padding_is_black(tmp_path):
    """RSNA pads with -2000, below any HU; in a MONOCHROME1 file it must not turn white."""
    stored = np.array([[-2000, 1064], [1024, 3024]])
    values = {"stored": stored, "PixelPaddingValue": -2000}
    path = write_ct(tmp_path / "a.dcm", np.zeros((2, 2)), **values)
    assert read_dicom(path, BRAIN).tolist() == [[0, 129], [0, 255]]
    # Without a window the range is that of the image, air to 2000 HU, and not that of the padding.
    assert read_dicom(path).tolist() == [[0, 5], [0, 255]]
    undeclared = write_ct(tmp_path / "b.dcm", np.zeros((2, 2)), stored=stored)
    assert read_dicom(undeclared).tolist() == [[0, 88], [85, 255]]
    inverted = write_ct(tmp_path / "c.dcm", np.zeros((2, 2)), PhotometricInterpretation="MONOCHROME1", **values)
    assert read_dicom(inverted, BRAIN).tolist() == [[0, 126], [255, 0]]


def test_a_wrong_intercept_is_mended_on_request(tmp_path):
    """12 bits that wrapped around: HU + 4096 where HU is negative, although the header says unsigned, intercept 0."""
    values = {"stored": SLICE % 4096, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0, "RescaleIntercept": 0}
    path = write_ct(tmp_path / "a.dcm", SLICE, **values)
    assert has_wrong_intercept(read_header(path, ["BitsStored", "PixelRepresentation", "RescaleIntercept"]))
    assert read_dicom(path, BRAIN, mend_intercept=True).tolist() == GREY
    assert read_dicom(path, BRAIN).tolist() != GREY
    right = write_ct(tmp_path / "b.dcm", SLICE, **{**values, "stored": SLICE + 1024, "RescaleIntercept": -1024})
    assert not has_wrong_intercept(read_header(right, ["BitsStored", "PixelRepresentation", "RescaleIntercept"]))
    assert read_dicom(right, BRAIN, mend_intercept=True).tolist() == GREY


def test_several_frames_need_a_choice():
    path = get_testdata_file("SC_rgb_rle_2frame.dcm", download=False)
    with pytest.raises(DataError, match="has 2 frames; one image was expected .set data.options.frame"):
        read_dicom(path)
    with pytest.raises(DataError, match="has 2 frames. Received: data.options.frame=2"):
        read_dicom(path, frame=2)
    first, second = (read_dicom(path, frame=number) for number in (0, 1))
    assert np.array_equal(first, 255 - second)


def test_frames_of_an_enhanced_file_use_their_own_rescale(tmp_path):
    path = write_ct(tmp_path / "a.dcm", np.zeros((2, 4)), RescaleIntercept=None, RescaleSlope=None)
    dataset = pydicom.dcmread(path)
    dataset.Columns, dataset.NumberOfFrames = 2, 2
    dataset.PixelData = np.full((2, 2, 2), 1040, "<i2").tobytes()
    dataset.PerFrameFunctionalGroupsSequence = [pydicom.Dataset(), pydicom.Dataset()]
    for group, intercept in zip(dataset.PerFrameFunctionalGroupsSequence, (-1040, -1000), strict=True):
        transformation = pydicom.Dataset()
        transformation.RescaleIntercept, transformation.RescaleSlope = intercept, 1
        group.PixelValueTransformationSequence = [transformation]
    dataset.save_as(path)
    assert [int(read_dicom(path, BRAIN, frame=number)[0, 0]) for number in (0, 1)] == [0, 129]


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm"])
def test_transfer_syntaxes_give_the_same_image(name):
    plain = read_dicom(get_testdata_file("MR_small.dcm", download=False))
    assert plain.shape == (64, 64) and plain.max() == 255
    assert np.array_equal(read_dicom(get_testdata_file(name, download=False)), plain)


@pytest.mark.parametrize(
    "name", ["SC_rgb_rle.dcm", "SC_rgb_rle_16bit.dcm", "SC_rgb_rle_32bit.dcm", "SC_ybr_full_422_uncompressed.dcm"]
)
def test_colour_becomes_luma(name):
    """Ten bars: red, pale red, green, pale green, blue, pale blue, black, dark grey, light grey, white."""
    image = read_dicom(get_testdata_file(name, download=False))
    expected = [76, 166, 150, 202, 29, 142, 0, 64, 192, 255]
    assert image[5::10, 50].tolist() == pytest.approx(expected, abs=2)


def test_palettes(tmp_path):
    image = read_dicom(get_testdata_file("examples_palette.dcm", download=False))
    assert image.shape == (350, 800) and image.max() == 254 and image.mean() == pytest.approx(19.4, abs=0.1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("README.txt", "is not a DICOM file"),
        ("rtplan.dcm", "has no pixels"),
        ("MR_truncated.dcm", "is truncated .8130 of 8192 bytes of pixels"),
        ("badVR.dcm", "its NumberOfFrames is '1A'; one whole number was expected"),
        ("missing.dcm", "cannot be read: No such file"),
    ],
)
def test_refusals(name, message):
    with pytest.raises(DataError, match=f"{name}: {message}"):
        read_dicom(BUNDLED / name)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
@pytest.mark.parametrize("name", ["CT_small.dcm", "JPEG2000.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_rle.dcm"])
def test_truncated_at_any_place(tmp_path, name, share):
    data = (BUNDLED / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError, match=name):
        read_dicom(tmp_path / name)


def test_a_header_that_claims_too_many_pixels(tmp_path):
    path = write_ct(tmp_path / "a.dcm", SLICE)
    dataset = pydicom.dcmread(path)
    dataset.Rows = dataset.Columns = 65535
    dataset.save_as(path)
    with pytest.raises(DataError, match="claims 65535 x 65535 pixels"):
        read_dicom(path)


def test_a_jpeg_2000_header_that_leads_nowhere_does_not_hang(tmp_path):
    dataset = pydicom.dcmread(BUNDLED / "JPEG2000.dcm")
    boxes = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40)
    dataset.PixelData = pydicom.encaps.encapsulate([boxes])
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(DataError, match="a.dcm: cannot be decoded, its JPEG 2000 header is damaged"):
        read_dicom(tmp_path / "a.dcm")


def test_every_bundled_file_is_read_or_refused_in_one_line():
    """All 160 or so files of pydicom's wheel: grey images, or one line that names the file; nothing else is raised."""
    read, refused = [], []
    for path in BUNDLED_FILES:
        try:
            image = read_dicom(path, frame=0)
        except DataError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error) and len(str(error)) < 600
            refused.append(path.name)
        else:
            assert image.dtype == np.uint8 and image.ndim == 2 and image.size
            read.append(path.name)
    assert len(read) >= 90
    assert {"CT_small.dcm", "MR_small_padded.dcm", "examples_overlay.dcm", "SC_rgb_jpeg.dcm"} <= set(read)
    assert {"JPGExtended.dcm", "SC_rgb_jpeg_gdcm.dcm", "JPEGLSNearLossless_16.dcm", "GDCMJ2K_TextGBR.dcm"} <= set(read)
    with_pixels = {name for name in refused if "pixels" not in _refusal(name)}
    assert with_pixels <= {
        *("JPEG2000-embedded-sequence-delimiter.dcm", "badVR.dcm"),
        *("README.txt", "crayons.icc", "no_meta.dcm", "rtplan.dump", "rtstruct.dump", "test1.json", "test_PN.json"),
        *("zipMR.gz", "README"),
    }


def _refusal(name):
    path = next(path for path in BUNDLED_FILES if path.name == name)
    with pytest.raises(DataError) as error:
        read_dicom(path, frame=0)
    return str(error.value)


def test_12_bit_jpeg_as_other_decoders_read_it():
    """Two stored values of the file that pydicom's tests give for it."""
    path = BUNDLED / "JPGExtended.dcm"
    pixels = stored_values(pydicom.dcmread(path), path, None)
    assert (pixels[420, 140], pixels[230, 120], pixels.shape) == (244, 95, (1024, 256))


def test_headers_without_pixels(tmp_path):
    path = write_ct(tmp_path / "a.dcm", SLICE, patient="ID_17")
    assert read_header(path, ["PatientID"]).PatientID == "ID_17"
    assert "PixelData" not in read_header(path, ["PatientID"])
    with pytest.raises(DataError, match="README.txt: is not a DICOM file"):
        read_header(BUNDLED / "README.txt", ["PatientID"])
