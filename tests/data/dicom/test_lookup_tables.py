"""Tables as programs write them. Expected values are worked out by hand from PS3.3 C.11.1.1.1 and C.11.2.1.1."""

import struct

import numpy as np
import pydicom
import pytest
from dicom_images import table_item, write_grey
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import DataError

LEVELS = np.array([[0, 1, 2, 3]], np.uint16)
SIGNED = np.array([[-2, -1, 0, 1]], np.int16)
# Black, a fifth, two fifths, white.
EIGHT, GREY = [0, 51, 102, 255], [0, 51, 102, 255]
SIXTEEN = [0, 13107, 26214, 65535]
TWELVE = [0, 819, 1638, 4095]


def words(numbers, order="<"):
    return struct.pack(f"{order}{len(numbers)}H", *numbers)


VOI = {
    "8 bits in numbers": (LEVELS, table_item(4, 0, 8, EIGHT), GREY),
    "8 bits in words": (LEVELS, table_item(4, 0, 8, words(EIGHT), "OW"), GREY),
    "8 bits packed in words": (LEVELS, table_item(4, 0, 8, bytes(EIGHT), "OW"), GREY),
    "8 bits packed in numbers": (LEVELS, table_item(4, 0, 8, [51 << 8, 255 << 8 | 102]), GREY),
    "8 bits in bytes": (LEVELS, table_item(4, 0, 8, bytes(EIGHT), "OB"), GREY),
    "an odd number of bytes, padded": (LEVELS, table_item(3, 0, 8, bytes([0, 51, 255, 0]), "OB"), [0, 51, 255, 255]),
    "an odd number packed in numbers": (LEVELS, table_item(3, 0, 8, [51 << 8, 255]), [0, 51, 255, 255]),
    "unknown VR": (LEVELS, table_item(4, 0, 8, bytes(EIGHT), "UN"), GREY),
    "10 bits": (LEVELS, table_item(4, 0, 10, [0, 205, 409, 1023]), GREY),
    "12 bits": (LEVELS, table_item(4, 0, 12, TWELVE), GREY),
    "12 bits in words": (LEVELS, table_item(4, 0, 12, words(TWELVE), "OW"), GREY),
    "14 bits": (LEVELS, table_item(4, 0, 14, [0, 3277, 6553, 16383]), GREY),
    "16 bits": (LEVELS, table_item(4, 0, 16, SIXTEEN), GREY),
    "16 bits in words": (LEVELS, table_item(4, 0, 16, words(SIXTEEN), "OW"), GREY),
    "entries left over": (LEVELS, table_item(2, 0, 8, [0, 255, 7, 9]), [0, 255, 255, 255]),
    "one entry": (LEVELS, table_item(1, 0, 8, 255), [255, 255, 255, 255]),
    "16 bits said, 12 used": (LEVELS, table_item(4, 0, 16, TWELVE), GREY),
    "16 bits said, bytes given": (LEVELS, table_item(4, 0, 16, bytes(EIGHT), "OW"), GREY),
    "8 bits said, 12 used": (LEVELS, table_item(4, 0, 8, TWELVE), GREY),
    "8 bits said, 16 used": (LEVELS, table_item(4, 0, 8, SIXTEEN), GREY),
    "no bits said": (LEVELS, table_item(4, 0, 0, TWELVE), GREY),
    "32 bits said": (LEVELS, table_item(4, 0, 32, SIXTEEN), GREY),
    "white is not reached": (LEVELS, table_item(4, 0, 8, [0, 50, 100, 200]), [0, 50, 100, 200]),
    "black is not reached": (LEVELS, table_item(4, 0, 8, [55, 105, 155, 255]), [55, 105, 155, 255]),
    "falling": (LEVELS, table_item(4, 0, 12, TWELVE[::-1]), GREY[::-1]),
    "all black": (LEVELS, table_item(4, 0, 16, [0, 0, 0, 0]), [0, 0, 0, 0]),
    "values below the first": (LEVELS, table_item(2, 2, 8, [51, 255]), [51, 51, 51, 255]),
    "values above the last": (LEVELS, table_item(2, 0, 8, [51, 255]), [51, 255, 255, 255]),
    "signed": (SIGNED, table_item(4, -2, 8, EIGHT, first_vr="SS"), GREY),
    "signed, first value as unsigned": (SIGNED, table_item(4, 65534, 8, EIGHT), GREY),
    "signed, entries in words": (SIGNED, table_item(4, -2, 12, words(TWELVE), "OW", first_vr="SS"), GREY),
    "signed, first value 0": (SIGNED, table_item(2, 0, 8, [51, 255]), [51, 51, 51, 255]),
    "unsigned, first value as signed": (
        np.array([[40_000, 40_001, 40_002, 65_535]], np.uint16),
        table_item(3, 40_000 - 65_536, 8, [0, 51, 255], first_vr="SS"),
        [0, 51, 255, 255],
    ),
    "number of entries as signed": (
        np.array([[0, 39_998, 39_999, 50_000]], np.uint16),
        table_item(40_000, 0, 8, words([0] * 39_999 + [255]), "OW", "SS"),
        [0, 0, 255, 255],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", VOI)
def test_voi_luts(tmp_path, kind):
    pixels, item, expected = VOI[kind]
    assert read_dicom(write_grey(tmp_path / "a.dcm", pixels, VOILUTSequence=[item])).tolist() == [expected]


def test_65536_entries(tmp_path):
    """Their number does not fit in the descriptor, which says 0."""
    pixels = np.array([[0, 256, 65_279, 65_535]], np.uint16)
    item = table_item(0, 0, 16, words(range(65_536)), "OW")
    assert read_dicom(write_grey(tmp_path / "a.dcm", pixels, VOILUTSequence=[item])).tolist() == [[0, 1, 254, 255]]


def test_4096_entries_of_8_bits(tmp_path):
    """More entries than 8 bits can count."""
    pixels = np.array([[0, 255, 256, 2048, 4095]], np.uint16)
    item = table_item(4096, 0, 8, [value >> 4 for value in range(4096)])
    path = write_grey(tmp_path / "a.dcm", pixels, BitsStored=12, VOILUTSequence=[item])
    assert read_dicom(path).tolist() == [[0, 15, 16, 128, 255]]


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize(("pixels", "vr"), [(LEVELS, "US"), (SIGNED, "SS")], ids=["unsigned", "signed"])
def test_tables_in_other_transfer_syntaxes(tmp_path, syntax, pixels, vr):
    """In implicit files the VR is not written; in big-endian ones the first of two bytes is the low one of its word."""
    big = syntax == ExplicitVRBigEndian
    for bits, data in (12, words(TWELVE, ">" if big else "<")), (8, bytes([51, 0, 255, 102] if big else EIGHT)):
        item = table_item(4, int(pixels[0, 0]), bits, data, "OW", first_vr=vr)
        path = write_grey(tmp_path / "a.dcm", pixels, syntax=syntax, VOILUTSequence=[item])
        assert read_dicom(path).tolist() == [GREY]


def test_an_implicit_file_without_pixel_representation(tmp_path):
    """pydicom cannot tell the VR of the descriptor then, and raises."""
    item = table_item(4, 0, 8, words(EIGHT), "OW")
    syntax = ImplicitVRLittleEndian
    path = write_grey(tmp_path / "a.dcm", LEVELS, syntax=syntax, VOILUTSequence=[item], PixelRepresentation=None)
    assert read_dicom(path).tolist() == [GREY]


def test_monochrome1_and_inverse_turn_the_table_around(tmp_path):
    item = table_item(4, 0, 12, TWELVE)
    for elements in ({"PhotometricInterpretation": "MONOCHROME1"}, {"PresentationLUTShape": "INVERSE"}):
        path = write_grey(tmp_path / "a.dcm", LEVELS, VOILUTSequence=[item], **elements)
        assert read_dicom(path).tolist() == [[255 - grey for grey in GREY]]
        # Both say the same thing, once.
    both = {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}
    assert read_dicom(write_grey(tmp_path / "b.dcm", LEVELS, VOILUTSequence=[item], **both)).tolist() == [
        [255 - grey for grey in GREY]
    ]


@pytest.mark.parametrize(
    ("slope", "intercept", "first", "vr", "expected"),
    [
        (1, -1024, -1023, "SS", [0, 0, 51, 102]),
        (1, -1024, 64_513, "US", [0, 0, 51, 102]),
        # 10, 12, 14 and 16.
        (2, 10, 12, "US", [0, 0, 102, 255]),
        # 0, 0.5, 1 and 1.5 count as 0, 0, 1 and 2.
        (0.5, 0, 0, "US", [0, 0, 51, 102]),
        (-1, 3, 0, "US", [255, 102, 51, 0]),
    ],
)
def test_a_voi_lut_takes_rescaled_values(tmp_path, slope, intercept, first, vr, expected):
    elements = {"RescaleSlope": slope, "RescaleIntercept": intercept}
    item = table_item(4, first, 8, EIGHT, first_vr=vr)
    path = write_grey(tmp_path / "a.dcm", LEVELS, VOILUTSequence=[item], **elements)
    assert read_dicom(path).tolist() == [expected]


def test_of_several_tables_the_first_is_taken_and_before_a_window(tmp_path):
    items = [table_item(4, 0, 8, EIGHT), table_item(4, 0, 8, [9, 9, 9, 9])]
    elements = {"VOILUTSequence": items, "WindowCenter": 1, "WindowWidth": 1}
    path = write_grey(tmp_path / "a.dcm", LEVELS, **elements)
    assert read_dicom(path).tolist() == [GREY]
    # A window that is asked for comes first: above 1.5 white.
    assert read_dicom(path, Window(center=2, width=1)).tolist() == [[0, 0, 255, 255]]


def test_an_empty_sequence_is_no_table(tmp_path):
    path = write_grey(tmp_path / "a.dcm", LEVELS, VOILUTSequence=[], ModalityLUTSequence=[])
    assert read_dicom(path).tolist() == [[0, 85, 170, 255]]


def test_padding_stays_black_whatever_the_table_says(tmp_path):
    item = table_item(4, 0, 8, [200, 51, 102, 255])
    path = write_grey(tmp_path / "a.dcm", LEVELS, VOILUTSequence=[item], PixelPaddingValue=0)
    assert read_dicom(path).tolist() == [[0, 51, 102, 255]]
    path = write_grey(
        tmp_path / "b.dcm", LEVELS, VOILUTSequence=[item], PixelPaddingValue=0, PhotometricInterpretation="MONOCHROME1"
    )
    assert read_dicom(path).tolist() == [[0, 204, 153, 0]]


def test_a_table_in_the_functional_groups_of_a_frame(tmp_path):
    path = write_grey(tmp_path / "a.dcm", np.zeros((2, 2), np.uint16))
    dataset = pydicom.dcmread(path)
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = 2, 1, 2
    dataset.PixelData = np.array([0, 3, 0, 3], "<u2").tobytes()
    dataset.PerFrameFunctionalGroupsSequence = [Dataset(), Dataset()]
    for group, entries in zip(dataset.PerFrameFunctionalGroupsSequence, (EIGHT, EIGHT[::-1]), strict=True):
        voi = Dataset()
        voi.VOILUTSequence = [table_item(4, 0, 8, entries)]
        group.FrameVOILUTSequence = [voi]
    dataset.save_as(path)
    assert [read_dicom(path, frame=number).tolist() for number in (0, 1)] == [[[0, 255]], [[255, 0]]]


def test_left_justified_pixels_are_shifted_before_the_table(tmp_path):
    item = table_item(4, 0, 12, TWELVE)
    path = write_grey(tmp_path / "a.dcm", LEVELS << 4 | 0, BitsStored=12, HighBit=15, VOILUTSequence=[item])
    assert read_dicom(path).tolist() == [GREY]


MODALITY = {
    "16 bits": (LEVELS, table_item(4, 0, 16, [1000, 1025, 1050, 1100]), [0, 64, 128, 255]),
    "12 bits": (LEVELS, table_item(4, 0, 12, [1000, 1025, 1050, 1100]), [0, 64, 128, 255]),
    "12 bits in words": (LEVELS, table_item(4, 0, 12, words([1000, 1025, 1050, 1100]), "OW"), [0, 64, 128, 255]),
    "8 bits in bytes": (LEVELS, table_item(4, 0, 8, bytes([0, 50, 100, 200]), "OB"), [0, 64, 128, 255]),
    "8 bits packed in words": (LEVELS, table_item(4, 0, 8, bytes([0, 50, 100, 200]), "OW"), [0, 64, 128, 255]),
    "signed": (SIGNED, table_item(4, -2, 16, [1000, 1025, 1050, 1100], first_vr="SS"), [0, 64, 128, 255]),
    "signed, first value as unsigned": (SIGNED, table_item(4, 65534, 12, [1000, 1025, 1050, 1100]), [0, 64, 128, 255]),
    "ends": (LEVELS, table_item(2, 1, 16, [1000, 1100]), [0, 0, 255, 255]),
}  # fmt: skip


@pytest.mark.parametrize("kind", MODALITY)
def test_modality_luts(tmp_path, kind):
    """Without a window, from the smallest to the largest value; with one from 1000 to 1050, from there to there."""
    pixels, item, expected = MODALITY[kind]
    path = write_grey(tmp_path / "a.dcm", pixels, ModalityLUTSequence=[item])
    assert read_dicom(path).tolist() == [expected]


def test_a_modality_lut_and_a_window(tmp_path):
    item = table_item(4, 0, 12, [1000, 1025, 1050, 1100])
    elements = {"WindowCenter": 1025, "WindowWidth": 50, "VOILUTFunction": "LINEAR_EXACT"}
    path = write_grey(tmp_path / "a.dcm", LEVELS, ModalityLUTSequence=[item], **elements)
    assert read_dicom(path).tolist() == [[0, 128, 255, 255]]


def test_a_modality_lut_and_a_voi_lut(tmp_path):
    modality, voi = table_item(4, 0, 16, [40_000, 40_001, 40_002, 40_003]), table_item(4, 40_000, 8, EIGHT)
    path = write_grey(tmp_path / "a.dcm", LEVELS, ModalityLUTSequence=[modality], VOILUTSequence=[voi])
    assert read_dicom(path).tolist() == [GREY]


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    ("item", "message"),
    [
        (table_item(40, 0, 8, EIGHT), "has 4 entries, its descriptor says 40"),
        (table_item(0, 0, 8, EIGHT), "has 4 entries, its descriptor says 65,536"),
        (table_item(5, 0, 12, words(TWELVE), "OW"), "has 4 entries, its descriptor says 5"),
        (Dataset(), "has no descriptor of three numbers"),
    ],
)
def test_damaged_tables(tmp_path, sequence, item, message):
    path = write_grey(tmp_path / "a.dcm", LEVELS, **{sequence: [item]})
    with pytest.raises(DataError, match=f"a.dcm: its {sequence[:-11].replace('VOI', 'VOI ').strip()}.*{message}"):
        read_dicom(path)
