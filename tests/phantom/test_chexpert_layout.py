"""The chest phantom as a folder: exact layout, several images a patient, same bytes from the same seed."""

import csv
import re
from collections import Counter
from pathlib import Path

import cv2
import pytest

from medgan_tf.errors import DataError
from medgan_tf.phantom.chexpert_layout import write_chexpert_phantom

HEADER = (
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,"
    "Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices"
)
SIZE = (96, 117)


def files(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in Path(root).rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    root = tmp_path_factory.mktemp("chest")
    calls = []
    counts = write_chexpert_phantom(root, 40, 7, SIZE, lambda done, total: calls.append((done, total)), workers=1)
    with open(root / "train.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return root, counts, rows, calls


def test_columns_and_values(phantom):
    root, _, rows, _ = phantom
    assert (root / "train.csv").read_text().split("\n")[0] == HEADER
    assert {row[name] for row in rows for name in HEADER.split(",")[5:]} == {"1.0", "0.0", "-1.0", ""}
    for row in rows:
        pattern = r"CheXpert-v1\.0-small/train/patient\d{5}/study\d+/view\d_(frontal|lateral)\.jpg"
        kind = re.fullmatch(pattern, row["Path"]).group(1)
        assert row["Frontal/Lateral"] == kind.capitalize()
        assert row["AP/PA"] in (("AP", "PA") if kind == "frontal" else ("",))
        assert row["Sex"] in ("Male", "Female") and 18 <= int(row["Age"]) <= 90


def test_every_row_is_a_grey_jpeg_and_nothing_else_is_there(phantom):
    root, counts, rows, _ = phantom
    listed = {row["Path"].split("/", 1)[1] for row in rows}
    assert set(files(root)) == listed | {"train.csv"} and counts["images"] == len(listed) == len(rows)
    shapes = set()
    for name in listed:
        image = cv2.imread(str(root / name), cv2.IMREAD_UNCHANGED)
        assert image.ndim == 2 and image.dtype == "uint8" and image.std() > 25
        shapes.add(image.shape)
    assert len(shapes) > 10


def test_several_images_per_patient(phantom):
    _, counts, rows, calls = phantom
    per_patient = Counter(row["Path"].split("/")[2] for row in rows)
    assert len(per_patient) == counts["patients"] == 40
    assert set(per_patient.values()) == {1, 2, 3, 4}
    assert counts["frontal"] == sum(row["Frontal/Lateral"] == "Frontal" for row in rows) > counts["lateral"] > 0
    for patient in per_patient:
        assert len({(r["Sex"], r["Age"]) for r in rows if patient in r["Path"]}) == 1
    assert calls == [(done, 40) for done in range(1, 41)]


def test_same_seed_same_bytes_whatever_the_workers(phantom, tmp_path):
    root, counts, *_ = phantom
    assert write_chexpert_phantom(tmp_path / "again", 40, 7, SIZE, workers=2) == counts
    assert files(tmp_path / "again") == files(root)


def test_patients_do_not_depend_on_how_many_there_are(phantom, tmp_path):
    root, *_ = phantom
    write_chexpert_phantom(tmp_path, 2, 7, SIZE, workers=1)
    images = {name: data for name, data in files(tmp_path).items() if name.endswith(".jpg")}
    assert images and images.items() <= files(root).items()


def test_other_seed_other_images(phantom, tmp_path):
    root, *_ = phantom
    write_chexpert_phantom(tmp_path, 2, 8, SIZE, workers=1)
    assert not set(files(tmp_path).values()) & set(files(root).values())


@pytest.mark.parametrize(
    ("patients", "size", "message"),
    [
        (0, SIZE, r"at least one patient. Received: patients=0"),
        (1, (10, 20), r"sides of 64 to 4096 pixels. Received: image_size=\(10, 20\)"),
    ],
)
def test_bad_requests(tmp_path, patients, size, message):
    with pytest.raises(DataError, match=message):
        write_chexpert_phantom(tmp_path / "new", patients, 0, size)
    assert not (tmp_path / "new").exists()


def test_never_writes_over_a_dataset(tmp_path):
    (tmp_path / "train.csv").write_text("mine")
    with pytest.raises(DataError, match="already there; choose an empty folder"):
        write_chexpert_phantom(tmp_path, 1, 0)
    assert files(tmp_path) == {"train.csv": b"mine"}
