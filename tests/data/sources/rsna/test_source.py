import os

import numpy as np
import pytest

from medgan_tf.data.sources.rsna.settings import Options
from medgan_tf.data.sources.rsna.source import HAEMORRHAGES, RsnaSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES


def _source(root, **options):
    return RsnaSource(str(root), Options(**options))


def test_registered():
    assert SOURCES.get("rsna") is RsnaSource


def test_six_rows_become_one_image_with_the_patient_of_its_header(raw_rsna):
    raw_rsna.add("aa", "ID_p1", ["epidural", "subdural"], probability="0.1")
    raw_rsna.add("bb", "ID_p1")
    raw_rsna.add("cc", "ID_p2", ["intraventricular"])
    table = _source(raw_rsna.write()).read_table()
    assert table.findings == (*HAEMORRHAGES, "no finding") and table.no_finding == "no finding"
    assert table.frame["image_id"].tolist() == ["ID_aa", "ID_bb", "ID_cc"]
    assert table.frame["patient_id"].tolist() == ["ID_p1", "ID_p1", "ID_p2"]
    assert table.frame[list(table.findings)].to_numpy().tolist() == [
        [1, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 1, 0, 0, 0],
    ]
    assert table.counts["rows in stage_2_train.csv"] == 18 and table.counts["images listed"] == 3


def test_the_oddities_are_counted(raw_rsna):
    raw_rsna.add("aa", "ID_p1", ["epidural"])
    raw_rsna.lines += raw_rsna.lines[-6:]
    wrong = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0, "RescaleIntercept": 0}
    raw_rsna.add("bb", "ID_p2", hounsfield=np.full((4, 4), 39), **wrong)
    raw_rsna.add("cc", "ID_p3").write_bytes(b"x" * 10)
    raw_rsna.add("dd", "ID_p4").unlink()
    source = _source(raw_rsna.write())
    table = source.read_table()
    assert table.counts == {
        "rows in stage_2_train.csv": 30,
        "images listed": 4,
        "repeated rows dropped": 6,
        "images whose any contradicts their types": 0,
        "images without a readable header left out": 2,
        "images with a wrong rescale intercept, corrected": 1,
    }
    assert table.frame["image_id"].tolist() == ["ID_aa", "ID_bb"]
    assert source.read_image(table.frame["path"][1])[0, 0] == round(255 * 39 / 79)


def test_a_truncated_slice_has_a_patient_but_no_image(raw_rsna):
    path = raw_rsna.add("aa", "ID_p1", hounsfield=np.full((64, 64), 40))
    path.write_bytes(path.read_bytes()[:-1000])
    source = _source(raw_rsna.write())
    assert source.read_table().frame["patient_id"].tolist() == ["ID_p1"]
    with pytest.raises(DataError, match="ID_aa.dcm: is truncated"):
        source.read_image(str(path))


def test_counting_reads_headers_but_writes_no_cache(raw_rsna, tmp_path):
    raw_rsna.add("aa", "ID_p1", ["epidural"])
    raw_rsna.add("bb", "ID_p2").unlink()
    cache = tmp_path / "private" / "headers.csv"
    source = _source(raw_rsna.write(), header_cache=str(cache))
    source.counts_only = True
    assert source.read_table().frame["patient_id"].tolist() == ["ID_p1"]
    assert not cache.parent.exists()
    source.counts_only = False
    source.read_table()
    assert "ID_p1" in cache.read_text()


def test_the_window_is_an_option(raw_rsna):
    path = raw_rsna.add("aa", "ID_p1", hounsfield=np.array([[-200, 40], [80, 1000]]))
    root = raw_rsna.write()
    assert _source(root).read_image(str(path)).tolist() == [[0, 129], [255, 255]]
    subdural = _source(root, window={"center": 80, "width": 200})
    assert subdural.read_image(str(path)).tolist() == [[0, 77], [128, 255]]


def test_any_without_a_type_is_no_finding_of_none(raw_rsna):
    raw_rsna.add("aa", "ID_p1")
    raw_rsna.lines[-1] = raw_rsna.lines[-1].replace(",0", ",1")
    table = _source(raw_rsna.write()).read_table()
    assert table.counts["images whose any contradicts their types"] == 1
    assert table.frame["no finding"].tolist() == [0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("ID_aa_epidural,1", "ID_aa_frontal,1"), "row 2, column 'ID': expected ID_<image>_ and one of epidural"),
        (("ID_aa_epidural,1", "ID_aa_epidural,2"), "row 2, column 'Label': expected a probability .*Received: '2'"),
        (("ID_aa_epidural,1", "ID_aa_epidural,"), "row 2, column 'Label': expected a probability .*Received: ''"),
        (("ID_aa_epidural,1", "ID_aa_subdural,0"), "image ID_aa has no row for epidural"),
        (("ID_aa_epidural,1", "ID_aa_subdural,1"), "ID_aa_subdural is listed twice with different labels .row 6."),
        (("ID,Label", "ID,Probability"), "no column 'Label'; found: ID, Probability"),
    ],
)
def test_bad_tables(raw_rsna, change, message):
    raw_rsna.add("aa", "ID_p1", ["epidural"])
    csv = raw_rsna.write() / "stage_2_train.csv"
    csv.write_text(csv.read_text().replace(*change))
    with pytest.raises(DataError, match=message):
        _source(raw_rsna.folder).read_table()


def test_missing_folders_say_where_to_get_the_data(raw_rsna, tmp_path):
    with pytest.raises(DataError, match="no stage_2_train.csv found; looked in .*kaggle.com"):
        _source(tmp_path).read_table()
    raw_rsna.lines += ["ID_aa_any,0"]
    with pytest.raises(DataError, match="no folder .*/stage_2_train .data.options.images.*kaggle.com"):
        _source(raw_rsna.write()).read_table()


def test_no_image_at_all(raw_rsna):
    raw_rsna.add("aa", "ID_p1").unlink()
    with pytest.raises(DataError, match="lists images that are not there or no DICOM files, e.g. .*ID_aa.dcm"):
        _source(raw_rsna.write()).read_table()


def test_ids_and_links_that_lead_out_of_the_root(raw_rsna, tmp_path_factory):
    raw_rsna.add("aa", "ID_p1", ["epidural"])
    slice_ = raw_rsna.add("bb", "ID_p2")
    root = raw_rsna.write()
    elsewhere = slice_.rename(tmp_path_factory.mktemp("elsewhere") / "a.dcm")
    slice_.symlink_to(elsewhere)
    with pytest.raises(DataError, match="ID_bb.dcm is a link that leads out of data.root.*data.options.outside_root"):
        _source(root).read_table()
    trusting = _source(root, outside_root=True)
    assert trusting.read_table().frame["patient_id"].tolist() == ["ID_p1", "ID_p2"]
    assert trusting.read_image(str(slice_)).shape == (8, 8)
    table = root / "stage_2_train.csv"
    table.write_text(table.read_text().replace("ID_bb", "ID_/../../../elsewhere"))
    with pytest.raises(DataError, match="1 of 2 images lie outside data.root"):
        _source(root).read_table()


def test_a_slice_that_is_a_pipe_does_not_hang(raw_rsna):
    raw_rsna.add("aa", "ID_p1", ["epidural"])
    slice_ = raw_rsna.add("bb", "ID_p2")
    slice_.unlink()
    os.mkfifo(slice_)
    table = _source(raw_rsna.write()).read_table()
    assert table.frame["image_id"].tolist() == ["ID_aa"]
    assert table.counts["images without a readable header left out"] == 1
