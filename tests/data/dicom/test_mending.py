import numpy as np
import pytest
from dicom_images import write_grey
from pydicom.uid import ImplicitVRLittleEndian

from medgan_tf.data.dicom.image import read_dicom, read_header
from medgan_tf.data.dicom.modality import has_wrong_intercept
from medgan_tf.errors import DataError

# Without a window, from the smallest to the largest value.
PIXELS, GREY = np.array([[0, 1000, 2000, 4000]], np.uint16), [[0, 64, 128, 255]]
BYTES = np.array([[0, 50, 100, 200]], np.uint8)


COMPLETED = [
    {"PhotometricInterpretation": None},
    {"PhotometricInterpretation": ""},
    {"PhotometricInterpretation": ("CS", "monochrome2")},
    {"PhotometricInterpretation": ("LO", "Monochrome 2")},
    {"PixelRepresentation": None},
    {"PixelRepresentation": ("US", None)},
    {"BitsStored": None, "HighBit": None},
    {"BitsStored": None},
    {"BitsStored": 12, "HighBit": None},
    {"BitsStored": ("US", [12, 12])},
    {"BitsStored": ("US", 0)},
    {"BitsAllocated": None},
    {"SamplesPerPixel": None},
    {"SamplesPerPixel": None, "PhotometricInterpretation": None, "PixelRepresentation": None, "HighBit": None},
    {"NumberOfFrames": ("IS", "")},
    {"NumberOfFrames": ("IS", "0")},
    {"PlanarConfiguration": 0},
]
# In implicit files a VR is not written, so there no value can have a wrong one.
OF_ANOTHER_VR = [
    {"PixelRepresentation": ("IS", "0")},
    {"BitsStored": ("DS", "12.0")},
    {"BitsAllocated": ("IS", "16")},
    {"Rows": ("IS", "1"), "Columns": ("LO", "4")},
]
IMPLICIT = {"syntax": ImplicitVRLittleEndian}


@pytest.mark.filterwarnings("ignore:Invalid value")
@pytest.mark.parametrize("elements", [*COMPLETED, *OF_ANOTHER_VR, *(one | IMPLICIT for one in COMPLETED)])
def test_what_is_completed(tmp_path, elements):
    assert read_dicom(write_grey(tmp_path / "a.dcm", PIXELS, **elements)).tolist() == GREY


def test_bits_allocated_from_the_number_of_bytes(tmp_path):
    assert read_dicom(write_grey(tmp_path / "a.dcm", BYTES, BitsAllocated=None)).tolist() == GREY
    odd = write_grey(tmp_path / "b.dcm", BYTES[:, 1:], BitsAllocated=None, BitsStored=None, HighBit=None)
    assert read_dicom(odd).tolist() == [[0, 85, 255]]


def test_the_high_bit_says_how_many_bits_are_stored(tmp_path):
    """The four bits above belong to an overlay."""
    path = write_grey(tmp_path / "a.dcm", PIXELS | 0xA000, BitsStored=None, HighBit=11)
    assert read_dicom(path).tolist() == GREY


def test_colours_without_samples_or_planar_configuration(tmp_path):
    """Black, red, and white, in the luma of ITU-R BT.601."""
    colours = np.array([[[0, 0, 0], [255, 0, 0], [255, 255, 255]]], np.uint8)
    path = write_grey(tmp_path / "a.dcm", colours, SamplesPerPixel=None, PhotometricInterpretation="RGB")
    assert read_dicom(path).tolist() == [[0, 76, 255]]


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"PhotometricInterpretation": None, "SamplesPerPixel": 3}, "does not say its photometric interpretation"),
        (
            {"PhotometricInterpretation": None, "RedPaletteColorLookupTableDescriptor": [4, 0, 8]},
            "does not say its photometric interpretation",
        ),
        ({"BitsStored": ("US", [12, 16])}, "its BitsStored is '.12, 16.'; one whole number was expected"),
        ({"BitsStored": ("LO", "twelve")}, "its BitsStored is 'twelve'; one whole number was expected"),
        ({"BitsStored": ("US", 17)}, "Received: 17 of 16 bits, pixel representation 0"),
        ({"PixelRepresentation": ("US", 2)}, "Received: 16 of 16 bits, pixel representation 2"),
        ({"BitsAllocated": None, "Rows": ("US", 3)}, "does not say how many bits a pixel takes"),
        ({"Rows": None}, "has no pixels; if it should, it is truncated"),
        ({"RescaleSlope": ("LO", "1,000"), "RescaleIntercept": 0}, "its RescaleSlope is '1,000'; a number like"),
        ({"RescaleSlope": ("DS", [1, 2]), "RescaleIntercept": 0}, "its RescaleSlope has the values 1 and 2"),
        ({"WindowCenter": 40, "WindowWidth": -80}, "expected a window of a width above 0 .* Received: width -80"),
        ({"WindowCenter": 40, "WindowWidth": 80, "VOILUTFunction": "CUBIC"}, "Received: width 80, function 'CUBIC'"),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value")
def test_what_is_refused_in_one_line(tmp_path, elements, message):
    path = write_grey(tmp_path / "a.dcm", PIXELS, **elements)
    with pytest.raises(DataError, match=f"a.dcm: .*{message}") as error:
        read_dicom(path)
    assert "\n" not in str(error.value)


# From 1000 to 3000: a half of it is 2000.
WINDOWED = [[0, 0, 128, 255]]


