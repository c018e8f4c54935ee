import itertools
import logging
import stat
from types import SimpleNamespace

import numpy as np
import pytest
from raw_folders import write_ct

from medgan_tf.data.dicom import headers as dicom_headers
from medgan_tf.data.dicom.headers import read_headers
from medgan_tf.errors import DataError


@pytest.fixture
def files(tmp_path):
    ids = [f"ID_{number}" for number in range(6)]
    paths = [str(tmp_path / f"{image_id}.dcm") for image_id in ids]
    for number, path in enumerate(paths):
        wrong = {"BitsStored": 12, "PixelRepresentation": 0, "RescaleIntercept": 0} if number == 1 else {}
        write_ct(tmp_path / path, np.zeros((2, 2)), f"p{number // 2}", **wrong)
    (tmp_path / "ID_5.dcm").write_bytes(b"damaged")
    return ids, paths


def test_patients_and_intercepts(files):
    headers = read_headers(*files, cache=None)
    assert headers["patient_id"].tolist() == ["p0", "p0", "p1", "p1", "p2", ""]
    assert headers["wrong_intercept"].tolist() == [False, True, False, False, False, False]


def test_the_cache_spares_reading_and_is_private(files, tmp_path):
    cache = tmp_path / "private" / "headers.csv"
    first = read_headers(*files, cache=str(cache))
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert cache.read_text().splitlines()[:3] == ["image_id,patient_id,wrong_intercept", "ID_0,p0,0", "ID_1,p0,1"]
    for path in files[1][:5]:
        (tmp_path / path).unlink()
    write_ct(tmp_path / files[1][5], np.zeros((2, 2)), "late")
    second = read_headers(*files, cache=str(cache))
    # The damaged file is tried again, the others are not.
    assert second["patient_id"].tolist() == [*first["patient_id"][:5], "late"]


def test_a_file_that_is_no_cache_is_not_overwritten(files, tmp_path):
    (tmp_path / "notes.csv").write_text("my,notes\n")
    with pytest.raises(DataError, match="notes.csv .data.options.header_cache. is no header cache"):
        read_headers(*files, cache=str(tmp_path / "notes.csv"))
    assert (tmp_path / "notes.csv").read_text() == "my,notes\n"


def test_worker_processes_find_the_same(files, monkeypatch):
    monkeypatch.setattr(dicom_headers, "CHUNK", 1)
    assert read_headers(*files, cache=None, workers=2)["patient_id"].tolist() == ["p0", "p0", "p1", "p1", "p2", ""]


def test_progress_goes_to_the_log_without_names(files, monkeypatch, caplog):
    monkeypatch.setattr(dicom_headers, "SECONDS_BETWEEN_NOTES", -1)
    # Twenty seconds pass for each file.
    monkeypatch.setattr(dicom_headers, "time", SimpleNamespace(monotonic=itertools.count(0, 20).__next__))
    with caplog.at_level(logging.INFO):
        read_headers(*files, cache=None)
    assert caplog.messages == [
        f"DICOM headers: {done} of 6, about {minutes} min left" for done, minutes in enumerate((2, 1, 1, 1, 0, 0), 1)
    ]
