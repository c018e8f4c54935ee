"""A folder of files with a CSV: labels by name, folds, covariates; each mistake is one line."""

import cv2
import numpy as np
import pytest

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.synthesis.external.opening import open_listing
from medgan_tf.synthesis.external.settings import ExternalConfig

NAMES = ("Square", "Disc")


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((4, 4), ord(name), np.uint8))
    return tmp_path


def opened(folder, table, seed=7, **values):
    (folder / "labels.csv").write_text(table, encoding="utf-8")
    return open_listing(ExternalConfig(**{"name": "x", "folder": str(folder), **values}), seed, NAMES)


def test_labels_by_name_and_everything_else(folder):
    table = "Disc,age,sex,path,view,Square,fold,row,seconds\n1,057Y,female,a.png,pa,0,val,4,9\n0,,,b.png,,1,train,0,9\n"
    found = opened(folder, table)
    assert found.names == NAMES and found.others == ("seconds",)
    first, second = found.images
    assert (first.labels, first.fold, first.row) == ((0, 1), "valid", 4)
    assert (first.sex, first.age, first.view) == ("F", 57, "PA")
    assert (second.labels, second.fold, second.sex, second.age, second.view) == ((1, 0), "train", None, None, None)
    assert found.read(0)[0, 0] == ord("a") and found.read(1)[0, 0] == ord("b")


def test_a_table_beside_the_folder_and_the_seed_in_its_name(folder, tmp_path_factory, monkeypatch):
    place = tmp_path_factory.mktemp("tables")
    (place / "labels-7.csv").write_text("path,Square,Disc\nb.png,1,1\n")
    found = opened(folder, "", csv=str(place / "labels-{seed}.csv"))
    assert [image.labels for image in found.images] == [(1, 1)]
    with pytest.raises(DataError, match="no labels of the synthetic images"):
        opened(folder, "", seed=8, csv=str(place / "labels-{seed}.csv"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("path,Square\na.png,1\n", "received none for 'Disc'"),
        ("path,Square,disc\na.png,1,1\n", "rename 'disc' to 'Disc'"),
        ("image,Square,Disc\na.png,1,1\n", "no column 'path'"),
        ("path;Square;Disc\na.png;1;1\n", "separated by ';'"),
        ("path,Square,Disc\na.png,1,2\n", "row 2, column 'Disc': expected 0 or 1. Received: '2'"),
        ("path,Square,Disc,fold\na.png,1,1,test\n", "column 'fold': expected train or valid. Received: 'test'"),
        ("path,Square,Disc,fold\na.png,1,1,\nb.png,1,1,train\n", "row 2, column 'fold': is blank"),
        ("path,Square,Disc,row\na.png,1,1,-1\n", "column 'row': expected a whole number from 0"),
        ("path,Square,Disc\na.png,1,1\na.png,1,0\n", "1 images are listed twice"),
        ("path,Square,Disc\n../a.png,1,1\n", "lies outside"),
        ("path,Square,Disc\n/etc/passwd,1,1\n", "lies outside"),
        ("path,Square,Disc\ngone.png,1,1\n", "lists images that are not there"),
        ("path,Square,Disc\n", "has a header but no rows"),
    ],
)
def test_each_mistake_is_one_line(folder, table, message):
    with pytest.raises(DataError, match=message) as error:
        opened(folder, table)
    assert "\n" not in str(error.value)


def test_a_link_does_not_lead_out(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "patient.png"
    cv2.imwrite(str(outside), np.zeros((4, 4), np.uint8))
    (folder / "link.png").symlink_to(outside)
    with pytest.raises(DataError, match="lies outside"):
        opened(folder, "path,Square,Disc\nlink.png,1,1\n")


def test_no_folder_and_an_unknown_format(folder):
    with pytest.raises(DataError, match="no synthetic images at"):
        open_listing(ExternalConfig(name="x", folder=str(folder / "gone")), 7, NAMES)
    with pytest.raises((ConfigError, ValueError), match="unknown format 'bmp'"):
        ExternalConfig(name="x", folder=str(folder), format="bmp")
