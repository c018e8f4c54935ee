import io
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from dicom_images import write_grey
from jpeg_encoders import extended_jpeg, lossless_jpeg
from PIL import Image
from pydicom.uid import (
    UID,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from medgan_tf.data.dicom import decoders, gdcm_frames
from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.errors import DataError

PIXELS = np.add.outer(np.arange(32) * 2, np.arange(32) * 6).astype(np.uint8)
JPEG = cv2.imencode(".jpg", PIXELS, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
JPEG_LS = (
    b"\xff\xd8\xff\xf7\x00\x0b\x08\x00\x20\x00\x20\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00\x01\xff\xd9"
)
JPEG_2000 = cv2.imencode(".jp2", PIXELS)[1].tobytes()


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [
        (JPEGLossless, lossless_jpeg(PIXELS, 8)),
        (JPEGLosslessSV1, lossless_jpeg(PIXELS, 8)),
        (JPEGLSLossless, JPEG_LS),
        (JPEGLSNearLossless, JPEG_LS),
        (JPEG2000Lossless, JPEG_2000),
        (HTJ2KLossless, JPEG_2000),
    ],
)
def test_a_missing_decoder_is_named_by_the_extra_that_brings_it(tmp_path, monkeypatch, syntax, frame):
    monkeypatch.setattr(decoders, "GDCM", None)
    monkeypatch.setattr(decoders, "get_decoder", lambda syntax: SimpleNamespace(available_plugins=()))
    write_grey(tmp_path / "a.dcm", PIXELS, frame + bytes(len(frame) % 2), syntax)
    with pytest.raises(DataError) as error:
        read_dicom(tmp_path / "a.dcm")
    expected = f"no decoder is installed for transfer syntax {syntax.name}; pip install 'medgan-tf[dicom]' brings one"
    assert str(error.value) == f"{tmp_path / 'a.dcm'}: {expected}"


def test_12_bits_without_gdcm(tmp_path, monkeypatch):
    monkeypatch.setattr(decoders, "GDCM", None)
    pixels = PIXELS.astype(np.uint16) << 4
    write_grey(tmp_path / "a.dcm", pixels, extended_jpeg(pixels), JPEGExtended12Bit, BitsStored=12)
    with pytest.raises(
        DataError, match="a.dcm: JPEG Extended .*; pip install 'medgan-tf.dicom.' brings others"
    ) as error:
        read_dicom(tmp_path / "a.dcm")
    assert "libjpeg" not in str(error.value) and "\n" not in str(error.value)


def test_a_video_is_not_supported(tmp_path):
    write_grey(tmp_path / "a.dcm", PIXELS, bytes(100), UID("1.2.840.10008.1.2.4.102"))
    with pytest.raises(DataError, match="a.dcm: transfer syntax MPEG-4 .* is not supported"):
        read_dicom(tmp_path / "a.dcm")


def test_what_is_installed_beside_changes_no_pixel(tmp_path, monkeypatch):
    """8-bit JPEG is decoded by Pillow, with GDCM and without: decoders of lossy images differ in single levels."""
    write_grey(
        tmp_path / "a.dcm", PIXELS, JPEG + bytes(len(JPEG) % 2), JPEGBaseline8Bit, WindowCenter=128, WindowWidth=256
    )
    assert np.array_equal(read_dicom(tmp_path / "a.dcm"), np.asarray(Image.open(io.BytesIO(JPEG))))
    monkeypatch.setattr(decoders, "GDCM", None)
    assert np.array_equal(read_dicom(tmp_path / "a.dcm"), np.asarray(Image.open(io.BytesIO(JPEG))))


def test_what_is_not_ours_is_used_only_where_nothing_else_is(monkeypatch):
    """Another package of the user's may read a syntax; pydicom's own plugin for GDCM passes over damage."""
    used = []
    monkeypatch.setattr(decoders, "pixel_array", lambda dataset, index, decoding_plugin: used.append(decoding_plugin))
    for plugins in (("gdcm", "other", "pyjpegls"), ("gdcm", "other"), ("gdcm",)):
        monkeypatch.setattr(
            decoders, "get_decoder", lambda syntax, plugins=plugins: SimpleNamespace(available_plugins=plugins)
        )
        for read in decoders._readers(JPEGLSLossless):
            read(None, b"", 0, "a.dcm")
    assert used == ["pyjpegls", "other"]


def test_run_lengths_need_nothing_else(monkeypatch):
    monkeypatch.setattr(decoders, "GDCM", None)
    assert len(decoders._readers(RLELossless)) == 1


@pytest.mark.skipif(gdcm_frames.GDCM is None, reason="needs python-gdcm")
def test_gdcm_is_asked_for_what_only_it_reads():
    asked = [
        syntax
        for syntax in (JPEGBaseline8Bit, JPEG2000Lossless, JPEGLSLossless, JPEGExtended12Bit, JPEGLosslessSV1)
        if decoders.decode_with_gdcm in decoders._readers(syntax)
    ]
    assert asked == [JPEGExtended12Bit, JPEGLosslessSV1]


@pytest.mark.skipif(gdcm_frames.GDCM is None, reason="needs python-gdcm")
def test_other_components_than_the_header_says(tmp_path):
    frame = bytearray(lossless_jpeg(PIXELS, 8))
    path = write_grey(
        tmp_path / "a.dcm", np.zeros((32, 32, 3), np.uint8), bytes(frame), JPEGLosslessSV1,
        SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0,
    )  # fmt: skip
    with pytest.raises(DataError, match="a.dcm: JPEG Lossless.* cannot read .ValueError: 1 components instead of 3"):
        read_dicom(path)


@pytest.mark.skipif(gdcm_frames.GDCM is None, reason="needs python-gdcm")
@pytest.mark.parametrize(
    "odd",
    [
        b"\xff\xe0\x00\x10JFIF\x00\x09\x09\x00\x00\x01\x00\x01\x00\x00",
        b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x07",
        b"\xff\xfe\x00\x05abc",
        b"abc",
    ],
    ids=["unknown version of JFIF", "unknown colours of Adobe", "comment", "bytes between segments"],
)
def test_a_header_with_remarks(tmp_path, odd):
    """libjpeg warns of most of these, and GDCM ends its process after a warning."""
    frame = lossless_jpeg(PIXELS, 8)
    frame = frame[:2] + odd + frame[2:]
    window = {"WindowCenter": 128, "WindowWidth": 256}
    write_grey(tmp_path / "a.dcm", PIXELS, frame + bytes(len(frame) % 2), JPEGLosslessSV1, **window)
    assert np.array_equal(read_dicom(tmp_path / "a.dcm"), PIXELS)


@pytest.mark.skipif(gdcm_frames.GDCM is None, reason="needs python-gdcm")
@pytest.mark.parametrize(("marker", "bits"), [(0xC3, 17), (0xC3, 1), (0xC3, 128), (0xC1, 10), (0xC9, 12)])
def test_depths_that_a_coding_cannot_have(tmp_path, marker, bits):
    """GDCM would write past its memory."""
    frame = bytearray(lossless_jpeg(PIXELS, 8))
    frame[3], frame[6] = marker, bits
    write_grey(tmp_path / "a.dcm", PIXELS, bytes(frame) + bytes(len(frame) % 2), JPEGLosslessSV1)
    with pytest.raises(DataError, match=f"a.dcm: .*coding {marker:X} with {bits} bits") as error:
        read_dicom(tmp_path / "a.dcm")
    assert "\n" not in str(error.value)
