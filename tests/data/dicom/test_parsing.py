import os
import zlib

import pytest
from bombs import deflated_dicom, dicom

from medgan_tf.data.dicom import parsing
from medgan_tf.data.dicom.image import read_dicom, read_header
from medgan_tf.data.dicom.parsing import IMAGE_ELEMENTS, parse_dicom
from medgan_tf.errors import DataError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.dcm"


def test_only_the_wanted_elements_are_kept(path):
    path.write_bytes(dicom())
    assert parse_dicom(path, ["PatientID"]).PatientID == "p"
    assert {element.keyword for element in parse_dicom(path, IMAGE_ELEMENTS)} >= {"Rows", "PixelData", "BitsStored"}
    assert "PatientID" not in parse_dicom(path, IMAGE_ELEMENTS)


def test_headers_have_the_same_bounds(path):
    path.write_bytes(deflated_dicom(1))
    with pytest.raises(DataError, match="a.dcm: inflates to more than"):
        read_header(path, ["PatientID"])
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match="a.dcm: cannot be read: it is a named pipe"):
        read_header(path, ["PatientID"])


def test_an_ordinary_deflated_file_is_read(path):
    plain, syntax = dicom(), b"1.2.840.10008.1.2.1"
    start = plain.index(b"\x08\x00\x16\x00UI")
    head = plain[:start].replace(b"\x14\x00" + syntax + b"\0", b"\x16\x00" + syntax + b".99")
    head = head[:140] + (len(head) - 144).to_bytes(4, "little") + head[144:]
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(head + deflate.compress(plain[start:]) + deflate.flush())
    deflated = read_dicom(path)
    path.write_bytes(plain)
    assert deflated.tolist() == read_dicom(path).tolist() == [[0, 0], [0, 0]]


def test_a_large_element_beside_the_pixels_is_refused_and_a_private_one_passed_over(path, monkeypatch):
    monkeypatch.setattr(parsing, "_LARGEST_HEADER", 100)
    path.write_bytes(dicom(ImageComments="x" * 200))
    assert read_dicom(path).shape == (2, 2)
    path.write_bytes(dicom(WindowCenter=[1.0] * 100, WindowWidth=[2.0] * 100))
    with pytest.raises(DataError, match="a.dcm: element .0028,1050. has [0-9]+ bytes, more than 100"):
        read_dicom(path)


def test_a_file_that_is_too_large_is_not_opened(path, monkeypatch):
    monkeypatch.setattr(parsing, "LARGEST_FILE", 100)
    path.write_bytes(dicom())
    with pytest.raises(DataError, match="a.dcm: has [0-9]+ bytes, more than the 100 that are read"):
        read_dicom(path)