@pytest.mark.parametrize(
    "elements",
    [
        {"WindowCenter": ("LO", "2000,0"), "WindowWidth": ("LO", "2000,0")},
        {"WindowCenter": ("DS", [2000, 40]), "WindowWidth": ("DS", [2000, 80])},
        {"WindowCenter": ("DS", [2000, 40]), "WindowWidth": ("DS", 2000)},
        {"WindowCenter": ("LO", "\\2000"), "WindowWidth": ("LO", "\\2000")},
        {"WindowCenter": ("DS", [0, 2000]), "WindowWidth": ("DS", [0, 2000])},
        {"WindowCenter": ("DS", 1000), "WindowWidth": ("DS", 1000), "RescaleSlope": ("LO", "0,5")},
        {
            "WindowCenter": ("DS", 976.5),
            "WindowWidth": ("DS", 2000),
            "RescaleIntercept": ("LO", "-1.023,5"),
            "RescaleSlope": ("DS", 1),
        },
        {"WindowCenter": ("FD", 2000.0), "WindowWidth": ("FD", 2000.0)},
    ],
)
@pytest.mark.parametrize("function", ["linear_exact", "Linear Exact", "LINEAR_EXACT "])
def test_windows_as_they_are_written(tmp_path, elements, function):
    path = write_grey(tmp_path / "a.dcm", PIXELS, **elements, VOILUTFunction=("LO", function))
    assert read_dicom(path).tolist() == WINDOWED


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        # 255 (x - 1999.5) / 1999 + 127.5, cut at both ends.
        ("linear", [0, 0, 128, 255]),
        ("", [0, 0, 128, 255]),
        # 255 / (1 + exp(-4 (x - 2000) / 2000)).
        ("sigmoid", [5, 30, 128, 250]),
        ("Sigmoid", [5, 30, 128, 250]),
    ],
)
def test_functions_in_small_letters(tmp_path, function, expected):
    elements = {"WindowCenter": 2000, "WindowWidth": 2000, "VOILUTFunction": ("LO", function)}
    assert read_dicom(write_grey(tmp_path / "a.dcm", PIXELS, **elements)).tolist() == [expected]


@pytest.mark.parametrize(
    "elements",
    [
        {"WindowCenter": ("DS", ""), "WindowWidth": ("DS", "")},
        {"WindowCenter": ("DS", 0), "WindowWidth": ("DS", 0)},
        {"WindowCenter": ("DS", 40)},
        {"WindowWidth": ("DS", 40)},
    ],
)
def test_no_window_at_all(tmp_path, elements):
    assert read_dicom(write_grey(tmp_path / "a.dcm", PIXELS, **elements)).tolist() == GREY


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ({"PixelPaddingValue": ("US", 0)}, [0, 0, 85, 255]),
        ({"PixelPaddingValue": ("IS", "0")}, [0, 0, 85, 255]),
        ({"PixelPaddingValue": ("US", [4000, 4000])}, [0, 128, 255, 0]),
        ({"PixelPaddingValue": ("US", None)}, [0, 64, 128, 255]),
        ({"PixelPaddingValue": ("LO", "")}, [0, 64, 128, 255]),
        ({"PixelPaddingValue": ("US", 1000), "PixelPaddingRangeLimit": ("US", 0)}, [0, 0, 0, 255]),
    ],
)
def test_padding_as_it_is_written(tmp_path, padding, expected):
    """It is black, and no part of the range from black to white."""
    assert read_dicom(write_grey(tmp_path / "a.dcm", PIXELS, **padding)).tolist() == [expected]


def test_padding_of_the_other_sign(tmp_path):
    signed = np.array([[-2000, 0, 1000]], np.int16)
    for padding in (("SS", -2000), ("US", 63_536)):
        assert read_dicom(write_grey(tmp_path / "a.dcm", signed, PixelPaddingValue=padding)).tolist() == [[0, 0, 255]]
    unsigned = np.array([[63_536, 0, 1000]], np.uint16)
    assert read_dicom(write_grey(tmp_path / "a.dcm", unsigned, PixelPaddingValue=("SS", -2000))).tolist() == [
        [0, 0, 255]
    ]
    # No pixel of 8 bits is -2000. Its lowest 8 bits are 48.
    small = np.array([[0, 48, 255]], np.uint8)
    assert read_dicom(write_grey(tmp_path / "b.dcm", small, PixelPaddingValue=("SS", -2000))).tolist() == [[0, 48, 255]]


def test_a_linear_window_narrower_than_1(tmp_path):
    """Of values from 0 to 1 the middle half."""
    elements = {"RescaleSlope": "0.00025", "RescaleIntercept": 0, "WindowCenter": 0.5, "WindowWidth": 0.5}
    assert read_dicom(write_grey(tmp_path / "a.dcm", PIXELS, **elements)).tolist() == [[0, 0, 128, 255]]


def test_a_comma_does_not_cost_the_header(tmp_path):
    elements = {"RescaleIntercept": ("LO", "0,0"), "BitsStored": 12, "HighBit": 11}
    path = write_grey(tmp_path / "a.dcm", PIXELS, **elements)
    keywords = ["PatientID", "BitsStored", "PixelRepresentation", "RescaleIntercept"]
    header = read_header(path, keywords)
    assert header.PatientID == "p" and has_wrong_intercept(header)
    header = read_header(write_grey(path, PIXELS, **{**elements, "RescaleIntercept": ("LO", "-1,000")}), keywords)
    assert header.PatientID == "p" and not has_wrong_intercept(header)


def test_commas_in_decimal_strings_themselves(tmp_path):
    path = write_grey(tmp_path / "a.dcm", PIXELS, WindowCenter="2000.0", WindowWidth="2000.0")
    data = path.read_bytes()
    assert data.count(b"2000.0") == 2
    path.write_bytes(data.replace(b"2000.0", b"2000,0"))
    assert read_dicom(path).tolist() == [[0, 0, 128, 255]]
