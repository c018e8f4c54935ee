import pytest

from medgan_tf.data.sources.table.rows import read_rows
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.errors import DataError


def _rows(folder, wanted, **options):
    counts = {}
    options = Options(csv="a.csv", label_columns=["x"], **options)
    return read_rows(folder, options, wanted, counts), counts


@pytest.fixture
def folder(tmp_path):
    """The three tables of MIMIC-CXR in small: splits, views, and labels by study."""
    (tmp_path / "a.csv").write_text(
        "dicom_id,study_id,subject_id,split\nd1,s1,p1,train\nd2,s1,p1,train\nd3,s2,p2,test\nd4,s9,p3,test\n"
    )
    (tmp_path / "views.csv").write_text(
        "dicom_id,subject_id,study_id,ViewPosition,Rows\nd3,p2,s2,AP,9\nd2,p1,s1,LATERAL,9\nd1,p1,s1,PA,9\nd4,p3,s9,PA,9\n"
    )
    (tmp_path / "labels.csv").write_text("subject_id,study_id,Edema\np1,s1,1.0\np2,s2,\n")
    return tmp_path


JOINS = [{"csv": "views.csv", "key": "dicom_id"}, {"csv": "labels.csv", "key": ["subject_id", "study_id"]}]


def test_joined_tables_bring_the_wanted_columns(folder):
    wanted = ["dicom_id", "subject_id", "ViewPosition", "Edema"]
    rows, counts = _rows(folder, wanted, join=JOINS)
    assert rows.to_dict("list") == {
        "dicom_id": ["d1", "d2", "d3"],
        "subject_id": ["p1", "p1", "p2"],
        "ViewPosition": ["PA", "LATERAL", "AP"],
        "Edema": ["1.0", "1.0", ""],
    }
    assert counts == {
        "rows in a.csv": 4,
        "rows without a row in views.csv left out": 0,
        "rows without a row in labels.csv left out": 1,
    }
    kept, counts = _rows(folder, wanted, join=[JOINS[0], {**JOINS[1], "unmatched": "keep"}])
    assert kept["Edema"].tolist() == ["1.0", "1.0", "", ""] and counts["rows without a row in labels.csv"] == 1


def test_conditions_leave_rows_out_which_keep_their_numbers(folder):
    rows, counts = _rows(folder, ["Edema"], join=JOINS, where={"ViewPosition": ["PA", "AP"], "split": {"not": "train"}})
    assert rows["Edema"].tolist() == [""] and rows.index.tolist() == [2]
    assert counts["rows left out by ViewPosition"] == 1 and counts["rows left out by split"] == 1


@pytest.mark.parametrize(
    ("condition", "kept", "left_out"),
    [
        ({"min": 18, "max": 89}, [0, 2, 4, 5], {"rows left out, Age is no number": 2, "rows left out by Age": 2}),
        ({"min": 60}, [1, 5], {"rows left out, Age is no number": 2, "rows left out by Age": 4}),
        ({"max": 2}, [3], {"rows left out, Age is no number": 2, "rows left out by Age": 5}),
        ({"not": ["057Y", 18]}, [1, 3, 5, 6, 7], {"rows left out by Age": 3}),
        ([18], [2, 4], {"rows left out by Age": 6}),
        ({"in": ["", "old"]}, [6, 7], {"rows left out by Age": 6}),
    ],
)
def test_numbers_ages_and_blanks(tmp_path, condition, kept, left_out):
    (tmp_path / "a.csv").write_text("Age,x\n057Y,0\n90,1\n18,2\n018M,3\n18.0,4\n 89 ,5\nold,6\n,7\n")
    rows, counts = _rows(tmp_path, ["x"], where={"Age": condition})
    assert rows["x"].tolist() == [str(number) for number in kept]
    assert counts == {"rows in a.csv": 8, **left_out}


def test_conditions_that_hold_nothing_or_miss_a_spelling(folder):
    with pytest.raises(DataError, match="where leaves no row: column 'split' holds e.g. 'train', 'test'"):
        _rows(folder, ["dicom_id"], where={"split": "valid"})
    with pytest.raises(DataError, match="column 'split' holds 'train', data.options.where has 'Train'; list both"):
        _rows(folder, ["dicom_id"], where={"split": ["Train", "test"]})


def test_missing_columns(folder):
    with pytest.raises(DataError, match="no column 'patient'; found: .*patient_column.*patient_pattern.*dicom.*none"):
        _rows(folder, ["dicom_id", "patient"])
    with pytest.raises(DataError, match="no column 'patient' in a.csv, views.csv, labels.csv; found: .*patients: none"):
        _rows(folder, ["dicom_id", "patient"], join=JOINS)
    with pytest.raises(DataError, match="labels.csv: no column 'study'; found: subject_id, study_id, Edema"):
        _rows(folder, ["Edema"], join=[{"csv": "labels.csv", "key": {"study_id": "study"}}])
    with pytest.raises(DataError, match="a.csv: no column 'Rows'; found: dicom_id, study_id"):
        _rows(folder, ["Edema"], join=[{"csv": "labels.csv", "key": {"Rows": "study_id"}}])
    with pytest.raises(DataError, match="a.csv: no column 'Rooms' to join labels.csv by"):
        _rows(folder, ["Edema"], join=[JOINS[0], {"csv": "labels.csv", "key": {"Rooms": "study_id"}}])


def test_columns_of_a_joined_table_can_be_chosen(folder):
    (folder / "b.csv").write_text("dicom_id,split,kind\nd1,9,x\nd2,9,y\nd3,9,z\nd4,9,z\n")
    with pytest.raises(DataError, match="both have a column 'split', with different values"):
        _rows(folder, ["split", "kind"], join=[{"csv": "b.csv", "key": "dicom_id"}])
    rows, _ = _rows(folder, ["split", "kind"], join=[{"csv": "b.csv", "key": "dicom_id", "columns": ["kind"]}])
    assert rows.iloc[0].to_dict() == {"split": "train", "kind": "x"}
