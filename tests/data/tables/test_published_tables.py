from pathlib import Path

import pandas as pd
import pytest

from medgan_tf.data.tables.published_tables import (
    check_listed_images,
    find_table,
    keep_rows,
    named_states,
    searched_paths,
)
from medgan_tf.errors import DataError


def test_named_findings_are_positive_and_others_negative():
    states = named_states([{"a", "c"}, set(), {"b", "unknown"}], ("a", "b"))
    assert {name: column.tolist() for name, column in states.items()} == {"a": [1, 0, 0], "b": [0, 0, 1]}
    assert {column.dtype.name for column in states.values()} == {"int8"}


def test_rows_are_kept_by_word_and_the_others_counted():
    frame = pd.DataFrame({"view": ["PA", "L", "", "AP", "PA"], "n": range(5)})
    kept, left = keep_rows(frame, "view", ("PA", "AP"), Path("t.csv"), "data.options.views")
    assert (kept["n"].tolist(), kept.index.tolist(), left) == ([0, 3, 4], [0, 1, 2], 2)
    with pytest.raises(DataError) as error:
        keep_rows(frame, "view", ("X",), Path("t.csv"), "data.options.views")
    assert str(error.value) == (
        "t.csv: no row has X in column 'view' (data.options.views); found: PA (2), L (1), nothing (1), AP (1)"
    )


def test_the_preferred_table_wins_wherever_it_is(tmp_path):
    (tmp_path / "old.csv").write_text("")
    assert find_table(str(tmp_path), ["new.csv", "old.csv"], ["set"], "Buy it.") == tmp_path / "old.csv"
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "new.csv").write_text("")
    assert find_table(str(tmp_path), ["new.csv", "old.csv"], ["set"], "Buy it.") == tmp_path / "set" / "new.csv"


def test_a_missing_and_a_packed_table(tmp_path):
    with pytest.raises(DataError) as error:
        find_table(str(tmp_path), ["a.csv", "b.csv"], ["set"], "Buy it.")
    assert str(error.value) == (
        f"no a.csv or b.csv found; looked in {tmp_path} and {tmp_path}/set (data.root). Buy it."
    )
    (tmp_path / "b.csv.zip").write_bytes(b"")
    with pytest.raises(DataError, match="b.csv.zip: is packed, .* unpack it first: unzip .*b.csv.zip"):
        find_table(str(tmp_path), ["a.csv", "b.csv"], ["set"], "Buy it.")


def test_files_are_found_by_name_and_others_expected_where_they_belong(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "1.png").write_text("")
    expected = [tmp_path / "images" / name for name in ("1.png", "2.png")]
    found = searched_paths(["1.png", "2.png"], tmp_path, expected)
    assert found == [f"{tmp_path}/deep/er/1.png", f"{tmp_path}/images/2.png"]
    assert searched_paths(["1.png", "2.png"], tmp_path, expected, counts_only=True) == [str(one) for one in expected]


def test_listed_images_lie_below_the_root_and_are_there(tmp_path):
    (tmp_path / "1.png").write_text("")
    check_listed_images([str(tmp_path / "1.png")], str(tmp_path), Path("t.csv"))
    with pytest.raises(DataError, match="lists images that are not there"):
        check_listed_images([str(tmp_path / "2.png")], str(tmp_path), Path("t.csv"))
    check_listed_images([str(tmp_path / "2.png")], str(tmp_path), Path("t.csv"), counts_only=True)
    with pytest.raises(DataError, match="1 of 1 images lie outside data.root"):
        check_listed_images([f"{tmp_path}/../x.png"], str(tmp_path), Path("t.csv"), counts_only=True)
    check_listed_images([f"{tmp_path}/../x.png"], str(tmp_path), Path("t.csv"), outside_root=True, counts_only=True)
