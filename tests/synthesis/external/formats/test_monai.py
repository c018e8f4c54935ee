"""Data lists of MONAI: folds, covariates, and lists with a mistake."""

import json

import cv2
import numpy as np
import pytest

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.formats.monai import listing

NAMES = ("Edema", "Fracture")
LABELS = {"0": "Fracture", "1": "Edema"}
A = {"image": "a.png", "label": [1, 0], "sex": "female", "age": "061Y", "view": "posteroanterior"}
B = {"image": "./b.png", "label": 1, "age": 97}


def write(folder, labels=LABELS, name="datalist.json", **lists):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(lists | ({} if labels is None else {"labels": labels})))
    for image in ("a.png", "b.png"):
        cv2.imwrite(str(folder / image), np.zeros((8, 8), np.uint8))
    return folder


def read(place):
    return listing(ExternalConfig(name="monai", folder=str(place), format="monai"), 1, NAMES)


def refused(match, place):
    with pytest.raises(DataError, match=match) as error:
        read(place)
    assert "\n" not in str(error.value)


def test_lists_are_folds_where_there_are_two(tmp_path):
    found = read(write(tmp_path / "two", training=[A], validation=[B], test=["c.png"])).images
    assert [(one.labels, one.fold, one.sex, one.age, one.view) for one in found] == [
        ((0, 1), "train", "F", 61, "PA"), ((1, 0), "valid", None, 90, None),
    ]  # fmt: skip
    one = write(tmp_path / "one", name="dataset.json", training=[A, B], validation=[])
    assert [one.fold for one in read(one).images] == [None, None]
    assert len(read(one / "dataset.json").images) == 2


def test_names_of_the_training_set_do_for_its_vectors(tmp_path):
    folder = write(tmp_path / "made", labels=None, training=[A])
    refused(r'does not say which label each place of its vectors is; add "labels": \{"0":', folder)
    (folder / "trained_on.json").write_text(json.dumps({"label_names": ["Edema", "Fracture"]}))
    assert read(folder).images[0].labels == (1, 0)


@pytest.mark.parametrize(
    ("match", "values"),
    [
        ("no label 'Edema'; found: background, lesion", {"labels": {"0": "background", "1": "lesion"}}),
        ("numbered from 0. Received: ", {"labels": {"1": "Edema", "2": "Fracture"}}),
        ("numbered from 0. Received: ", {"labels": ["Edema", "Fracture"]}),
        ("numbered from 0. Received: ", {"labels": {}}),
        ("a label is named twice", {"labels": {"0": "Edema", "1": "Edema"}}),
        ("expected a list under training. Received: ", {"training": {"image": "a.png"}}),
        (r'training 1: expected \{"image": a path, "label": a vector\}. Received: ', {"training": [A, "b.png"]}),
        ("training 0: expected .* Received: ", {"training": [{"image": ["a.png"], "label": [0, 1]}]}),
        ("training 0: expected .* Received: ", {"training": [{"image": "a.png"}]}),
        ("training 0: expected 2 labels, each 0 or 1. Received: 'a_seg.png'",
         {"training": [{"image": "a.png", "label": "a_seg.png"}]}),
        ("training 0: expected a label from 0 to 1. Received: -1", {"training": [{"image": "a.png", "label": -1}]}),
        ("1 images are listed twice, e.g. .*a.png", {"training": [A], "validation": [A]}),
        ("lists images that are not there, e.g. .*c.png", {"training": [{"image": "c.png", "label": 0}]}),
        ("'../c.png' lies outside", {"training": [{"image": "../c.png", "label": 0}]}),
        ("'/c.png' lies outside", {"training": [{"image": "/c.png", "label": 0}]}),
    ],
)  # fmt: skip
def test_wrong_lists(match, values, tmp_path):
    refused(match, write(tmp_path / "made", **({"training": [A, B]} | values)))


def test_wrong_places(tmp_path):
    refused("holds neither datalist.json nor dataset.json; external.folder may also be the list itself", tmp_path)
    (tmp_path / "list.json").write_text("[1")
    refused("list.json cannot be read: not JSON", tmp_path / "list.json")
