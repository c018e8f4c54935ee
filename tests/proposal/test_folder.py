import os

import pytest

from medgan_tf.errors import DataError
from medgan_tf.proposal.folder import look_into


def put(folder, *names, content=b""):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_names_by_kind(tmp_path):
    put(tmp_path, "b/2.PNG", "a/1.jpeg", "a/3.dcm", "labels.csv", "x.npz", "notes.pdf", ".hidden/9.png", "readme")
    found = look_into(tmp_path)
    assert found.images == ("a/1.jpeg", "a/3.dcm", "b/2.PNG") and found.complete
    assert found.kinds == {"JPEG": 1, "DICOM": 1, "PNG": 1}
    assert (found.tables, found.arrays) == (("labels.csv",), ("x.npz",))
    assert found.others == {".pdf": 1, "no ending": 1}
    assert found.by_name["2.PNG"] == ["b/2.PNG"] and found.by_stem["3"] == ["a/3.dcm"]


def test_dicom_files_without_an_ending(tmp_path):
    put(tmp_path, "series/IM0001", "series/IM0002", content=b"\0" * 128 + b"DICM")
    assert look_into(tmp_path).kinds == {"DICOM": 2}


def test_no_link_leaves_the_folder(tmp_path):
    put(tmp_path, "outside/secret.png", "data/1.png")
    folder = tmp_path / "data"
    os.symlink(tmp_path / "outside", folder / "others")
    os.symlink(tmp_path / "outside" / "secret.png", folder / "2.png")
    os.symlink(folder, folder / "round")
    os.symlink(folder / "1.png", folder / "3.png")
    found = look_into(folder)
    assert found.images == ("1.png", "3.png") and found.links == 3


def test_a_walk_ends(tmp_path):
    put(tmp_path, *(f"{number}/image.png" for number in range(6)))
    found = look_into(tmp_path, most=8)
    assert not found.complete and len(found.images) == 2


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match="cannot be read as a folder"):
        look_into(tmp_path / "absent")
