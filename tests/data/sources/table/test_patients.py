from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from raw_folders import write_ct

from medgan_tf.data.sources.table.patients import header_patients, listed_patients, patient_columns
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.errors import DataError

CSV = Path("labels.csv")
ROWS = pd.DataFrame({"patient": [" 17.0", "P 3 "]})
PATHS = pd.Series(["train/patient00017/a.png", "train/patient3/b.png"])


def _options(**options):
    return Options(label_columns=["x"], **options)


@pytest.mark.parametrize(
    ("options", "columns", "patients"),
    [
        ({}, ["patient"], ["17", "P 3"]),
        ({"patient_pattern": r"(patient\d+)/"}, [], ["patient00017", "patient3"]),
        ({"patients": "none"}, [], ["", ""]),
        ({"patient_from": "dicom"}, [], ["", ""]),
    ],
)
def test_ways_to_the_patient(options, columns, patients):
    assert patient_columns(_options(**options)) == columns
    assert listed_patients(ROWS, PATHS, _options(**options), CSV).tolist() == patients


@pytest.mark.parametrize(
    ("pattern", "path", "message"),
    [
        (r"(patient\d+)/", "train/b.png", "row 2, column 'path': expected a path with data.options.patient_pattern"),
        (r"train/(.*)b", "train/b.png", "row 2: the group of data.options.patient_pattern is blank"),
        (r"(a)", "a" * 2000, "row 2: has a path of more than 1,024 characters"),
    ],
)
def test_paths_without_the_pattern(pattern, path, message):
    with pytest.raises(DataError, match=message):
        listed_patients(ROWS[:1], pd.Series([path]), _options(patient_pattern=pattern), CSV)


def test_patients_of_headers_are_read_once_a_file_and_kept(tmp_path):
    for name, patient in (("a.dcm", "P1"), ("b.dcm", "P2")):
        write_ct(tmp_path / name, np.array([[0, 40]]), patient)
    (tmp_path / "c.dcm").write_text("no DICOM")
    names = ["a.dcm", "b.dcm", "a.dcm", "c.dcm"]
    files = [f"{tmp_path}/{name}" for name in names]
    options = _options(patient_from="dicom", header_cache=str(tmp_path / "cache.csv"), header_workers=1)
    assert header_patients(names, files, options, str(tmp_path), False, CSV) == ["P1", "P2", "P1", ""]
    assert not (tmp_path / "cache.csv").exists()
    assert header_patients(names, files, options, str(tmp_path), True, CSV) == ["P1", "P2", "P1", ""]
    (tmp_path / "a.dcm").unlink()
    assert header_patients(names, files, options, str(tmp_path), True, CSV) == ["P1", "P2", "P1", ""]
    with pytest.raises(DataError, match="no file has a PatientID in a DICOM header .*c.dcm; .*patients to none"):
        header_patients(["c.dcm"], files[3:], options, str(tmp_path), True, CSV)
