import numpy as np
import pandas as pd
import pytest

from medgan_tf.data.tables.listing import drop_duplicates, find_folder, parse_states, read_csv
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError


def test_states_of_the_chexpert_coding():
    cells = pd.Series(["1.0", "0.0", "-1.0", "", "1", " -1 "], name="Edema")
    assert parse_states(cells, "train.csv").tolist() == [1, 0, -1, -2, 1, -1]


def test_states_of_an_own_coding():
    meaning = {"yes": LabelState.POSITIVE, "no": LabelState.NEGATIVE}
    assert parse_states(pd.Series(["yes", "no", "", "yes"]), "a.csv", meaning).tolist() == [1, 0, -2, 1]


@pytest.mark.parametrize("value", ["2", "yes", "nan", "0.5"])
def test_an_odd_label_names_file_row_column_and_value(value):
    with pytest.raises(DataError, match=rf"train.csv: row 4, column 'Edema': expected 1, 0, -1 .* Received: '{value}'"):
        parse_states(pd.Series(["1", "", value, value], name="Edema"), "train.csv")


def test_a_missing_column_is_named_with_those_found(tmp_path):
    (tmp_path / "a.csv").write_text("Path,Sex\nx,y\n")
    with pytest.raises(DataError, match="no column 'Edema'; found: Path, Sex"):
        read_csv(tmp_path / "a.csv", ["Path", "Edema"])


def test_columns_come_by_name_and_a_byte_order_mark_is_no_part_of_one(tmp_path):
    (tmp_path / "a.csv").write_bytes("\ufeffPath,Sex,Age\nx,NA,3\n".encode())
    assert read_csv(tmp_path / "a.csv", ["Sex", "Path"]).iloc[0].to_dict() == {"Sex": "NA", "Path": "x"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a.csv: is empty .0 bytes."),
        (b"Path\n", "no rows"),
        (b"Path\n\xff\xfe\n", "UTF-8"),
        (b'Path\n"x\n', "is not a CSV"),
    ],
)
def test_what_is_no_csv_is_said_in_one_line(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        read_csv(tmp_path / "a.csv", ["Path"])
    assert "\n" not in str(error.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_csv(tmp_path / "a.csv", ["Path"])


def test_the_folder_may_be_the_parent(tmp_path):
    inner = tmp_path / "data-v1"
    inner.mkdir()
    (inner / "a.csv").write_text("x")
    assert find_folder(str(tmp_path), "a.csv", ["data-v1"], "") == inner
    assert find_folder(str(inner), "a.csv", ["data-v1"], "") == inner


def test_equal_repeats_are_dropped_and_unequal_ones_refused():
    frame = pd.DataFrame({"image_id": ["a", "b", "a"], "patient_id": ["p", "q", "p"], "x": np.int8([1, 0, 1])})
    kept, dropped = drop_duplicates(frame, ["x"], "a.csv")
    assert kept["image_id"].tolist() == ["a", "b"] and dropped == 1
    frame.loc[2, "x"] = 0
    with pytest.raises(DataError, match=r"a.csv: image a is listed twice with different labels .*row 4"):
        drop_duplicates(frame, ["x"], "a.csv")


@pytest.mark.parametrize(("line", "text"), [(2, "a,b\n1,2,3\n4,5\n"), (3, "a,b\n1,2\n3,4,5\n6,7\n")])
def test_a_row_with_more_cells_than_the_header_is_not_shifted_in_silence(tmp_path, line, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=f"line {line} has 3 cells, the header 2; put a cell that holds ',' in quotes"):
        read_csv(tmp_path / "a.csv", ["b"])


def test_cells_missing_at_the_end_of_a_row_are_blank(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,c\n1\n4,5,6\n")
    assert read_csv(tmp_path / "a.csv", ["c", "a"]).to_dict("list") == {"c": ["", "6"], "a": ["1", "4"]}


def test_a_wanted_column_that_is_there_twice(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,b\n1,0,1\n")
    assert read_csv(tmp_path / "a.csv", ["a"])["a"].tolist() == ["1"]
    with pytest.raises(DataError, match="2 columns are called 'b'"):
        read_csv(tmp_path / "a.csv", ["b"])
