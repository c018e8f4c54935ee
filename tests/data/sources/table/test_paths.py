from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from medgan_tf.data.sources.table.paths import (
    file_and_frame,
    frame_marks,
    image_files,
    listed_paths,
    path_columns,
    split_marks,
)
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.errors import DataError

CSV = Path("labels.csv")


def _options(**options):
    return Options(label_columns=["x"], **options)


@pytest.mark.parametrize(
    ("template", "columns", "path"),
    [
        ("{ImageDir}/{ImageID}", ["ImageDir", "ImageID"], "7/a.png"),
        (
            "files/p{subject id:.2}/p{subject id}/s{study}/{ImageID:.1}.jpg",
            ["subject id", "subject id", "study", "ImageID"],
            "files/p10/p10000032/s5/a.jpg",
        ),
        ("{ImageID:.100}", ["ImageID"], "a.png"),
        ("{study.x}", ["study.x"], "dotted"),
    ],
)
def test_templates(template, columns, path):
    rows = pd.DataFrame(
        {"ImageDir": ["7 "], "ImageID": [" a.png"], "subject id": ["10000032"], "study": ["5"], "study.x": ["dotted"]}
    )
    options = _options(path_template=template)
    assert path_columns(options) == columns
    assert listed_paths(rows, options, CSV).tolist() == [path]


def test_a_blank_part_of_a_template_is_named():
    rows = pd.DataFrame({"d": ["1", ""], "f": ["a", "b"]}, index=[3, 8])
    with pytest.raises(DataError, match="labels.csv: row 10, column 'd': is blank"):
        listed_paths(rows, _options(path_template="{d}/{f}"), CSV)


def test_suffixes_and_search(tmp_path):
    for name in ("one/a.dcm", "two/b.dcm"):
        (tmp_path / "images" / name).parent.mkdir(parents=True)
        (tmp_path / "images" / name).write_text("")
    paths = pd.Series(["sub/a", "b", "gone"])
    options = _options(images="images", path_suffix=".dcm", search=True)
    base = tmp_path / "images"
    expected = [f"{base}/sub/a.dcm", f"{base}/b.dcm", f"{base}/gone.dcm"]
    assert image_files(paths, tmp_path, options) == [f"{base}/one/a.dcm", f"{base}/two/b.dcm", f"{base}/gone.dcm"]
    assert image_files(paths, tmp_path, options, look=False) == expected
    assert image_files(paths, tmp_path, _options(images="images", path_suffix=".dcm")) == expected


def test_frames_stand_behind_the_last_mark():
    marks = frame_marks(pd.Series(["3", " 0 ", "2.0", ""], name="page"), CSV)
    assert marks == ["#frame=3", "#frame=0", "#frame=2", "#frame="]
    assert file_and_frame("a#frame=7.tif#frame=3") == ("a#frame=7.tif", 3)
    assert file_and_frame("a#1.tif#frame=") == ("a#1.tif", None)
    files, ends = split_marks(pd.Series(["a#frame=7.tif#frame=3", "b#frame="]))
    assert files.tolist() == ["a#frame=7.tif", "b"] and ends.tolist() == ["#frame=3", "#frame="]


@pytest.mark.parametrize("cell", ["-1", "1.5", "first", "9999999", "٣", "1" * 5000])
def test_an_odd_frame(cell):
    with pytest.raises(DataError, match="row 2, column 'page': expected the number of a frame, from 0") as error:
        frame_marks(pd.Series([cell], name="page"), CSV)
    assert len(str(error.value)) < 250


PATHS = ["a.png", "a/b.png", "/a/b.png", "//a/b", "///a", "a//b", "./a", "a/./b", "a/.", "a/", "../a", "a/../b", ".a",
         "a/.b", "a.", "..", " a/b ", "a\\b\\c.png", "a b/c d"]  # fmt: skip


@pytest.mark.parametrize("base", [".", "folder", "/data/folder", "/"])
@pytest.mark.parametrize("suffix", ["", ".dcm"])
def test_paths_are_those_of_pathlib(base, suffix):
    options = Options(label_columns=["x"], path_suffix=suffix)
    listed = listed_paths(pd.DataFrame({"path": PATHS}), options, Path("labels.csv"))
    assert listed.tolist() == [str(PurePosixPath(path.strip().replace("\\", "/"))) for path in PATHS]
    expected = [str(Path(base) / "." / f"{path}{suffix}") for path in listed]
    assert image_files(listed, Path(base), options) == expected
