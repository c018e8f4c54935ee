"""A real volume becomes RSNA slices; odd input is refused with one line."""

import csv
import gzip
import io
import json
import plistlib
import tarfile

import numpy as np
import pydicom
import pytest
from click.testing import CliRunner

from medgan_tf.errors import DataError
from medgan_tf.phantom.real_ct import read_volume, write_volume
from medgan_tf.tools.real_ct import command

SHAPE = (7, 12, 10)


@pytest.fixture
def values():
    volume = np.full(SHAPE, -1000, np.int16)
    volume[:, 2:10, 2:8] = 40
    volume[:, 2, 2:8] = 1200  # bone in row 2 only, so that a flip is seen
    volume += np.arange(7, dtype=np.int16)[:, None, None]
    volume[0, 0, 0] = -1024
    return volume


def project(**changes):
    matrix = {"dtype": "int16", "filename": "matrix.dat", "shape": list(SHAPE)} | changes.pop("matrix", {})
    return {"modality": "CT", "matrix": matrix, "spacing": [0.5, 0.6, 1.5]} | changes


def write_project(path, description, data, names=("tmp/main.plist", "tmp/matrix.dat")):
    plist = description if isinstance(description, bytes) else plistlib.dumps(description)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in zip(names, (plist, data), strict=True):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def read_out(root):
    slices = [pydicom.dcmread(path) for path in (root / "stage_2_train").iterdir()]
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    with open(root / "stage_2_train.csv", newline="") as file:
        return slices, {row["ID"]: int(row["Label"]) for row in csv.DictReader(file)}


def hounsfield(slices):
    return np.stack([one.pixel_array * int(one.RescaleSlope) + int(one.RescaleIntercept) for one in slices])


def test_project_is_turned_upright(tmp_path, values):
    path = write_project(tmp_path / "head.inv3", project(), values.tobytes())
    volume = read_volume(path)
    assert volume.spacing == (1.5, 0.6, 0.5)
    assert np.array_equal(volume.hounsfield, values[:, ::-1])
    assert np.array_equal(read_volume(path, flip_rows=False).hounsfield, values)


def test_array_is_taken_as_it_is(tmp_path, values):
    np.save(tmp_path / "head.npy", values)
    volume = read_volume(tmp_path / "head.npy", spacing=(5.0, 0.4, 0.4))
    assert volume.spacing == (5.0, 0.4, 0.4) and np.array_equal(volume.hounsfield, values)


def test_names_that_lead_out_of_the_archive_write_nothing(tmp_path, values):
    names = ("../../main.plist", "../../../matrix.dat")
    (tmp_path / "in").mkdir()
    volume = read_volume(write_project(tmp_path / "in" / "head.inv3", project(), values.tobytes(), names))
    assert volume.hounsfield.shape == SHAPE
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["head.inv3", "in"]


def test_slices_and_unknown_labels(tmp_path, values):
    np.save(tmp_path / "head.npy", values)
    counts = write_volume(read_volume(tmp_path / "head.npy", spacing=(5.0, 0.4, 0.3)), tmp_path / "out")
    slices, labels = read_out(tmp_path / "out")
    assert counts == {"images": 7, "patients": 1}
    assert np.array_equal(hounsfield(slices), values)
    assert len(labels) == 42 and set(labels.values()) == {0}
    assert len({one.PatientID for one in slices}) == 1
    assert [float(value) for value in slices[0].PixelSpacing] == [0.4, 0.3]
    assert [float(one.ImagePositionPatient[2]) for one in slices] == [0, 5, 10, 15, 20, 25, 30]


