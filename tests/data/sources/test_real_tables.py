"""500 images of each real label table, with made pictures in the published folders, prepared by a shipped experiment.

What is stored is compared with the rows of the table, read here by the csv module alone. The tables are not part of the
project: MEDGAN_TXRV_TABLES names a folder with them, torchxrayvision/data of the wheel torchxrayvision.
"""

import ast
import os
import random
from collections import defaultdict
from pathlib import Path

import pytest
from real_rows import number_in, read_rows, write_png, write_radiograph, write_rows

from medgan_tf.config.loading import load_experiment
from medgan_tf.data.prepare import prepare

TABLES = os.environ.get("MEDGAN_TXRV_TABLES")
EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
pytestmark = pytest.mark.skipif(TABLES is None, reason="MEDGAN_TXRV_TABLES names no folder with the real tables")
IMAGES = 500


def chosen(names):
    """500 different names, drawn at random and always the same, in the order of the table."""
    different = list(dict.fromkeys(names))
    picked = set(random.Random(0).sample(different, IMAGES))
    return [name for name in different if name in picked]


def prepared(tmp_path, name, root, *changes):
    """Every stored image: its number to its labels, patient's pseudonym, fold and covariates. And the manifest."""
    experiment = load_experiment(
        EXPERIMENTS / f"{name}.yaml",
        [
            f"data.root={root}",
            f"data.dataset_dir={tmp_path}/dataset",
            f"data.private_dir={tmp_path}/private",
            "data.resolution=16",
            "data.min_count=0",
            "data.max_unreadable=0",
            "data.workers=2",
            "data.subset={kind: all}",
            *changes,
        ],
    )
    dataset = prepare(experiment)
    found = {}
    for fold in ("train", "valid", "test"):
        arrays, covariates = dataset.read_fold(fold), dataset.read_covariates(fold)
        for row in range(len(arrays.labels)):
            number = number_in(arrays.images[row])
            assert number not in found
            labels = {label for label, value in zip(dataset.label_names, arrays.labels[row], strict=True) if value}
            about = None if covariates is None else tuple(covariates.iloc[row][["sex", "age", "view"]])
            found[number] = (labels, str(arrays.patients[row]), fold, about)
    return found, dataset.manifest


def check_patients(found, patient_of):
    """One pseudonym for each patient, and each patient in one fold."""
    pseudonyms, folds = defaultdict(set), defaultdict(set)
    for number, (_, pseudonym, fold, _) in found.items():
        pseudonyms[patient_of[number]].add(pseudonym)
        folds[patient_of[number]].add(fold)
    assert all(len(one) == 1 for one in pseudonyms.values()) and all(len(one) == 1 for one in folds.values())
    assert len({one for names in pseudonyms.values() for one in names}) == len(pseudonyms)


def capped(years):
    return -1 if years < 0 or years > 150 else min(years, 90)


def test_nih(tmp_path):
    header, rows = read_rows(Path(TABLES) / "Data_Entry_2017_v2020.csv.gz")
    assert header[:7] == [
        "Image Index",
        "Finding Labels",
        "Follow-up #",
        "Patient ID",
        "Patient Age",
        "Patient Gender",
        "View Position",
    ]
    # Patients as a whole, so that some have several images.
    patients = set(chosen([row[3] for row in rows]))
    rows = [row for row in rows if row[3] in patients][:IMAGES]
    root = tmp_path / "nih"
    write_rows(root / "Data_Entry_2017_v2020.csv", header, rows)
    for number, row in enumerate(rows):
        write_png(root / f"images_{number % 12 + 1:03d}" / "images" / row[0], number)
    found, manifest = prepared(tmp_path, "nih_resolution_32", root)
    assert len(found) == IMAGES and manifest.unreadable.count == 0
    for number, row in enumerate(rows):
        labels, _, _, about = found[number]
        assert labels == set(row[1].split("|")), row
        assert about == (row[5], capped(int(row[4])), row[6]), row
    check_patients(found, [row[3] for row in rows])


FINDINGS_OF_PADCHEST = {
    "normal", "cardiomegaly", "pleural effusion", "pneumonia", "infiltrates", "interstitial pattern", "nodule",
    "atelectasis", "COPD signs", "scoliosis",
}  # fmt: skip


