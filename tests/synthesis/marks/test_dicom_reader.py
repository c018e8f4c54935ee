"""Marks of DICOM files without pydicom: the same values as pydicom reads, and files of other forms."""

import struct
from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from medgan_tf.data.dicom.settings import Window
from medgan_tf.synthesis.dicom.header import CLASSES, SetHeader, dicom_bytes
from medgan_tf.synthesis.marks.dicom_reader import dicom_marks, is_marked_synthetic_dicom
from medgan_tf.synthesis.marks.marks import Marks


def made(form="secondary_capture"):
    header = SetHeader(form, "key", Marks("a" * 64), window=Window(center=40, width=80))
    return dicom_bytes(header, np.zeros((16, 16), np.uint8), "1", 1, 1, ("Ödem", "Square"))


@pytest.mark.parametrize("form", CLASSES)
def test_the_same_values_as_pydicom(form):
    content = made(form)
    other, found = pydicom.dcmread(BytesIO(content)), dicom_marks(content)
    assert found == {
        "TransferSyntaxUID": "1.2.840.10008.1.2.1",
        "ImageType": "\\".join(other.ImageType),
        "SOPInstanceUID": other.SOPInstanceUID,
        "SyntheticData": "YES",
        "PatientName": str(other.PatientName),
        "PatientID": other.PatientID,
    }
    assert is_marked_synthetic_dicom(content)


@pytest.mark.parametrize("keyword", ["SyntheticData", "ImageType", "PatientName", "PatientID"])
def test_every_mark_counts(keyword):
    dataset = pydicom.dcmread(BytesIO(made()))
    setattr(dataset, keyword, "ORIGINAL")
    stream = BytesIO()
    dataset.save_as(stream)
    assert not is_marked_synthetic_dicom(stream.getvalue())
    delattr(dataset, keyword)
    stream = BytesIO()
    dataset.save_as(stream)
    assert not is_marked_synthetic_dicom(stream.getvalue())


def in_syntax(uid):
    dataset, stream = pydicom.dcmread(BytesIO(made())), BytesIO()
    dataset.file_meta.TransferSyntaxUID = uid
    pydicom.dcmwrite(stream, dataset, implicit_vr=uid.is_implicit_VR, little_endian=uid.is_little_endian)
    return stream.getvalue()


def element(group, number, kind, value):
    return struct.pack("<HH2sH", group, number, kind, len(value)) + value


def test_other_forms_and_damaged_files_are_refused():
    content = made()
    mark = content.index(struct.pack("<HH", 0x0008, 0x001C))
    bad = {
        "no DICOM file": content[132:],
        "no DICOM file ": b"",
        "it holds nothing": content[:132],
        "is cut off": content[:-1],
        "is cut off ": content + struct.pack("<HH2s", 0x7FE1, 0, b"CS"),
        "not in order": content + element(0x0008, 0x001C, b"CS", b"NO"),
        "not in order ": content[:mark] + element(0x0008, 0x001C, b"CS", b"NO") + content[mark:],
        "a length that is not stated": content + struct.pack("<HH2sHI", 0x7FE1, 0, b"OB", 0, 0xFFFFFFFF),
        "no type that is known": content + element(0x7FE1, 0, b"??", b""),
        "explicit VR, little endian": in_syntax(ImplicitVRLittleEndian),
        "explicit VR, little endian ": content.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0"),
    }
    for reason, changed in bad.items():
        with pytest.raises(ValueError, match=reason.strip()):
            dicom_marks(changed)
    with pytest.raises(ValueError):
        dicom_marks(in_syntax(ExplicitVRBigEndian))
