import numpy as np
import pandas as pd
import pytest
from raw_folders import write_ct

from medgan_tf.proposal.folder import FolderContent
from medgan_tf.proposal.guesses.patients import find_patients
from medgan_tf.proposal.table_file import TextTable


def guess(root, files, taken=(), **columns):
    table = TextTable(root / "t.csv", "utf-8", ",", pd.DataFrame(columns, dtype=str)) if columns else None
    files = np.array(files, dtype=object)
    return find_patients(table, files, files, FolderContent(root, tuple(files), (), (), {}, 0, True), set(taken))


FILES = [f"{number}.png" for number in range(24)]
TWICE = [f"P{number // 2:03d}" for number in range(24)]


@pytest.mark.parametrize(
    "name", ["patient", "Patient ID", "PatientID", "subject_id", "Patientennummer", "Patienten-Nr.", "paciente",
             "ID_Patient", "MRN", "Pseudonym"],
)  # fmt: skip
def test_by_its_name(tmp_path, name):
    found = guess(tmp_path, FILES, **{name: TWICE, "Patient Age": ["50"] * 24})
    assert (found.options, found.confirm) == ({"patient_column": name}, "")


@pytest.mark.parametrize("name", ["Patient Age", "PatientSex", "patient_birth_date", "Patientenalter"])
def test_what_tables_say_of_patients_is_no_patient(tmp_path, name):
    found = guess(tmp_path, FILES, **{name: TWICE, "subject": TWICE})
    assert (found.options, found.confirm) == ({"patient_column": "subject"}, "")
    assert guess(tmp_path, FILES, **{name: TWICE}).confirm


def test_one_image_each_is_to_be_confirmed(tmp_path):
    found = guess(tmp_path, FILES, patient=[str(number) for number in range(24)])
    assert found.options == {"patient_column": "patient"} and "has a patient of its own" in found.confirm


def test_values_that_repeat_are_to_be_confirmed(tmp_path):
    found = guess(tmp_path, FILES, Fall=TWICE, Datum=["2020-01-01"] * 24)
    assert found.options == {"patient_column": "Fall"} and "its name does not say" in found.confirm
    # Before what only the names of the files begin with.
    found = guess(tmp_path, [f"x{n // 2}_{n % 2}.png" for n in range(24)], Fall=[str(95 + n // 2) for n in range(24)])
    assert found.options == {"patient_column": "Fall"}


def test_from_folders_and_names(tmp_path):
    found = guess(tmp_path, [f"train/patient{n // 2:05d}/view{n}.jpg" for n in range(24)])
    assert list(found.options) == ["patient_pattern"] and found.confirm
    found = guess(tmp_path, [f"bild{chr(97 + n // 2)}_{n % 2}.png" for n in range(24)])
    assert list(found.options) == ["patient_pattern"] and found.confirm


def test_from_dicom_headers(tmp_path):
    for number in range(6):
        write_ct(tmp_path / f"{number}.dcm", np.zeros((4, 4)), patient=f"P{number // 2}")
    found = guess(tmp_path, [f"{number}.dcm" for number in range(6)], a=["1"] * 6)
    assert (found.options, found.confirm) == ({"patient_from": "dicom"}, "")
    found = guess(tmp_path, ["0.dcm", "2.dcm", "4.dcm"], a=["1"] * 3)
    assert found.options == {"patient_from": "dicom"} and "a patient of its own" in found.confirm


def test_unknown_patients_are_said_to_be_so(tmp_path):
    found = guess(tmp_path, FILES, finding=["1", "0"] * 12)
    assert found.options == {"patients": "none"} and "too good" in found.confirm
