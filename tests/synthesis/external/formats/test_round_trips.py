"""What `export-folds` writes is read again with equal pixels, labels and covariates, in each format."""

import shutil
import zipfile

import numpy as np
import pytest
from foreign_training import NAMES, as_made, write_patients

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.errors import DataError
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.export import export_fold
from medgan_tf.synthesis.external.forms import FORMS

FORMAT = {
    "images": "images",
    "folders": "images",
    "stylegan": "stylegan",
    "imagefolder": "imagefolder",
    "monai": "monai",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("patients")


@pytest.fixture(scope="module")
def patients(folder):
    return write_patients(folder / "dataset", folder / "private")


@pytest.fixture(scope="module")
def exported(patients, folder):
    return {form: export_fold(patients, folder / "exported" / form, form) for form in FORMS}


def place_of(form, folder):
    return folder / "dataset.zip" if form == "stylegan" else folder


def read(form, place, names=NAMES):
    config = ExternalConfig(name="stranger", folder=str(place), format=FORMAT[form])
    return FORMATS.get(FORMAT[form])(config, 1000, names)


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1], NAMES[1:]], ids=["equal", "reversed", "one of two"])
@pytest.mark.parametrize("form", FORMS)
def test_pixels_labels_and_covariates_are_equal(form, names, patients, exported, tmp_path):
    fold, known = patients.read_fold("train"), patients.read_covariates("train")
    listing = read(form, place_of(form, as_made(exported[form].folder, tmp_path / "made")), names)
    assert listing.names == tuple(names) and len(listing.images) == 17
    columns = [NAMES.index(name) for name in names]
    for row, image in enumerate(listing.images):
        np.testing.assert_array_equal(listing.read(row), fold.images[row, ..., 0])
        assert image.labels == tuple(int(fold.labels[row, column]) for column in columns)
        assert (image.fold, image.row) == (None, None)
        if form != "stylegan":
            age = int(known["age"][row])
            expected = (known["sex"][row] or None, None if age < 0 else age, known["view"][row] or None)
            assert (image.sex, image.age, image.view) == expected
    assert listing.named_hash == exported[form].trained_on


@pytest.mark.parametrize("form", FORMS)
def test_images_are_read_in_processes_too(form, patients, exported, tmp_path):
    listing = read(form, place_of(form, as_made(exported[form].folder, tmp_path / "made")))
    images = list(listing.stream([3, 0, 16], workers=1))
    np.testing.assert_array_equal(np.stack(images), patients.read_fold("train").images[[3, 0, 16], ..., 0])


def test_stylegan_takes_an_unpacked_folder(patients, exported, tmp_path):
    made = as_made(exported["stylegan"].folder, tmp_path / "made")
    with zipfile.ZipFile(made / "dataset.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    listing = read("stylegan", tmp_path / "unpacked")
    images = np.stack([listing.read(number) for number in range(17)])
    np.testing.assert_array_equal(images, patients.read_fold("train").images[..., 0])
    assert listing.named_hash is None


@pytest.mark.parametrize("form", FORMS)
def test_the_export_itself_is_refused_as_a_synthetic_set(form, exported, tmp_path):
    """Real images would be released as synthetic ones. Archive and data list carry the mark in themselves."""
    original = exported[form].folder
    with pytest.raises(DataError, match="holds the real images of patients that `medgan-tf export-folds` wrote"):
        read(form, place_of(form, original))
    if form in ("stylegan", "monai"):
        shutil.copytree(original, tmp_path / "copy", ignore=shutil.ignore_patterns("fold.json"))
        with pytest.raises(DataError, match="dataset.json|datalist.json holds the real images of patients"):
            read(form, place_of(form, tmp_path / "copy"))
