"""The first 200 images of real label tables, with made pictures: what `init` proposes for them.

The tables are not part of the project: MEDGAN_TXRV_TABLES names a folder with them, see
tests/data/sources/test_real_tables.py.
"""

import os
from pathlib import Path

import pytest
from real_rows import read_rows, write_png, write_radiograph, write_rows

from medgan_tf.data.tables.table import Source
from medgan_tf.proposal.budget import Device
from medgan_tf.proposal.propose import propose

TABLES = os.environ.get("MEDGAN_TXRV_TABLES")
pytestmark = pytest.mark.skipif(TABLES is None, reason="MEDGAN_TXRV_TABLES names no folder with the real tables")
# File, name as published, source, column of the image, its folder, whether DICOM, ending.
CASES = {
    "nih": ("Data_Entry_2017_v2020.csv.gz", "Data_Entry_2017_v2020.csv", "Image Index", "images_001/images", ""),
    "padchest": ("PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz",
                 "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", "ImageID", "{ImageDir}", ""),
    "vindr": ("vinbigdata-train.csv.gz", "train.csv", "image_id", "train", ".dicom"),
    "siim": ("siim-pneumothorax-train-rle.csv.gz", "train-rle.csv", "ImageId", "dicom-images-train/1/2", ".dcm"),
    "rsna_pneumonia": ("kaggle_stage_2_train_labels.csv.zip", "stage_2_train_labels.csv", "patientId",
                       "stage_2_train_images", ".dcm"),
    "chexpert": ("chexpert_train.csv.gz", "CheXpert-v1.0-small/train.csv", "Path", "", ""),
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    monkeypatch.setattr(Source, "reads_in_processes", False)


def made(folder, kind, header=None, name=None):
    """A folder with the first rows of a table, and pictures for them."""
    file, published, column, place, ending = CASES[kind]
    columns, rows = read_rows(Path(TABLES) / file)
    rows = rows[:200]
    write_rows(folder / (name or published), header or columns, rows)
    for number, row in enumerate(rows):
        cells = dict(zip(columns, row, strict=True))
        path = folder / place.format(**cells) / f"{cells[column]}{ending}"
        write = write_radiograph if ending else write_png
        write(path, number, f"p{number}") if ending else write(path, number)
    return folder, columns, rows


@pytest.mark.parametrize("kind", CASES)
def test_recognised(tmp_path, kind):
    folder, _, _ = made(tmp_path / "in", kind)
    found = propose(folder, tmp_path / "x.yaml", device=lambda: Device("x", 170.0))
    assert found.values["data"]["source"] == kind and found.problem == ""
    assert found.fit.histogram.images > 40


def test_as_a_table_of_ones_own(tmp_path):
    """The same rows under other names of columns, which no signature knows."""
    _, columns, rows = made(tmp_path / "in", "nih", name="mine.csv")
    german = ["Bild", "Befunde", "Verlauf", "Patient", "Alter", "Geschlecht", "View", *columns[7:]]
    write_rows(tmp_path / "in" / "mine.csv", german, rows)
    found = propose(tmp_path / "in", tmp_path / "x.yaml", device=lambda: Device("x", 170.0))
    assert {what: (guess.options, guess.confirm) for what, guess in found.guesses.items()} == {
        "images": ({"path_column": "Bild", "images": "images_001/images"}, ""),
        "patients": ({"patient_column": "Patient"}, ""),
        "labels": ({"label_column": "Befunde", "no_finding": "No Finding"}, ""),
    }
    assert found.problem == "" and found.fit.histogram.patients == len({row[3] for row in rows})
    _, columns, rows = made(tmp_path / "spanish", "padchest", name="mine.csv")
    names = ["Labels" if name == "Labels" else f"x{number}" for number, name in enumerate(columns)]
    names[1:3], names[5] = ["archivo", "carpeta"], "paciente"
    write_rows(tmp_path / "spanish" / "mine.csv", names, rows)
    found = propose(tmp_path / "spanish", tmp_path / "y.yaml", device=lambda: Device("x", 170.0))
    assert found.guesses["patients"].options == {"patient_column": "paciente"}
    assert found.guesses["labels"].options["label_column"] == "Labels" and found.guesses["labels"].options["label_list"]
    assert found.guesses["images"].options in (
        {"path_template": "{carpeta}/{archivo}"}, {"path_column": "archivo", "images": "0"}
    )  # fmt: skip
