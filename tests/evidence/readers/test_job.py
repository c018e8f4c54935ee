"""The files of a result: strict JSON, a page that needs nothing beside it, the paper's table in text."""

import json
import re

import cv2
import numpy as np
import pytest
from study_parts import make_study, simulate

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.job import score_study, write_result
from medgan_tf.evidence.readers.measure import score_counts
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.table import study_lines


@pytest.fixture
def study(tmp_path):
    made = make_study(tmp_path, repeats=4, repeat_distance=3)
    simulate(tmp_path, [0.5] * 5, seed=8)
    return made


def refuse(constant):
    raise AssertionError(constant)


def test_files_of_a_study(study, tmp_path):
    result, files = score_study([tmp_path / "answers"], study.key_file, ReaderStudyConfig(), tmp_path / "result")
    assert sorted(files) == ["csv", "html", "images", "json", "png"]
    written = json.loads((tmp_path / "result" / "reader_study.json").read_text(), parse_constant=refuse)
    assert written == result
    picture = cv2.imread(files["png"])
    assert picture.shape[1] > 1000 and np.ptp(picture) > 200
    page = (tmp_path / "result" / "reader_study.html").read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    for text in (
        "Fleiss&#x27; kappa",
        "same answer to a repeated image",
        '<th scope="row">R05</th>',
        "standard deviation",
    ):
        assert text in page
    text = study_lines(result)
    assert re.search(r"^R01 +\d+ +\d+ +\d+ +\d+ +0\.\d{3} +0\.\d\d to 0\.\d\d +\S+ +[01]\.\d{3}$", text, re.MULTILINE)
    assert "consistency: " in text and result["findings"][1] in text


def test_undefined_numbers_are_null_and_said(tmp_path):
    """One reader: no standard deviation, no interval of the mean."""
    result = score_counts([ReaderCounts("R01", 45, 100)], ReaderStudyConfig())
    write_result(result, tmp_path)
    written = json.loads((tmp_path / "reader_study.json").read_text(), parse_constant=refuse)
    assert written["over_readers"]["accuracy"]["sd"] is None
    assert written["tests"]["interval"] == [None, None]
    assert written["methods"]["undefined"] == "null"
    assert "<td>undefined</td>" in (tmp_path / "reader_study.html").read_text()


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    result = score_counts([ReaderCounts("R01", 45, 100)], ReaderStudyConfig())
    with pytest.raises(DataError, match="cannot write .*reader_study.json"):
        write_result(result, tmp_path / "file")
