"""Imagefolders of Hugging Face: splits, and tables with a mistake."""

import cv2
import numpy as np
import pytest

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.formats.imagefolder import listing

NAMES = ("Edema", "=Fracture")
HEAD = "file_name,Edema,'=Fracture,text"


def write(folder, rows, head=HEAD, images=("a.png", "b.png")):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.csv").write_text("\n".join([head, *rows]) + "\n")
    for number, name in enumerate(images):
        cv2.imwrite(str(folder / name), np.full((8, 8), number, np.uint8))


def read(folder):
    return listing(ExternalConfig(name="diffusion", folder=str(folder), format="imagefolder"), 1, NAMES)


def refused(match, folder):
    with pytest.raises(DataError, match=match) as error:
        read(folder)
    assert "\n" not in str(error.value)


def test_one_table_or_one_for_each_split(tmp_path):
    rows = ["a.png,1,0,a chest", "b.png,0,1,"]
    write(tmp_path / "plain", rows)
    write(tmp_path / "one" / "train", rows)
    write(tmp_path / "two" / "data" / "train", rows)
    write(tmp_path / "two" / "data" / "Validation", rows[:1], images=["a.png"])
    for name in ("plain", "one"):
        assert [(one.labels, one.fold) for one in read(tmp_path / name).images] == [((1, 0), None), ((0, 1), None)]
    found = [(one.labels, one.fold) for one in read(tmp_path / "two").images]
    assert sorted(found, key=str) == [((0, 1), "train"), ((1, 0), "train"), ((1, 0), "valid")]


def test_wrong_tables(tmp_path):
    folder = tmp_path / "made"
    good = ["a.png,1,0,", "b.png,0,1,"]
    write(folder, good, "image,Edema,'=Fracture,text")
    refused("no column 'file_name'; found: image, Edema.*metadata.csv needs the column file_name", folder)
    write(folder, good, "file_name,Oedema,'=Fracture,text")
    refused("no column 'Edema'; found: file_name, Oedema", folder)
    write(folder, ["a.png,1,0,", "b.png,maybe,1,"])
    refused("row 3, column 'Edema': expected 0 or 1. Received: 'maybe'", folder)
    write(folder, [*good, good[0]])
    refused("1 images are listed twice, e.g. .*a.png", folder)
    for missing in ("c.png", "c" * 300 + ".png"):
        write(folder, [*good, f"{missing},1,1,"])
        refused("lists images that are not there, e.g. c", folder)
    write(folder, [*good, "../../etc/passwd.png,1,1,"])
    refused("'../../etc/passwd.png' lies outside", folder)
    write(folder, [*good, f"{tmp_path}/x.png,1,1,"])
    refused("lies outside", folder)


def test_wrong_folders(tmp_path):
    refused("holds no metadata.csv, nor does a folder train or validation in it$", tmp_path)
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "metadata.jsonl").write_text("{}")
    refused("metadata.jsonl is not read, write it as metadata.csv", tmp_path)
    write(tmp_path / "test", ["a.png,1,0,"])
    refused("synthetic images are for the splits train and validation. Received: 'test'", tmp_path)
    (tmp_path / "made.zip").write_bytes(b"PK")
    refused("expected a folder with metadata.csv; archives are not opened", tmp_path / "made.zip")
