"""Tests of what DICOM headers say about names."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from raw_folders import write_ct

from medgan_tf.data.looks.dicom_marks import dicom_marks
from medgan_tf.data.looks.look import look_at

_CLEAN = {"PatientIdentityRemoved": "YES", "DeidentificationMethod": "by hand"}
_PIXELS = np.arange(64).reshape(8, 8)


@pytest.mark.parametrize(
    ("elements", "marks"),
    [
        (_CLEAN, ()),
        ({}, ("not_deidentified",)),
        ({"PatientIdentityRemoved": "YES"}, ("not_deidentified",)),
        (_CLEAN | {"PatientIdentityRemoved": "NO"}, ("not_deidentified",)),
        (_CLEAN | {"BurnedInAnnotation": "YES"}, ("burned_in",)),
        (_CLEAN | {"BurnedInAnnotation": "NO"}, ()),
        (_CLEAN | {"PatientName": "Meier^Eva"}, ("identifying_header",)),
        (_CLEAN | {"PatientBirthDate": "19610403"}, ("identifying_header",)),
        (_CLEAN | {"OperatorsName": "Li"}, ("identifying_header",)),
        (_CLEAN | {"InstitutionName": "Klinik Nord"}, ("identifying_header",)),
        (_CLEAN | {"PatientName": "ANONYMOUS", "InstitutionName": "removed", "PatientBirthDate": ""}, ()),
        (_CLEAN | {"PatientName": "^", "OperatorsName": "XXXX"}, ()),
        ({"PatientName": "A^B", "BurnedInAnnotation": "YES"}, ("burned_in", "identifying_header", "not_deidentified")),
    ],
)
def test_marks_of_a_header(elements, marks, tmp_path):
    path = str(write_ct(tmp_path / "a.dcm", _PIXELS, **elements))
    assert dicom_marks(path) == marks
    picture = _PIXELS.astype(np.uint8)
    assert look_at(picture, picture, path).marks == marks


def test_an_archives_number_in_place_of_a_name_is_no_name(tmp_path):
    path = write_ct(tmp_path / "a.dcm", _PIXELS, patient="LIDC-0001", PatientName="LIDC-0001", **_CLEAN)
    assert dicom_marks(str(path)) == ()


def test_a_method_given_as_a_code_is_a_method(tmp_path):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "113100", "DCM", "Basic Profile"
    elements = {"PatientIdentityRemoved": "YES", "DeidentificationMethodCodeSequence": [code]}
    assert dicom_marks(str(write_ct(tmp_path / "a.dcm", _PIXELS, **elements))) == ()


def test_other_files_and_damaged_headers_have_no_marks(tmp_path):
    picture = _PIXELS.astype(np.uint8)
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(bytes(128) + b"DICM" + b"\xff" * 40)
    for path in (str(broken), str(tmp_path / "missing.dcm"), str(tmp_path), ""):
        assert look_at(picture, picture, path).marks == ()