def test_padchest(tmp_path):
    header, rows = read_rows(Path(TABLES) / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz")
    place = {name: header.index(name) for name in header if name}
    # All odd kinds of labels, and the rest at random.
    odd = [row for row in rows if row[place["Labels"]] in ("nan", "['']") or "exclude" in row[place["Labels"]]][:60]
    names = set(chosen([row[place["ImageID"]] for row in rows if row not in odd])[: IMAGES - len(odd)])
    names |= {row[place["ImageID"]] for row in odd}
    rows = [row for row in rows if row[place["ImageID"]] in names]
    assert len(rows) == IMAGES
    root = tmp_path / "padchest"
    write_rows(root / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", header, rows)
    expected = {}
    for number, row in enumerate(rows):
        values = {name: row[where] for name, where in place.items()}
        write_png(root / values["ImageDir"] / values["ImageID"], number, deep=True)
        labels = {name.strip() for name in ast.literal_eval(values["Labels"])} if values["Labels"] != "nan" else set()
        if values["Projection"] not in ("PA", "AP", "AP_horizontal"):
            continue
        if labels & {"exclude", "suboptimal study", "unchanged"} or not labels & FINDINGS_OF_PADCHEST:
            continue
        born = values["PatientBirth"]
        age = capped(int(values["StudyDate_DICOM"][:4]) - int(float(born))) if born else -1
        sex = values["PatientSex_DICOM"] if values["PatientSex_DICOM"] in "FMO" else ""
        view = "PA" if values["Projection"] == "PA" else "AP"
        expected[number] = (labels & FINDINGS_OF_PADCHEST, (sex, age, view))
    found, _ = prepared(tmp_path, "padchest", root)
    assert {number: (labels, about) for number, (labels, _, _, about) in found.items()} == expected
    assert len(expected) > 150
    check_patients(found, [row[place["PatientID"]] for row in rows])


@pytest.mark.parametrize("merge", ["any", "majority", "all"])
def test_vindr(tmp_path, merge):
    header, rows = read_rows(Path(TABLES) / "vinbigdata-train.csv.gz")
    assert header == ["image_id", "class_name", "class_id", "rad_id", "x_min", "y_min", "x_max", "y_max"]
    names = chosen([row[0] for row in rows])
    wanted = set(names)
    rows = [row for row in rows if row[0] in wanted]
    root = tmp_path / "vindr"
    write_rows(root / "train.csv", header, rows)
    readers, votes = defaultdict(set), defaultdict(set)
    for name, finding, _, reader, *_ in rows:
        readers[name].add(reader)
        votes[name, finding].add(reader)
    findings = {row[1] for row in rows} - {"No finding"}
    expected = {}
    for number, name in enumerate(names):
        write_radiograph(root / "train" / f"{name}.dicom", number, "")
        count = len(readers[name])
        assert count == 3
        fewest = {"any": 1, "majority": 2, "all": 3}[merge]
        labels = {finding for finding in findings if len(votes[name, finding]) >= fewest}
        silent = len(votes[name, "No finding"])
        if silent >= fewest and not labels:
            labels = {"No finding"}
        expected[number] = labels
    changes = [f"data.options.merge={merge}", "data.policy.without_positive=keep"]
    found, manifest = prepared(tmp_path, "vindr", root, *changes)
    assert {number: labels for number, (labels, *_) in found.items()} == expected
    assert manifest.patients is None


def test_siim(tmp_path):
    header, rows = read_rows(Path(TABLES) / "siim-pneumothorax-train-rle.csv.gz")
    assert header == ["ImageId", " EncodedPixels"]
    names = chosen([row[0] for row in rows])
    wanted = set(names)
    rows = [row for row in rows if row[0] in wanted]
    root = tmp_path / "siim"
    write_rows(root / "train-rle.csv", header, rows)
    for number, name in enumerate(names):
        folder = root / "dicom-images-train" / f"1.2.{number}" / f"1.3.{number}"
        write_radiograph(folder / f"{name}.dcm", number, f"patient {number}")
    shown = {row[0] for row in rows if row[1].strip() != "-1"}
    found, manifest = prepared(tmp_path, "siim", root)
    assert {number: labels for number, (labels, *_) in found.items()} == {
        number: {"Pneumothorax"} if name in shown else {"No Pneumothorax"} for number, name in enumerate(names)
    }
    assert 50 < sum(name in shown for name in names) < 200
    assert manifest.patients is None


def test_rsna_pneumonia(tmp_path):
    """The table of classes is not among the real ones."""
    header, rows = read_rows(Path(TABLES) / "kaggle_stage_2_train_labels.csv.zip")
    assert header == ["patientId", "x", "y", "width", "height", "Target"]
    names = chosen([row[0] for row in rows])
    wanted = set(names)
    rows = [row for row in rows if row[0] in wanted]
    root = tmp_path / "rsna"
    write_rows(root / "stage_2_train_labels.csv", header, rows)
    for number, name in enumerate(names):
        write_radiograph(root / "stage_2_train_images" / f"{name}.dcm", number, name)
    opaque = {row[0] for row in rows if row[5] == "1"}
    found, manifest = prepared(tmp_path, "rsna_pneumonia", root, "data.options.class_info=null")
    assert {number: labels for number, (labels, *_) in found.items()} == {
        number: {"Lung Opacity"} if name in opaque else {"No Lung Opacity"} for number, name in enumerate(names)
    }
    assert 50 < sum(name in opaque for name in names) < 250
    assert manifest.patients is None
