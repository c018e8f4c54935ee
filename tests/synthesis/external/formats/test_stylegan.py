"""Data sets of StyleGAN whose labels, images or archive are wrong: one line each."""

import json

import cv2
import numpy as np
import pytest
from foreign_training import write_zip

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.formats.stylegan import listing

NAMES = ("Edema", "Fracture")
A, B = "00000/img00000000.png", "00000/img00000001.png"
PNG = cv2.imencode(".png", np.arange(64, dtype=np.uint8).reshape(8, 8))[1].tobytes()
LABELS = [[A, [1, 0]], [B, [1.0, 1.0]]]


def made(tmp_path, labels=LABELS, names=NAMES, images=(A, B), **more):
    values = {"labels": labels, **more} | ({} if names is None else {"label_names": names})
    members = {name: PNG for name in images}
    return write_zip(tmp_path / "made.zip", members | {"dataset.json": json.dumps(values)})


def read(path, names=NAMES):
    return listing(ExternalConfig(name="sg", folder=str(path), format="stylegan"), 1, names)


def refused(match, path, names=NAMES):
    with pytest.raises(DataError, match=match) as error:
        read(path, names)
    assert "\n" not in str(error.value)


def test_vectors_and_classes(tmp_path):
    assert [one.labels for one in read(made(tmp_path)).images] == [(1, 0), (1, 1)]
    assert [one.labels for one in read(made(tmp_path), ("Fracture",)).images] == [(0,), (1,)]
    classes = made(tmp_path, [[A, 1], [B, 0]])
    assert [one.labels for one in read(classes).images] == [(0, 1), (1, 0)]
    windows = made(tmp_path, [[A.replace("/", "\\"), [1, 0]], [B, [0, 1]]])
    assert [one.source.member for one in read(windows).images] == [A, B]


def test_the_seed_is_part_of_the_name(tmp_path):
    made(tmp_path).rename(tmp_path / "made-7.zip")
    config = ExternalConfig(name="sg", folder=str(tmp_path / "made-{seed}.zip"), format="stylegan")
    assert len(listing(config, 7, NAMES).images) == 2
    with pytest.raises(DataError, match="made-8.zip"):
        listing(config, 8, NAMES)


def test_names_of_the_training_set_do_for_its_vectors(tmp_path):
    path = made(tmp_path, names=None)
    refused(r'does not say which label each place of its vectors is; add "label_names"', path)
    (tmp_path / "trained_on.json").write_text(json.dumps({"label_names": ["Fracture", "Edema"]}))
    assert [one.labels for one in read(path).images] == [(0, 1), (1, 1)]


@pytest.mark.parametrize(
    ("match", "values"),
    [
        ("has no labels; expected a list of", {"labels": None}),
        ("no label 'Edema'; found: Oedema, Fracture; the real images have Edema, Fracture",
         {"names": ["Oedema", "Fracture"]}),
        ("expected a list of names as label_names", {"names": "Edema"}),
        (r"img00000000.png': expected 2 labels, each 0 or 1. Received: '\[1\]'", {"labels": [[A, [1]], [B, [0, 1]]]}),
        (r"expected 2 labels, each 0 or 1. Received: '\[1, 2\]'", {"labels": [[A, [1, 2]], [B, [0, 1]]]}),
        (r"expected 2 labels, each 0 or 1. Received: '\[0.5, 1\]'", {"labels": [[A, [0.5, 1]], [B, [0, 1]]]}),
        ("expected a label from 0 to 1. Received: 2", {"labels": [[A, 2], [B, 0]]}),
        ("expected 2 labels, each 0 or 1. Received: 'True'", {"labels": [[A, True], [B, 0]]}),
        (r"expected \[file, label vector\]. Received: ", {"labels": [A, B]}),
        ("is listed twice", {"labels": [[A, [1, 0]], [A, [1, 0]]]}),
        ("lists 1 images that are not there, e.g. '00000/img00000001.png'", {"images": [A]}),
        ("does not list 1 images that are there, e.g. 'b.PNG'", {"images": [A, B, "b.PNG"]}),
        ("lists 1 images that are not there, e.g. '../a.png'", {"labels": [["../a.png", [1, 0]], *LABELS]}),
    ],
)  # fmt: skip
def test_wrong_lists(match, values, tmp_path):
    refused(match, made(tmp_path, **values))


def test_wrong_places(tmp_path):
    refused("holds no dataset.json, so its images have no labels", write_zip(tmp_path / "a.zip", {A: PNG}))
    refused("holds no dataset.json, so its images have no labels", tmp_path)
    refused("a.zip, dataset.json cannot be read: ", write_zip(tmp_path / "a.zip", {A: PNG, "dataset.json": "{"}))
    refused("expected a JSON object", write_zip(tmp_path / "a.zip", {A: PNG, "dataset.json": "[]"}))
    (tmp_path / "b.zip").write_bytes(PNG)
    refused("b.zip: is no zip archive, or damaged: ", tmp_path / "b.zip")
    refused("'../a.png' leads out of the archive", write_zip(tmp_path / "c.zip", {"../a.png": PNG}))


def test_an_image_that_claims_too_much_is_refused_when_it_is_read(tmp_path):
    bomb = bytearray(PNG)
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    path = write_zip(
        tmp_path / "made.zip",
        {A: bytes(bomb), "dataset.json": json.dumps({"labels": [[A, [0, 0]]], "label_names": NAMES})},
    )
    with pytest.raises(DataError, match="claims 60000 x 60000 pixels"):
        read(path).read(0)


def test_a_link_out_of_an_unpacked_folder_is_refused(tmp_path):
    (tmp_path / "private.png").write_bytes(PNG)
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "a.png").symlink_to(tmp_path / "private.png")
    (folder / "dataset.json").write_text(json.dumps({"labels": [["a.png", [0, 0]]], "label_names": NAMES}))
    refused("'a.png' lies outside .*made; move the images there", folder)
