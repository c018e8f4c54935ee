"""The training fold in every form: these images, these labels, nobody else, and one hash for all forms."""

import csv
import hashlib
import json
import stat
import zipfile
from dataclasses import replace

import cv2
import numpy as np
import pytest
from foreign_training import NAMES, SIDE, write_patients

from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.export import export_fold
from medgan_tf.synthesis.external.forms import FORMS
from medgan_tf.synthesis.external.forms.folders import folder_name
from medgan_tf.synthesis.external.forms.stylegan import member_name
from medgan_tf.synthesis.external.training_fold import TrainingHash, training_images, training_sha256


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("patients")


@pytest.fixture(scope="module")
def patients(folder):
    return write_patients(folder / "dataset", folder / "private")


@pytest.fixture(scope="module")
def exported(patients, folder):
    return {form: export_fold(patients, folder / "exported" / form, form) for form in FORMS}


def png(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_images(folder):
    return [(png((folder / row["path"]).read_bytes()), row) for row in rows(folder / "labels.csv")]


def read_imagefolder(folder):
    train = folder / "train"
    return [(png((train / row["file_name"]).read_bytes()), row) for row in rows(train / "metadata.csv")]


def read_monai(folder):
    values = json.loads((folder / "datalist.json").read_text())
    assert values["validation"] == [] and values["numTraining"] == len(values["training"])
    names = [values["labels"][str(number)] for number in range(len(values["labels"]))]
    return [
        (png((folder / one["image"]).read_bytes()), one | dict(zip(names, one["label"], strict=True)))
        for one in values["training"]
    ]


def read_stylegan(folder):
    table = {row["file"]: row for row in rows(folder / "images.csv")}
    with zipfile.ZipFile(folder / "dataset.zip") as archive:
        values = json.loads(archive.read("dataset.json"))
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.namelist() == [*(name for name, _ in values["labels"]), "dataset.json"]
        return [
            (png(archive.read(name)), table[name] | dict(zip(values["label_names"], vector, strict=True)))
            for name, vector in values["labels"]
        ]


READERS = {
    "images": read_images,
    "folders": read_images,
    "stylegan": read_stylegan,
    "imagefolder": read_imagefolder,
    "monai": read_monai,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_training_fold_and_nothing_else(form, exported, patients, folder):
    """Against `read_fold`, which decodes in its own way."""
    fold, known = patients.read_fold("train"), patients.read_covariates("train")
    found = READERS[form](folder / "exported" / form)
    assert len(found) == len(fold.images) == 17
    for row, (pixels, values) in enumerate(found):
        assert pixels.dtype == np.uint8 and pixels.shape == (SIDE, SIDE)
        np.testing.assert_array_equal(pixels, fold.images[row, ..., 0])
        assert [float(values[name]) for name in NAMES] == fold.labels[row].tolist()
        assert values["patient"] == fold.patients[row]
        assert (values["sex"] or "", values["view"]) == (known["sex"][row], known["view"][row])
        assert (values["age"] or -1) in (known["age"][row], str(known["age"][row]))
    texts = "".join(
        path.read_text() for path in (folder / "exported" / form).rglob("*") if path.suffix in (".csv", ".json")
    )
    assert "raw-" not in texts and not any(f"p{number}," in texts for number in range(16))


@pytest.mark.parametrize("form", FORMS)
def test_a_form_says_what_it_is_and_belongs_to_its_owner_only(form, exported, folder):
    where = folder / "exported" / form
    values = json.loads((where / "fold.json").read_text())
    assert values == exported[form].values
    assert (values["images"], values["patients"], values["label_names"]) == (17, 8, list(NAMES))
    assert values["combinations"] == {
        "(none)": 6, "Pleural Effusion/fluid": 4, "Edema|Pleural Effusion/fluid": 3, "Edema": 4,
    }  # fmt: skip
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    readme = (where / "README.txt").read_text()
    assert readme.startswith("Images of real patients. They must not leave the hospital")
    assert f"trained_on: {values['trained_on']}" in readme


def test_the_hash_is_that_of_its_definition(exported, patients):
    """SHA-256 of the names, then of the sorted lines of pseudonym, labels and SHA-256 of the pixels."""
    fold = patients.read_fold("train")
    lines = sorted(
        f"{image} {int(label[0])}{int(label[1])} {hashlib.sha256(pixels.tobytes()).hexdigest()}\n"
        for image, label, pixels in zip(fold.image_ids, fold.labels, fold.images, strict=True)
    )
    head = json.dumps([1, "training fold", list(NAMES)])
    expected = hashlib.sha256((head + "".join(lines)).encode()).hexdigest()
    assert {one.trained_on for one in exported.values()} == {expected} == {training_sha256(patients)}


def test_the_hash_is_of_images_labels_and_names_not_of_their_storage(patients, folder, tmp_path):
    private, own = folder / "private", training_sha256(patients)
    assert training_sha256(write_patients(tmp_path / "raw", private, encoding="raw", covariates=False)) == own
    assert training_sha256(write_patients(tmp_path / "names", private, names=("Edema", "Other"))) != own
    assert training_sha256(write_patients(tmp_path / "fewer", private, patients=12)) != own
    images = list(training_images(patients))

    def hashed(changed):
        digest = TrainingHash(NAMES)
        for image in changed:
            digest.add(image)
        return digest.hexdigest()

    assert hashed(reversed(images)) == own
    assert hashed(images[1:]) != own
    pixel = images[0].pixels.copy()
    pixel[0, 0] ^= 1
    assert hashed([replace(images[0], pixels=pixel), *images[1:]]) != own
    assert hashed([replace(images[0], labels=1 - images[0].labels), *images[1:]]) != own
    assert hashed([replace(images[0], image_id="0" * 14), *images[1:]]) != own


def test_the_archive_is_the_same_every_time(exported, patients, folder, tmp_path):
    export_fold(patients, tmp_path / "again", "stylegan")
    first = (folder / "exported" / "stylegan" / "dataset.zip").read_bytes()
    assert (tmp_path / "again" / "dataset.zip").read_bytes() == first


def test_names_as_stylegan_has_them():
    assert [member_name(number) for number in (0, 999, 1000, 49_999)] == [
        "00000/img00000000.png", "00000/img00000999.png", "00001/img00001000.png", "00049/img00049999.png",
    ]  # fmt: skip


def test_names_that_every_disk_takes():
    names = ["(none)", "Edema|Pleural Effusion/fluid", "../../etc", "CON", "a" * 300, "Ödem", "*?"]
    found = [folder_name(number, name) for number, name in enumerate(names)]
    assert found[:4] == ["000-none", "001-Edema+Pleural_Effusion_fluid", "002-etc", "003-CON"]
    assert found[4:] == ["004-" + "a" * 56, "005-Ödem", "006-"]


def test_what_cannot_be_exported_is_one_line(patients, folder, tmp_path):
    def refused(match, dataset=patients, out=tmp_path / "out", form="images"):
        with pytest.raises(DataError, match=match) as error:
            export_fold(dataset, out, form)
        assert "\n" not in str(error.value)
        assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".partial*"))

    refused("expected a form among images, folders, .* Received: 'tiff'", form="tiff")
    refused("lies in the dataset folder, which may be given away", out=patients.path / "exported")
    refused("lies in the dataset folder", out=patients.path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("b")
    refused("full is not empty; remove it or choose another folder", out=tmp_path / "full")
    refused("full/a is not empty", out=tmp_path / "full" / "a")
    taken = write_patients(tmp_path / "taken", folder / "private", names=("Edema", "sex"))
    refused("the label 'sex' has the name of a column", dataset=taken)
    damaged = write_patients(tmp_path / "damaged", folder / "private")
    (shard,) = damaged.path.glob("train-*")
    data = bytearray(shard.read_bytes())
    data[100] ^= 1
    shard.write_bytes(data)
    refused("is not the file the manifest describes", dataset=damaged)


def test_only_training_images_of_patients_are_exported(tmp_path, patients):
    synthetic = type(patients)(patients.path)
    synthetic.manifest = patients.manifest.model_copy(update={"kind": "synthetic"})
    with pytest.raises(DataError, match="holds synthetic images; expected a dataset that `medgan-tf prepare` made"):
        export_fold(synthetic, tmp_path / "out")
    empty = type(patients)(patients.path)
    empty.manifest = patients.manifest.model_copy(update={"images": {"train": 0, "valid": 8, "test": 8}})
    with pytest.raises(DataError, match="has no training images"):
        export_fold(empty, tmp_path / "out")


def test_a_full_disk_leaves_nothing(tmp_path, patients, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("medgan_tf.synthesis.external.export.write_json", full)
    with pytest.raises(DataError, match="could not be written to .*: No space left on device"):
        export_fold(patients, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
