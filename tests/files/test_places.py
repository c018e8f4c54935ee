"""Folders of this machine in texts."""

import sys
import tempfile
from pathlib import Path

import pytest

from medgan_tf.files.places import hide_places


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A current folder, a home folder with a blank in its name, and a folder of temporary files, all apart."""
    for name in ("desk", "home/Dr Schmidt", "scratch"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "desk")
    monkeypatch.setenv("HOME", str(tmp_path / "home/Dr Schmidt"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    return tmp_path


def test_known_folders_have_short_names(here):
    text = (
        f"{here}/desk/runs/x/log.txt, '{here}/desk/data': {here}/home/Dr Schmidt/.config; {here}/scratch/a "
        f"({here}/desk) {sys.prefix}/lib"
    )
    assert hide_places(text, Path("runs/x")) == "<run>/log.txt, './data': ~/.config; <tmp>/a (.) <python>/lib"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot read /mnt/ward/schmidt/labels.csv: gone", "cannot read .../labels.csv: gone"),
        ("'/mnt/ward/x.png' (/data/b/)", "'.../x.png' (.../b)"),
        (r"C:\Users\schmidt\x.csv is damaged", ".../x.csv is damaged"),
        ("root=/mnt/ward/x", "root=.../x"),
    ],
)
def test_of_other_paths_the_last_part_is_left(here, text, shown):
    assert hide_places(text) == shown


@pytest.mark.parametrize(
    "text",
    ["runs/x/cpd-seed1", "40 images/s", "1/2 of A|B", "https://example.org/a/b", "a / b", "/", "5 / 7 /", "</html>"],
)
def test_other_texts_stay(here, text):
    assert hide_places(text) == text


def test_a_folder_whose_name_only_begins_alike_is_another(here):
    assert hide_places(f"{here}/deskshop/a/b") == ".../b"
