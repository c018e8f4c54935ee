"""CSV files: no cell is a formula, every text comes back."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgan_tf.files.csv_files import csv_columns, csv_lines, csv_rows, neutralised, original

ATTACKS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "'=1"]


@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_begins_like_a_formula(text):
    assert neutralised(text) == "'" + text.replace("\t=", "\t'=").replace("\r=", "\r'=").replace("\n=", "\n'=")
    assert original(neutralised(text)) == text


@pytest.mark.parametrize("separator", ";\t\r\n")
def test_a_cell_that_another_separator_would_cut_is_no_formula_either(separator):
    assert neutralised(f"Edema{separator}=1+1") == f"Edema{separator}'=1+1"


@pytest.mark.parametrize(
    "text", ["-0.5", "+1", "-1e-05", "-3.", "7", "", "Edema", "it's", "'quoted'", "a=b", "a-b", "a, -b"]
)
def test_numbers_and_other_texts_stay(text):
    assert neutralised(text) == text


def test_rows_are_written_like_csv_with_only_texts_changed():
    rows = [["=head", "value"], ["@a", -0.5], ['say "x", y', None], ["-", -3]]
    assert list(csv_lines(rows)) == ["'=head,value\n", "'@a,-0.5\n", '"say ""x"", y",\n', "'-,-3\n"]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.lists(st.text("'=+-@;\t\r\n ,\"aä0.1e", max_size=8), min_size=2, max_size=3), max_size=3))
def test_every_text_comes_back(rows):
    text = "".join(csv_lines(rows))
    assert list(csv_rows(io.StringIO(text, newline=""))) == rows
    if len({len(row) for row in rows}) < 2:
        assert csv_columns(text) == [list(column) for column in zip(*rows, strict=True)]
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r")), cell
            assert not cell.startswith(("+", "-")) or float(cell) is not None


@pytest.mark.parametrize("text", ["a,b\nc\n", "a\nb,c\n", "a,b\n\nc,d\n", '"a",b\nc\n', "a,b,c\nd\ne,f,g,h,i\n"])
def test_rows_of_different_lengths_have_no_columns(text):
    with pytest.raises(csv.Error, match="differ in length"):
        csv_columns(text)


def test_columns_of_tables_with_and_without_quotes():
    assert csv_columns("a,b\n1,'=2\n") == [["a", "1"], ["b", "=2"]]
    assert csv_columns('a,b\n"1,\r\n",2') == [["a", "1,\r\n"], ["b", "2"]]
    assert csv_columns("a\r\nb\r\n") == [["a", "b"]]
    assert csv_columns("") == []
