"""Tests of paths that are put together without pathlib, in less memory: they are the paths that pathlib makes."""

from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from medgan_tf.data.sources.table.paths import image_files, listed_paths
from medgan_tf.data.sources.table.settings import Options

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
