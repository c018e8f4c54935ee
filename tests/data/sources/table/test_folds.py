import pandas as pd
import pytest

from medgan_tf.data.sources.table.folds import given_folds
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.errors import DataError


def _folds(folder, paths, counts=None, split=None, **options):
    rows = pd.DataFrame({"split": split or [""] * len(paths)})
    paths = pd.Series(paths)
    return given_folds(
        rows, paths, paths, Options(label_columns=["x"], **options), folder, {} if counts is None else counts
    )


def test_no_folds(tmp_path):
    assert _folds(tmp_path, ["a"]) is None


def test_usual_words_and_own_ones(tmp_path):
    split = ["train", "Validate", " TEST ", "val", "train_val"]
    folds = _folds(tmp_path, list("abcde"), split=split, fold_column="split")
    assert folds.tolist() == ["train", "valid", "test", "valid", "train_valid"]
    own = {"A": "train", "1": "test"}
    assert _folds(tmp_path, ["a", "b"], split=["1", "A"], fold_column="split", fold_values=own).tolist() == [
        "test",
        "train",
    ]


@pytest.mark.parametrize(("values", "expected"), [(None, "train, training, valid"), ({"A": "train"}, "A")])
def test_other_words_are_named(tmp_path, values, expected):
    with pytest.raises(DataError, match=f"row 3, column 'split': expected a fold, {expected}.* Received: 'holdout'"):
        _folds(
            tmp_path, ["a", "b"], split=["A" if values else "train", "holdout"], fold_column="split", fold_values=values
        )


def test_lists_of_file_names(tmp_path):
    (tmp_path / "train_val_list.txt").write_text("1.png\r\n2.png\r\n\r\n9.png\r\n")
    (tmp_path / "test_list.txt").write_text("sub/3.png\n")
    lists = {"train_valid": "train_val_list.txt", "test": "test_list.txt"}
    counts = {}
    paths = ["images_1/1.png", "2.png", "sub/3.png", "other/3.png", "4.png"]
    folds = _folds(tmp_path, paths, counts, fold_lists=lists)
    assert folds.tolist() == ["train_valid", "train_valid", "test", "", ""]
    assert counts == {"rows in no list of a fold left out": 2}


def test_a_file_name_of_two_folders_says_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("1.png\n2.png\n")
    assert _folds(tmp_path, ["x/1.png", "y/1.png", "x/2.png"], fold_lists={"test": "a.txt"}).tolist() == [
        "",
        "",
        "test",
    ]


def test_lists_may_have_the_ending(tmp_path):
    (tmp_path / "a.txt").write_text("1.dcm\n")
    (tmp_path / "b.txt").write_text("2\n")
    lists = {"test": "a.txt", "train": "b.txt"}
    assert _folds(tmp_path, ["1", "2"], fold_lists=lists, path_suffix=".dcm").tolist() == ["test", "train"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["1.png\n", "1.png\n"], "b.txt: '1.png' is in the list of train, too"),
        (["", "\n"], "name no image"),
        (["x\n", "y\n"], "none of its images is in a list .* a list has e.g. 'x', the table '1.png'"),
        ([b"\xff", ""], "a.txt: is not a list in UTF-8"),
    ],
)
def test_lists_that_cannot_be(tmp_path, texts, message):
    for name, text in zip(("a.txt", "b.txt"), texts, strict=True):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=message):
        _folds(tmp_path, ["1.png"], fold_lists={"train": "a.txt", "test": "b.txt"})
