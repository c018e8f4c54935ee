import pandas as pd
import pytest

from medgan_tf.data.tables.joining import join
from medgan_tf.errors import DataError


def _frame(**columns):
    return pd.DataFrame(columns, dtype=str)


def test_columns_come_beside_their_rows_and_unmatched_rows_are_told():
    images = _frame(study=["s2", "s1", "s3", "s2"], image=["a", "b", "c", "d"])
    studies = _frame(study=["s1", "s2", "s4"], Edema=["1", "0", "1"])
    joined, matched = join(images, studies, "study")
    assert joined.to_dict("list") == {
        "study": ["s2", "s1", "s3", "s2"],
        "image": ["a", "b", "c", "d"],
        "Edema": ["0", "1", "", "0"],
    }
    assert matched.tolist() == [True, True, False, True]


def test_several_keys_with_other_names():
    images = _frame(subject_id=["1", "1", "2"], study_id=["7", "8", "7"])
    labels = _frame(subject=["2.0", " 1 ", "1"], study=["7", "8.00", "7"], x=["a", "b", "c"])
    joined, matched = join(images, labels, {"subject_id": "subject", "study_id": "study"})
    assert joined["x"].tolist() == ["c", "b", "a"] and matched.all()
    with pytest.raises(DataError, match="no row belongs"):
        join(images, _frame(subject_id=["17"], study_id=["1"]), ["subject_id", "study_id"])


def test_repeated_rows_count_once_and_contradicting_ones_are_an_error():
    images = _frame(id=["a", "b"])
    boxes = _frame(id=["a", "b", "a"], kind=["x", "y", "x "])
    assert join(images, boxes, "id")[0]["kind"].tolist() == ["x", "y"]
    boxes.loc[2, "kind"] = "z"
    with pytest.raises(DataError, match="info.csv: two rows for 'a' differ in 'kind': 'x' and 'z'"):
        join(images, boxes, "id", "labels.csv", "info.csv")


def test_a_column_of_both_must_agree():
    images = _frame(id=["a", "b"], study=["7", "8"])
    other = _frame(id=["b", "a", "c"], study=["8.0", "7", "9"], view=["AP", "PA", "LL"])
    assert join(images, other, "id")[0].to_dict("list") == {
        "id": ["a", "b"],
        "study": ["7", "8"],
        "view": ["PA", "AP"],
    }
    other.loc[0, "study"] = "9"
    with pytest.raises(DataError, match="both have a column 'study', with different values, e.g. '8' and '9'"):
        join(images, other, "id")


def test_a_key_that_matches_nothing_shows_both():
    with pytest.raises(DataError, match="b.csv: no row .* of a.csv: id is e.g. 'x.png' there and id e.g. 'x' here"):
        join(_frame(id=["x.png"]), _frame(id=["x"], y=["1"]), "id", "a.csv", "b.csv")
