"""Tables of counts: both forms, spreadsheets' habits, and one line for each mistake."""

import re

import pytest

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.counts import ReaderCounts, read_counts


def write(folder, text):
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_both_forms(tmp_path):
    four = read_counts(write(tmp_path, "reader,TR,FR,TS,FS\nR01,25,31,19,25\nR02,26,30,20,24\n"))
    assert four[0] == ReaderCounts("R01", 44, 100, 25, 31, 19, 25)
    assert (four[0].real_images, four[0].synthetic_images) == (50, 50)
    two = read_counts(write(tmp_path, "reader,correct,total\nR01,45,100\n"))
    assert two == [ReaderCounts("R01", 45, 100)]
    assert two[0].sensitivity is None and float(two[0].score) == 0.45


def test_as_spreadsheets_save_them(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_bytes("\ufeffReader;ts;fs;tr;fr;total\r\nA B;19;25;25;31;100\r\n;;;;;\r\n".encode())
    assert read_counts(path) == [ReaderCounts("A B", 44, 100, 25, 31, 19, 25)]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "counts.csv: is empty; expected a line of column names"),
        ("reader,TR,FR,TS\nR01,1,2,3\n", "expected the columns reader,TR,FR,TS,FS or reader,correct,total. Received"),
        ("reader,correct,total\n", "expected a line for each reader; there is none"),
        ("reader,correct,total\nR01,101,100\n", "line 2: the counts of reader R01 do not add up: correct is 101, more"),
        ("reader,correct,total\nR01,4.5,10\n", "line 2: correct: expected a whole number of images; received '4.5'"),
        ("reader,correct,total\nR01,-4,10\n", "line 2: correct: expected a whole number of images; received '-4'"),
        ("reader,correct,total\nR01,,10\n", "line 2: correct: expected a whole number of images; received ''"),
        ("reader,correct,total\nR01,0,0\n", "line 2: reader R01 has no answers"),
        ("reader,correct,total\n,5,10\n", "line 2: the reader has no name"),
        ("reader,correct,total\nR01,5,10\nR01,6,10\n", "line 3: reader R01 is already in .*counts.csv, line 2"),
        ("reader,correct,total\nR01,5\n", "line 2: expected 3 cells; received 2"),
        ("reader,correct,correct\nR01,5,5\n", "the column 'correct' is there twice"),
        (
            "reader,TR,FR,TS,FS,total\nR01,25,31,19,25,101\n",
            "line 2: the counts of reader R01 do not add up: total is 101, but TR . FR . TS . FS is 100",
        ),
        (
            "reader,TR,FR,TS,FS,correct\nR01,25,31,19,25,45\n",
            "line 2: the counts of reader R01 do not add up: correct is 45, but TR . TS is 44",
        ),
        (
            "reader,TR,FR,TS,FS\nR01,25,31,19,25\nR02,25,31,18,25\n",
            r"line 3: the counts do not add up: TS \+ FR is 49 for reader R02, but 50 for R01; where readers",
        ),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_counts(write(tmp_path, text))
    assert re.search(r"counts\.csv", str(caught.value)) and "\n" not in str(caught.value)


def test_files_that_are_no_tables(tmp_path):
    with pytest.raises(DataError, match="nowhere.csv: cannot be read: No such file"):
        read_counts(tmp_path / "nowhere.csv")
    path = tmp_path / "counts.csv"
    path.write_bytes(b"reader,correct,total\nM\xfcller,5,10\n")
    with pytest.raises(DataError, match="is not UTF-8 text; save it as CSV in UTF-8"):
        read_counts(path)
