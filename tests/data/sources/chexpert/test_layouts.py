"""The full CheXpert-v1.0 in its four batches, and the labels of CheXpert Plus; made by hand from their descriptions."""

import json

import cv2
import numpy as np
import pytest
from raw_folders import write_jpeg

from medgan_tf.data.sources.chexpert.settings import Options
from medgan_tf.data.sources.chexpert.source import FINDINGS, ChexpertSource
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError

TABLES = "CheXpert-v1.0 batch 1 (validate & csv)"
IMAGES = {
    "CheXpert-v1.0/train/patient00001/study1/view1_frontal.jpg": "CheXpert-v1.0 batch 2 (train 1)/patient00001",
    "CheXpert-v1.0/train/patient30000/study2/view1_frontal.jpg": "CheXpert-v1.0 batch 3 (train 2)/patient30000",
    "CheXpert-v1.0/train/patient64540/study1/view1_frontal.jpg": "CheXpert-v1.0 batch 4 (train 3)/patient64540",
    "CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg": f"{TABLES}/valid/patient64541",
}


def write_batches(root):
    lines = [",".join(["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS])]
    for listed, folder in IMAGES.items():
        write_jpeg(root / folder / "/".join(listed.split("/")[3:]))
        lines.append(",".join([listed, "Female", "93", "Frontal", "PA", *["1.0"] * 14]))
    (root / TABLES / "train.csv").write_text("\n".join(lines))
    return root


def test_four_batches(tmp_path):
    source = ChexpertSource(str(write_batches(tmp_path)), Options())
    table = source.read_table()
    expected = [f"{tmp_path}/{folder}/{'/'.join(listed.split('/')[3:])}" for listed, folder in IMAGES.items()]
    assert table.frame["path"].tolist() == expected
    assert table.frame["patient_id"].tolist() == ["patient00001", "patient30000", "patient64540", "patient64541"]
    assert source.read_image(expected[3]).shape == (40, 48)
    assert table.covariates.iloc[0].tolist() == ["F", 90, "PA"]


def test_the_first_batch_as_root(tmp_path):
    write_batches(tmp_path)
    options = Options(outside_root=True)
    paths = ChexpertSource(str(tmp_path / TABLES), options).read_table().frame["path"]
    assert paths[1] == f"{tmp_path}/CheXpert-v1.0 batch 3 (train 2)/patient30000/study2/view1_frontal.jpg"
    with pytest.raises(DataError, match="3 of 4 images lie outside data.root"):
        ChexpertSource(str(tmp_path / TABLES), Options()).read_table()


def plus_line(image, **states):
    return json.dumps({"path_to_image": image, **{name: states.get(name.replace(" ", "_")) for name in FINDINGS}})


def write_plus(root, *lines):
    labels = root / "chexbert_labels" / "impression_fixed.json"
    labels.parent.mkdir(exist_ok=True)
    labels.write_text("\n".join(lines) + "\n")
    return root


PLUS = (
    plus_line("train/patient00001/study1/view1_frontal.jpg", No_Finding=1.0),
    plus_line("train/patient00002/study1/view1_frontal.jpg", Edema=1.0, Fracture=-1.0, Pneumonia=0.0),
    plus_line("train/patient00002/study1/view2_lateral.jpg", Edema=1.0),
)


@pytest.mark.parametrize("images", ["PNG", "PNG/PNG", "PNGs", "."])
def test_plus(tmp_path, images):
    write_plus(tmp_path, *PLUS)
    for patient in ("patient00001", "patient00002"):
        place = tmp_path / images / "train" / patient / "study1" / "view1_frontal.png"
        place.parent.mkdir(parents=True)
        cv2.imwrite(str(place), np.zeros((8, 9), np.uint8))
    source = ChexpertSource(str(tmp_path), Options(csv="chexbert_labels/impression_fixed.json"))
    table = source.read_table()
    assert table.frame["patient_id"].tolist() == ["patient00001", "patient00002"]
    states = table.frame.loc[1, ["Edema", "Fracture", "Pneumonia", "No Finding"]].tolist()
    assert states == [LabelState.POSITIVE, LabelState.UNCERTAIN, LabelState.NEGATIVE, LabelState.BLANK]
    assert table.counts["lateral views left out"] == 1 and table.covariates is None
    assert source.read_image(table.frame["path"][1]).shape == (8, 9)


@pytest.mark.parametrize("line, words", [
    ("{", "line 2 is no JSON object"),
    ('{"path_to_image": "train/patient00001/a.jpg"}', "object 2: expected a finding 'No Finding'"),
    (plus_line("train/patient00001/study1/view1.jpg"), "object 2: expected path_to_image, ..._frontal.jpg"),
])  # fmt: skip
def test_odd_labels_of_plus(tmp_path, line, words):
    write_plus(tmp_path, PLUS[0], line)
    with pytest.raises(DataError, match=words):
        ChexpertSource(str(tmp_path), Options(csv="chexbert_labels/impression_fixed.json")).read_table()
