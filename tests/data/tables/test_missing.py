import unicodedata

import pytest

from medgan_tf.data.tables.missing import explain_missing, explained
from medgan_tf.errors import DataError


@pytest.fixture
def root(tmp_path):
    names = ["images/0001.jpg", "images/Scan.PNG", "images/1.2.840.113", "Views/left/a.png", "images/folder/x.png"]
    for name in [*names, unicodedata.normalize("NFD", "images/é.png")]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "clause"),
    [
        ("images/0001.png", "; there is 0001.jpg instead"),
        ("images/0001", "; there is 0001.jpg instead"),
        ("images/scan.png", "; there is Scan.PNG instead"),
        ("images/scan.jpg", "; there is Scan.PNG instead"),
        ("images/1.2.840.113.dcm", "; there is 1.2.840.113 instead"),
        (unicodedata.normalize("NFC", "images/é.png"), unicodedata.normalize("NFD", "; there is é.png instead")),
        ("views/Left/A.dcm", "; there is Views/left/a.png instead"),
        ("images\\0001.jpg", "; there is images/0001.jpg instead: write / between folders"),
        ("images/folder", "; it holds 1 files, e.g. x.png; name the file in it"),
        ("images/", "; the name of the file is blank"),
        ("images/0002.png", ""),
        ("elsewhere/0001.jpg", ""),
        ("images/0001.jpg", ""),
        ("images/0\0.jpg", ""),
        ("images/1.2.840.114", ""),
    ],
)
def test_what_is_there_instead(root, path, clause):
    assert explain_missing(f"{root}/{path}") == clause


def test_a_file_that_came_later_is_seen(root):
    assert explain_missing(root / "images" / "new.png") == ""
    (root / "images" / "new.tif").write_text("")
    assert explain_missing(root / "images" / "new.png") == "; there is new.tif instead"


def test_an_error_about_a_missing_file_goes_on_with_what_is_there(root):
    error = DataError("0001.png: cannot be read")
    assert str(explained(error, f"{root}/images/0001.png")) == "0001.png: cannot be read; there is 0001.jpg instead"
    assert explained(error, f"{root}/images/0001.jpg") is error
    assert explained(error, f"{root}/images/0002.png") is error and explained(error, None) is error
