"""DICOM files of a synthetic dataset, read strictly by pydicom and checked by dciodvfy where that is installed."""

import csv
import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from noise_pictures import noise_pictures
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.synthesis.dicom.folder import write_dicoms

BRAIN = Window(center=40, width=80)
FORMS = ("secondary_capture", "cr", "ct")
# dicom3tools of 2022 knows no (0008,001C), which is in the standard since 2023.
ALLOWED_ERROR = (
    "Error - Attribute with an even group number is not a recognized standard attribute - (0x0008,0x001c)  ? "
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return noise_pictures(tmp_path_factory.mktemp("noise") / "synthetic")


@pytest.fixture(scope="module")
def folders(dataset, tmp_path_factory):
    """A folder of each form."""
    top = tmp_path_factory.mktemp("dicom")
    return {form: write_dicoms(dataset, top / form, config(form), BRAIN, "HU") for form in FORMS}


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """pydicom raises for whatever the standard does not allow."""
    monkeypatch.setattr(pydicom.config.settings, "reading_validation_mode", pydicom.config.RAISE)


def config(form="secondary_capture", **options):
    return GenerateConfig(dicom_form=form, licence="CC BY 4.0", **options)


def rows_of(folder):
    with open(folder / "labels.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_all(folder):
    return [pydicom.dcmread(folder / row["path"]) for row in rows_of(folder)]


def every_element(dataset):
    return [element for element in dataset.iterall()]


@pytest.mark.parametrize("form", FORMS)
def test_grey_values_are_those_of_the_set_and_the_window_shows_them(form, folders, dataset):
    images = np.concatenate([dataset.read_fold(fold).images for fold in ("train", "valid")])[..., 0]
    found = read_all(folders[form])
    assert len(found) == len(images) == 7
    for one, image in zip(found, images, strict=True):
        np.testing.assert_array_equal(one.pixel_array, image)
        values = apply_modality_lut(one.pixel_array, one)
        # DICOM PS3.3 C.11.2.1.2.1: 255 is 40 - 0.5 + 79 / 2 HU, and 0 is 40 - 0.5 - 79 / 2.
        np.testing.assert_allclose(values, image / 255 * 79, atol=1e-9)
        assert one.RescaleType == "HU"
        np.testing.assert_array_equal(np.rint(np.clip((values - 39.5) / 79 + 0.5, 0, 1) * 255), image)


def test_without_a_window_grey_is_shown_as_it_is(dataset, tmp_path):
    one = read_all(write_dicoms(dataset, tmp_path / "cr", config("cr")))[0]
    assert "RescaleSlope" not in one
    np.testing.assert_allclose(apply_voi_lut(one.pixel_array, one), one.pixel_array, atol=1e-9)
    with pytest.raises(ConfigError, match="dicom_form: ct needs values in HU"):
        write_dicoms(dataset, tmp_path / "ct", config("ct"))


@pytest.mark.parametrize("form", FORMS)
def test_every_file_says_that_it_is_synthetic(form, folders):
    for one in read_all(folders[form]):
        assert one[0x0008, 0x001C].value == "YES" and one[0x0008, 0x001C].VR == "CS"
        assert list(one.ImageType)[:2] == ["DERIVED", "SECONDARY"]
        assert str(one.PatientName).startswith("SYNTHETIC") and one.PatientID.startswith("SYNTHETIC-")
        assert f"Generator: {'a' * 64}. Licence: CC BY 4.0" in one.ImageComments
        assert (one.PatientSex, one.PatientBirthDate, one.StudyDate, one.Laterality) == ("", "", "", "")
        assert one.BurnedInAnnotation == "NO" and one.file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
        assert not [element.tag for element in every_element(one) if element.tag.is_private]
    assert one.get("PatientPosition") == ("" if form == "ct" else None)
    names = {"secondary_capture": "Secondary Capture", "cr": "Computed Radiography", "ct": "CT"}
    assert one.SOPClassUID.name == f"{names[form]} Image Storage"
    assert one.get("ConversionType") == ("SYN" if form == "secondary_capture" else None)


def test_a_series_for_each_combination_with_coded_labels(folders):
    folder = folders["secondary_capture"]
    series = {}
    for row in rows_of(folder):
        one = pydicom.dcmread(folder / row["path"])
        series.setdefault(one.SeriesInstanceUID, []).append((row["path"].split("/")[0], int(one.InstanceNumber)))
        codes = [item.ConceptCodeSequence[0] for item in one.AcquisitionContextSequence]
        labels = [name for name in ("Square", "Disc") if row[name] == "1"]
        assert [code.CodeMeaning for code in codes] == (labels or ["None of the labels of the set"])
        assert {code.CodingSchemeDesignator for code in codes} == {"99MEDGANTF"}
        assert {item.ConceptNameCodeSequence[0].CodeValue for item in one.AcquisitionContextSequence} == {"121071"}
        assert one.SeriesDescription == f"SYNTHETIC {', '.join(labels) or 'no label'}"
    assert sorted(series.values()) == [
        [("001-none", 1)],
        [("002-Disc", 1), ("002-Disc", 2)],
        [("003-Square", 1), ("003-Square", 2)],
        [("004-Square-Disc", 1), ("004-Square-Disc", 2)],
    ]
    assert len({pydicom.dcmread(folder / row["path"]).StudyInstanceUID for row in rows_of(folder)}) == 1


def test_the_same_set_gives_the_same_files(dataset, folders, tmp_path):
    again = write_dicoms(dataset, tmp_path / "again", config(), BRAIN, "HU")
    first = folders["secondary_capture"]
    names = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(again)) for path in again.rglob("*") if path.is_file())
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)
    assert "README.md" in names and "**The images in this folder are synthetic.**" in (first / "README.md").read_text()


