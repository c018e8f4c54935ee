"""Frames written by OpenJPEG, and those that come with pydicom: none is refused unless it was damaged."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000TransferSyntaxes

from medgan_tf.data.dicom.jpeg2000_damage import check_jpeg2000_is_whole
from medgan_tf.errors import DataError

openjpeg = pytest.importorskip("openjpeg.utils")

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
NOISE = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)


def encoded(picture, layers=1):
    ratios = [100 - 4 * number for number in range(layers)]
    return openjpeg.encode_array(picture, photometric_interpretation=2, compression_ratios=ratios)


@pytest.mark.parametrize("layers", [1, 5, 20])
@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((256, 256), np.uint8),
        np.where(np.arange(256) > 200, 255, 0)[None].repeat(256, 0).astype(np.uint8),
        (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8),
        NOISE,
    ],
    ids=["black", "bars", "chessboard", "noise"],
)
def test_pictures_of_all_kinds_are_whole(layers, picture):
    """Empty packets are zeros as well, and so are data that the coder knows beforehand."""
    check_jpeg2000_is_whole(encoded(picture, layers), "a.dcm")


@pytest.mark.parametrize(
    "name", ["JPEG2000", "693_J2KI", "GDCMJ2K_TextGBR", "MR_small_jp2klossless", "examples_jpeg2k"]
)
def test_frames_of_other_encoders_are_whole(name):
    """One of them has a hundred tiles."""
    dataset = pydicom.dcmread(BUNDLED / f"{name}.dcm")
    assert dataset.file_meta.TransferSyntaxUID in JPEG2000TransferSyntaxes
    for frame in generate_frames(dataset.PixelData, number_of_frames=1):
        check_jpeg2000_is_whole(frame, name)


def test_a_hole_is_seen_where_empty_packets_do_not_explain_it():
    for layers in (1, 20):
        packets = 6 * layers
        frame = bytearray(openjpeg.encode_array(NOISE, photometric_interpretation=2))
        place = frame.index(b"\xff\x52")
        frame[place + 6 : place + 8] = layers.to_bytes(2)
        for length, whole in ((packets + 240, True), (packets + 270, False)):
            holed = frame[:6000] + b"\x01" + bytes(length) + b"\x01" + frame[6002 + length :]
            if whole:
                check_jpeg2000_is_whole(bytes(holed), "a.dcm")
            else:
                with pytest.raises(DataError, match="a.dcm: its frame is damaged .[0-9]+ zero bytes in coded data"):
                    check_jpeg2000_is_whole(bytes(holed), "a.dcm")


def test_a_marker_inside_the_data():
    frame = openjpeg.encode_array(NOISE, photometric_interpretation=2)
    middle = len(frame) // 2
    for found, whole in ((b"\xff\x8f", True), (b"\xff\x91\x00", True), (b"\xff\x90", False), (b"\xff\xff", False)):
        changed = frame[:middle] + b"\x01" + found + b"\x01" + frame[middle + 2 + len(found) :]
        if whole:
            check_jpeg2000_is_whole(changed, "a.dcm")
        else:
            with pytest.raises(DataError, match="a.dcm: its frame is damaged .a marker in coded data"):
                check_jpeg2000_is_whole(changed, "a.dcm")


@pytest.mark.parametrize("size", [0, 30, 60, 90, 110, 130])
def test_what_is_cut_in_its_header_is_left_to_the_decoder(size):
    check_jpeg2000_is_whole(encoded(NOISE)[:size], "a.dcm")


def test_endless_headers_end():
    start = encoded(NOISE)[:100]
    for rest in (bytes(10**6), b"\xff\x64\x00\x02" * 10**5, b"\xff\x90" + bytes(10**6)):
        check_jpeg2000_is_whole(start[: start.index(b"\xff\x52")] + rest, "a.dcm")
