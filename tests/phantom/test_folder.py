"""A phantom is there whole or not at all, and never in the place of something else."""

import json

import pytest

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.phantom import chexpert_layout, folder


def names(path):
    return sorted(p.name for p in path.iterdir())


def test_marker_is_known_again_only_with_the_same_options(tmp_path):
    root = tmp_path / "chest"
    counts = folder.build_phantom(root, "chest", 2, 5, workers=1)
    marker = json.loads((root / "phantom.json").read_text())
    assert marker == {
        "format": "medgan-tf phantom", "version": folder.VERSION, "modality": "chest", "patients": 2, "seed": 5,
        "counts": counts,
    }  # fmt: skip
    assert folder.is_complete(root, "chest", 2, 5)
    assert not any(folder.is_complete(root, *other) for other in (("chest", 3, 5), ("chest", 2, 6), ("head", 2, 5)))
    assert names(root) == ["phantom.json", "train", "train.csv"] and names(tmp_path) == ["chest"]


def test_complete_phantom_is_left_alone_and_other_options_replace_it(tmp_path):
    root = tmp_path / "chest"
    folder.build_phantom(root, "chest", 2, 5, workers=1)
    before = (root / "train.csv").stat().st_mtime_ns
    calls = []
    counts = folder.build_phantom(root, "chest", 2, 5, lambda *args: calls.append(args))
    assert (root / "train.csv").stat().st_mtime_ns == before and not calls and counts["patients"] == 2
    assert folder.build_phantom(root, "chest", 1, 5, workers=1)["patients"] == 1
    assert not (root / "train" / "patient00002").exists() and names(tmp_path) == ["chest"]


def test_older_version_is_made_anew(tmp_path, monkeypatch):
    folder.build_phantom(tmp_path / "chest", "chest", 1, 5, workers=1)
    monkeypatch.setattr(folder, "VERSION", folder.VERSION + 1)
    assert not folder.is_complete(tmp_path / "chest", "chest", 1, 5)


@pytest.mark.parametrize("foreign", ["train.csv", "notes.txt"])
def test_foreign_folder_is_never_overwritten(tmp_path, foreign):
    (tmp_path / foreign).write_text("mine")
    with pytest.raises(DataError, match="holds other files than a phantom; choose a new or empty folder"):
        folder.build_phantom(tmp_path, "chest", 1, 0)
    assert names(tmp_path) == [foreign] and (tmp_path / foreign).read_text() == "mine"


def test_phantom_with_other_files_beside_it_is_not_replaced(tmp_path):
    folder.build_phantom(tmp_path / "chest", "chest", 1, 0, workers=1)
    (tmp_path / "chest" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="holds other files"):
        folder.build_phantom(tmp_path / "chest", "chest", 2, 0)
    assert (tmp_path / "chest" / "notes.txt").read_text() == "mine"


def test_file_and_link_are_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(DataError, match=f"{name} is not a folder"):
            folder.build_phantom(tmp_path / name, "chest", 1, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_interrupted_build_leaves_nothing(tmp_path, error):
    def stop(done, total):
        if done == 2:
            raise error

    with pytest.raises(error):
        folder.build_phantom(tmp_path / "chest", "chest", 4, 0, stop, workers=1)
    assert names(tmp_path) == []
    folder.build_phantom(tmp_path / "chest", "chest", 1, 0, workers=1)
    with pytest.raises(error):
        folder.build_phantom(tmp_path / "chest", "chest", 4, 0, stop, workers=1)
    assert folder.is_complete(tmp_path / "chest", "chest", 1, 0), "the older phantom stays until the new one is whole"


def test_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chexpert_layout, "_write_table", full)
    with pytest.raises(DataError, match="cannot write the phantom .*chest: No space left on device"):
        folder.build_phantom(tmp_path / "chest", "chest", 1, 0, workers=1)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("foot", 1, 0), "modality must be one of chest, head. Received: modality='foot'"),
        (("chest", 0, 0), "patients >= 1 and a seed from 0 to 4294967295. Received: patients=0, seed=0"),
        (("chest", 1, -1), "patients >= 1 and a seed from 0 to 4294967295. Received: patients=1, seed=-1"),
    ],
)
def test_bad_options(tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        folder.build_phantom(tmp_path / "new", *options)
    assert names(tmp_path) == []