def test_command_deals_slabs_and_marks_thirds(tmp_path, values):
    path = write_project(tmp_path / "head.inv3", project(), values.tobytes())
    result = CliRunner().invoke(
        command, [str(path), str(tmp_path / "out"), "--patients", "3", "--label-by", "level", "--json"]
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["counts"] == {"images": 7, "patients": 3, "epidural": 3, "intraparenchymal": 2, "intraventricular": 2}
    assert "no bleeds" in report["labels"]
    slices, labels = read_out(tmp_path / "out")
    names = [one.PatientID for one in slices]
    assert [names.index(name) for name in names] == [0, 0, 0, 3, 3, 5, 5]
    assert sum(value for name, value in labels.items() if name.endswith("_any")) == 7
    assert sum(value for name, value in labels.items() if name.endswith("_epidural")) == 3


def test_command_says_that_labels_are_unknown(tmp_path, values):
    np.save(tmp_path / "head.npy", values)
    result = CliRunner().invoke(command, [str(tmp_path / "head.npy"), str(tmp_path / "out")])
    assert result.exit_code == 0 and "labels are unknown and written as 0" in result.stdout
    again = CliRunner().invoke(command, [str(tmp_path / "head.npy"), str(tmp_path / "out")])
    assert again.exit_code == 1 and "exists already" in again.stderr and again.stderr.count("Error:") == 1


def test_help_is_plain_about_stand_ins():
    text = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert "purely as stand-ins" in text and "never for a result" in text


BAD_PROJECTS = {
    "modality": (project(modality="MRI"), "expected a CT. Received: modality='MRI'"),
    "matrix": ({"modality": "CT", "spacing": [1, 1, 1]}, "lacks matrix"),
    "shape": (project(matrix={"shape": [7, 12]}), "expected an int16 volume"),
    "negative": (project(matrix={"shape": [-7, -12, 10]}), "expected an int16 volume"),
    "huge": (project(matrix={"shape": [100000, 100000, 100000]}), "at most 268,435,456 voxels"),
    "dtype": (project(matrix={"dtype": "float64"}), "Received: dtype=float64"),
    "size": (project(matrix={"shape": [8, 12, 10]}), "expected matrix.dat of 1920 bytes"),
    "name": (project(matrix={"filename": "/etc/passwd"}), "Received: no such file"),
    "spacing": (project(spacing=[1, 1]), "lacks matrix"),
    "zero": (project(spacing=[0, 1, 1]), "expected spacings in mm"),
    "plist": (b"<plist><dict>", "main.plist cannot be read"),
}


@pytest.mark.parametrize("case", BAD_PROJECTS)
def test_odd_projects(tmp_path, values, case):
    description, message = BAD_PROJECTS[case]
    path = write_project(tmp_path / "head.inv3", description, values.tobytes())
    with pytest.raises(DataError) as caught:
        read_volume(path)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_project_without_a_description(tmp_path, values):
    path = write_project(tmp_path / "head.inv3", b"", values.tobytes(), ("tmp/other", "tmp/matrix.dat"))
    with pytest.raises(DataError, match="expected a main.plist"):
        read_volume(path)


@pytest.mark.parametrize(
    "content", [b"not an archive", gzip.compress(b"x" * 2000)[:20], b""], ids=["text", "cut", "empty"]
)
def test_damaged_archives(tmp_path, content):
    (tmp_path / "head.inv3").write_bytes(content)
    with pytest.raises(DataError, match="is no InVesalius project"):
        read_volume(tmp_path / "head.inv3")


def test_truncated_archive(tmp_path):
    noise = np.random.default_rng(0).integers(-1000, 1500, SHAPE).astype(np.int16)
    path = write_project(tmp_path / "head.inv3", project(), noise.tobytes())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataError, match="or it is damaged"):
        read_volume(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 4), np.int16), "expected an int16 volume"),
        (np.zeros((3, 4, 5)), "dtype=float64"),
        (np.zeros((3, 4, 5), np.int16), "are no HU of a head"),
        (np.array([None]), "is no readable .npy array"),
    ],
)
def test_odd_arrays(tmp_path, array, message):
    np.save(tmp_path / "head.npy", array)
    with pytest.raises(DataError, match=message):
        read_volume(tmp_path / "head.npy")


def test_missing_file_other_format_and_too_many_patients(tmp_path, values):
    with pytest.raises(DataError, match="no CT volume at"):
        read_volume(tmp_path / "head.npy")
    (tmp_path / "head.nii").write_bytes(b"")
    with pytest.raises(DataError, match="Received: '.nii'"):
        read_volume(tmp_path / "head.nii")
    np.save(tmp_path / "head.npy", values)
    volume = read_volume(tmp_path / "head.npy")
    with pytest.raises(DataError, match="7 slices cannot be dealt to 8 pseudo-patients"):
        write_volume(volume, tmp_path / "out", patients=8)
    with pytest.raises(ValueError, match="label_by='guess'"):
        write_volume(volume, tmp_path / "out", label_by="guess")
    assert not (tmp_path / "out").exists()


def test_archives_that_unpack_to_gigabytes_are_refused_before_they_do(tmp_path):
    """A header of a tar may have a header of its own, of any size; and an empty member costs almost nothing."""
    flood = tmp_path / "flood.inv3"
    with tarfile.open(flood, "w:gz") as archive:
        for number in range(2000):
            archive.addfile(tarfile.TarInfo(str(number)))
    with pytest.raises(DataError, match="flood.inv3 holds more than 1,000 files"):
        read_volume(flood)
    header = tarfile.TarInfo("././@LongLink")
    header.size, header.type = 2**32, tarfile.GNUTYPE_LONGNAME
    (tmp_path / "name.inv3").write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**22)))
    with pytest.raises(DataError, match="name.inv3 unpacks to more than"):
        read_volume(tmp_path / "name.inv3")
    large = tarfile.TarInfo("matrix.dat")
    large.size = 2**33
    (tmp_path / "large.inv3").write_bytes(gzip.compress(large.tobuf(tarfile.GNU_FORMAT) + bytes(2**22)))
    with pytest.raises(DataError, match="large.inv3 unpacks to more than"):
        read_volume(tmp_path / "large.inv3")
