"""Tests of counting patients who share a picture as one. `test_spoilers.py` does it with files."""

import pandas as pd
import pytest

from medgan_tf.data import joined_patients
from medgan_tf.data.joined_patients import COUNT, Scan, join_patients
from medgan_tf.data.tables.table import SourceTable
from medgan_tf.presentation.progress import Silent

PATIENTS = {"a": "P3", "b": "P1", "c": "P2", "d": "P3", "e": "", "f": "", "g": "P9", "h": ""}


def _joined(monkeypatch, tmp_path, pairs, images="abcdefgh"):
    frame = pd.DataFrame({"image_id": list(images), "path": list(images)})
    frame["patient_id"] = [PATIENTS[image] for image in images]
    monkeypatch.setattr(joined_patients, "_shared", lambda *_: pairs)
    table = SourceTable(frame, (), {"rows": 8})
    joined = join_patients(object(), table, Scan(tmp_path / "x.csv"), Silent())
    return dict(zip(joined.frame["image_id"], joined.frame["patient_id"], strict=True)), joined.counts


@pytest.mark.parametrize("images", ["abcdefgh", "hgfedcba", "dhbfaceg"])
def test_the_first_name_stands_for_all_whatever_the_order(images, monkeypatch, tmp_path):
    found, counts = _joined(monkeypatch, tmp_path, [("a", "c"), ("f", "e"), ("h", "g")], images)
    # P3 has two images; only one of them shows the picture of P2.
    expected = PATIENTS | {"a": "P2", "c": "P2", "d": "P2", "e": "e", "f": "e", "g": "P9", "h": "P9"}
    assert found == expected
    assert counts == {"rows": 8, COUNT: 6}


def test_chains_are_one_patient(monkeypatch, tmp_path):
    found, counts = _joined(monkeypatch, tmp_path, [("a", "b"), ("c", "d")])
    assert {found[image] for image in "abcd"} == {"P1"}
    assert counts[COUNT] == 3


def test_nothing_shared_changes_nothing(monkeypatch, tmp_path):
    found, counts = _joined(monkeypatch, tmp_path, [])
    assert found == PATIENTS and counts == {"rows": 8}
