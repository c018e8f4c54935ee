import os

import pytest

from medgan_tf.data.tables import search
from medgan_tf.data.tables.search import find_files
from medgan_tf.errors import DataError


@pytest.fixture
def root(tmp_path):
    for name in ("images_001/images/a.png", "images_002/images/b.png", "images_002/c.dicom", ".trash/d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_names_are_found_in_any_folder_and_missing_ones_left_out(root):
    found = find_files(root, ["b.png", "a.png", "d.png", "B.png"])
    assert found == {"a.png": f"{root}/images_001/images/a.png", "b.png": f"{root}/images_002/images/b.png"}


def test_suffixes_follow_the_name(root):
    found = find_files(root, ["a", "c"], (".png", ".dicom"))
    assert found == {"a": f"{root}/images_001/images/a.png", "c": f"{root}/images_002/c.dicom"}


def test_two_files_of_one_name_are_an_error_that_names_both(root):
    (root / "a.png").write_text("another")
    assert find_files(root, ["b.png"]) == {"b.png": f"{root}/images_002/images/b.png"}
    with pytest.raises(DataError, match=f"a.png: two files .*{root}/a.png and {root}/images_001/images/a.png"):
        find_files(root, ["a.png"])
    (root / "c.png").write_text("converted")
    with pytest.raises(DataError, match="c: two files"):
        find_files(root, ["c"], (".png", ".dicom"))


def test_one_file_under_a_link_is_no_second_file(root):
    (root / "link").mkdir()
    (root / "link" / "a.png").symlink_to(root / "images_001" / "images" / "a.png")
    assert list(find_files(root, ["a.png"])) == ["a.png"]


def test_links_out_of_the_root_are_followed_only_where_that_is_allowed(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "far.png").write_text("x")
    (outside / "circle").symlink_to(root)
    (root / "disk").symlink_to(outside)
    (root / "again").symlink_to(root / "images_001")
    assert find_files(root, ["far.png", "a.png"]) == {"a.png": f"{root}/images_001/images/a.png"}
    assert find_files(root, ["far.png"], outside_root=True) == {"far.png": f"{root}/disk/far.png"}


def test_links_to_nothing_or_to_themselves_are_passed(root):
    (root / "circle").symlink_to("circle")
    (root / "broken").symlink_to("gone")
    assert list(find_files(root, ["a.png", "circle", "broken"])) == ["a.png", "circle", "broken"]


def test_the_folder_is_walked_once_until_a_file_comes_or_goes(root, monkeypatch):
    walks = []
    scandir = os.scandir
    monkeypatch.setattr(search.os, "scandir", lambda folder: walks.append(folder) or scandir(folder))
    find_files(root, ["a.png"])
    first = len(walks)
    find_files(root, ["b.png"])
    assert len(walks) == first == 5
    (root / "images_002" / "images" / "new.png").write_text("x")
    assert list(find_files(root, ["new.png"])) == ["new.png"]


def test_too_many_files_are_another_folder(root, monkeypatch):
    monkeypatch.setattr(search, "MOST_FILES", 3)
    with pytest.raises(DataError, match="more than 3 files .* is it the folder of the dataset"):
        find_files(root, ["zz.png"])


def test_a_missing_folder(tmp_path):
    with pytest.raises(DataError, match="gone: cannot be read: No such file"):
        find_files(tmp_path / "gone", ["a.png"])
