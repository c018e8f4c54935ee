"""Frames that end as they should and are damaged in between, compressed in every way that is read."""

import warnings

import cv2
import numpy as np
import pydicom
import pytest
from dicom_images import write_grey
from jpeg_encoders import extended_jpeg, lossless_jpeg
from pydicom.encaps import get_frame
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from medgan_tf.data.dicom.damage import check_whole
from medgan_tf.data.dicom.decoding import stored_values
from medgan_tf.data.dicom.parsing import IMAGE_ELEMENTS, parse_dicom
from medgan_tf.errors import DataError

jpeg_ls = pytest.importorskip("jpeg_ls")
openjpeg = pytest.importorskip("openjpeg.utils")
pytest.importorskip("gdcm")

SIDE, BITS = 64, 12
NOISE = np.random.default_rng(0).integers(0, 400, (SIDE, SIDE))
PIXELS = (np.add.outer(np.arange(SIDE), np.arange(SIDE)) * 25 + NOISE).astype(np.uint16)

SMALL = (PIXELS >> 4).astype(np.uint8)
END = b"\xff\xd9"


def run_lengths():
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2", "1.3"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows = dataset.Columns = SIDE
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, BITS, BITS - 1, 0
    dataset.PixelData = PIXELS.tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return get_frame(dataset.PixelData, 0, number_of_frames=1)


FRAMES = {
    "JPEG Lossless": (JPEGLosslessSV1, lossless_jpeg(PIXELS, BITS), END),
    "12-bit JPEG": (JPEGExtended12Bit, extended_jpeg(PIXELS), END),
    "12-bit JPEG with zeros in the header of its scan": (
        JPEGExtended12Bit,
        extended_jpeg(PIXELS, scan=(0, 0, 0)),
        END,
    ),
    "8-bit JPEG": (JPEGBaseline8Bit, cv2.imencode(".jpg", SMALL, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes(), END),
    "JPEG-LS": (JPEGLSLossless, bytes(jpeg_ls.encode_array(PIXELS)), END),
    "JPEG 2000": (
        JPEG2000Lossless,
        openjpeg.encode_array(PIXELS, bits_stored=BITS, photometric_interpretation=2),
        END,
    ),
    "run lengths": (RLELossless, run_lengths(), b""),
}


def zeroed(frame, end, middle):
    return frame[:middle] + bytes(600) + frame[middle + 600 :]


def overwritten(frame, end, middle):
    return frame[:middle] + np.random.default_rng(1).bytes(1500) + frame[middle + 1500 :]


def without_middle(frame, end, middle):
    return frame[:middle] + frame[middle + 600 :]


def cut_and_ended(frame, end, middle):
    return frame[:middle] + end


def cut(frame, end, middle):
    return frame[:middle]


def read(path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom")
        return stored_values(parse_dicom(path, IMAGE_ELEMENTS), path, None)


@pytest.mark.parametrize("damage", [zeroed, overwritten, without_middle, cut_and_ended, cut])
@pytest.mark.parametrize("kind", FRAMES)
def test_damaged_frames_are_refused(tmp_path, kind, damage, capfd):
    syntax, frame, end = FRAMES[kind]
    path, pixels, bits = tmp_path / "a.dcm", PIXELS, BITS
    if kind == "8-bit JPEG":
        pixels, bits = SMALL, 8
    write_grey(path, pixels, frame + bytes(len(frame) % 2), syntax, BitsStored=bits)
    assert np.abs(read(path).astype(int) - pixels).max() <= (2 if "bit JPEG" in kind else 0)
    for share in (0.3, 0.5, 0.7):
        damaged = damage(frame, end, int(len(frame) * share))
        write_grey(path, pixels, damaged + bytes(len(damaged) % 2), syntax, BitsStored=bits)
        with pytest.raises(DataError, match="a.dcm: ") as error:
            read(path)
        assert "\n" not in str(error.value)
    # What a library says of a file is in the message, which names the file, and not on the terminal, which does not.
    assert capfd.readouterr().err == ""


def test_a_few_bytes_before_the_end_marker_are_no_damage(tmp_path):
    for count, padded in ((2, True), (8, True), (20, False)):
        frame = lossless_jpeg(PIXELS, BITS)[:-2] + bytes(count) + END
        write_grey(tmp_path / "a.dcm", PIXELS, frame + bytes(len(frame) % 2), JPEGLosslessSV1, BitsStored=BITS)
        if padded:
            assert np.array_equal(read(tmp_path / "a.dcm"), PIXELS)
        else:
            with pytest.raises(DataError, match="a.dcm: its frame is damaged .*extraneous bytes"):
                read(tmp_path / "a.dcm")


def test_run_lengths_that_fill_up_an_odd_number_of_bytes():
    """Three pixels: a run of two and one byte, with the byte that makes them even inside a run or behind it."""
    header = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    for runs in (b"\xff\x07\x00\x09", b"\xff\x07\xff\x09", b"\x02\x07\x07\x09\x80\x80", b"\xfe\x07\x00\x00\x00"):
        check_whole(header + runs, RLELossless, 3, "a.dcm")
    for runs in (b"\xff\x07", b"\x7f\x07\x07", b"\xff\x07\x00\x09\x01\x02\x03", b"\xfc\x07"):
        with pytest.raises(DataError, match="a.dcm: its frame is damaged .its run lengths do not fit its size"):
            check_whole(header + runs, RLELossless, 3, "a.dcm")