def uids(folder):
    found = read_all(folder)
    return {uid for one in found for uid in (one.SOPInstanceUID, one.SeriesInstanceUID, one.StudyInstanceUID)}


def test_uids_are_valid_and_no_other_set_has_them(dataset, folders, tmp_path):
    others = {
        "seed": write_dicoms(noise_pictures(tmp_path / "seed", seed=4), tmp_path / "seed-dicom", config(), BRAIN, "HU"),
        "corner": write_dicoms(dataset, tmp_path / "corner", config(corner_mark=True), BRAIN, "HU"),
        "window": write_dicoms(dataset, tmp_path / "window", config(), Window(center=50, width=80), "HU"),
        "root": write_dicoms(dataset, tmp_path / "root", config(uid_root="1.2.826.0.1.3680043.99"), BRAIN, "HU"),
    }
    found = {**{name: uids(folder) for name, folder in folders.items()}, **{k: uids(v) for k, v in others.items()}}
    whole = [uid for one in found.values() for uid in one]
    # 7 images, 4 series and a study in each of seven folders.
    assert len(whole) == len(set(whole)) == 7 * 12
    assert all(uid.is_valid and len(uid) <= 64 for uid in whole)
    assert all(uid.startswith("1.2.826.0.1.3680043.99.") for uid in found["root"])
    assert all(uid.startswith("2.25.") for name in found if name != "root" for uid in found[name])
    assert read_all(others["corner"])[0].BurnedInAnnotation == "YES"


@pytest.mark.parametrize("root", ["1", "1.2.", "1.02.3", "3.1", "a.b", "1.2/../3", "1." * 12 + "1"])
def test_a_root_that_is_none_is_refused(root):
    with pytest.raises(ValueError, match="expected a root of UIDs"):
        GenerateConfig(uid_root=root)


def test_a_folder_with_files_is_left_alone(dataset, folders):
    before = (folders["cr"] / "labels.csv").read_bytes()
    with pytest.raises(DataError, match="is not empty; .* DICOM files"):
        write_dicoms(dataset, folders["cr"])
    assert (folders["cr"] / "labels.csv").read_bytes() == before


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy of dicom3tools is not installed")
@pytest.mark.parametrize("form", FORMS)
def test_dciodvfy_finds_one_error_which_is_its_own(form, folders):
    for row in rows_of(folders[form]):
        done = subprocess.run(["dciodvfy", folders[form] / row["path"]], capture_output=True, text=True)
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "Error" in line]
        assert errors == [ALLOWED_ERROR]
