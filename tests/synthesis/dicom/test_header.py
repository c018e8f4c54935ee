"""Headers of hostile labels and odd sizes, and codes and UIDs held against values from another implementation."""

import uuid
from io import BytesIO

import numpy as np
import pydicom
import pytest

from medgan_tf.synthesis.dicom.header import SetHeader, dicom_bytes
from medgan_tf.synthesis.dicom.identifiers import derived_uid, label_code
from medgan_tf.synthesis.marks.marks import Marks

MARKS = Marks("a" * 64)


def made(labels, shape=(16, 16), **options):
    header = SetHeader(options.pop("form", "secondary_capture"), "key", MARKS, **options)
    return pydicom.dcmread(BytesIO(dicom_bytes(header, np.zeros(shape, np.uint8), "name", 1, 1, labels)))


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setattr(pydicom.config.settings, "reading_validation_mode", pydicom.config.RAISE)


def test_any_label_is_written_validly():
    labels = ("A\\B", "x" * 200, "Ödem", "=cmd|'/C calc'!A0")
    one = made(labels)
    meanings = [item.ConceptCodeSequence[0].CodeMeaning for item in one.AcquisitionContextSequence]
    assert meanings == ["A/B", "x" * 61 + "...", "Ödem", "=cmd|'/C calc'!A0"]
    assert one.SeriesDescription.startswith("SYNTHETIC A/B, xxx") and len(one.SeriesDescription) == 64
    assert len({item.ConceptCodeSequence[0].CodeValue for item in one.AcquisitionContextSequence}) == 4


def test_codes_are_the_same_in_every_set():
    # printf Cardiomegaly | sha256sum
    assert label_code("Cardiomegaly") == "L43C2418253D9F7F"
    assert len(label_code("Cardiomegaly")) == 16 and label_code("Cardiomegaly") != label_code("cardiomegaly")


def test_a_uid_without_a_root_is_a_uuid():
    uid = derived_uid("", "a", "b")
    number = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert number.version == 8 and number.variant == uuid.RFC_4122
    assert derived_uid("1.2", "a", "b") == f"1.2.{number.int}"
    assert uid == derived_uid("", "a", "b") != derived_uid("", "ab", "") != derived_uid("", "a\0b")


def test_an_odd_number_of_bytes_is_padded():
    one = made((), shape=(3, 5))
    assert (one.Rows, one.Columns, len(one.PixelData)) == (3, 5, 16)
    assert one.pixel_array.shape == (3, 5)
