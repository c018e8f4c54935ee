"""The head phantom on disk: real DICOM, the CSV of the RSNA data, and its oddities."""

import csv
import re
from collections import Counter, defaultdict

import numpy as np
import pydicom
import pytest

from medgan_tf.errors import DataError
from medgan_tf.phantom.rsna_layout import (
    CSV_NAME,
    IMAGE_FOLDER,
    LABEL_NAMES,
    PADDING,
    SliceHeader,
    write_label_table,
    write_rsna_phantom,
    write_slice,
)

PATIENTS = 9


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("rsna")
    calls = []
    counts = write_rsna_phantom(root, PATIENTS, 11, 64, lambda *state: calls.append(state), workers=1)
    assert calls == [(done, PATIENTS) for done in range(1, PATIENTS + 1)]
    return root, counts


def read_rows(root):
    with open(root / CSV_NAME, newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["ID", "Label"]
    return rows[1:]


def read_slices(root):
    return [pydicom.dcmread(path) for path in sorted((root / IMAGE_FOLDER).iterdir())]


def test_six_rows_per_image_and_some_ids_twice(written):
    root, counts = written
    rows = read_rows(root)
    assert sorted(path.name for path in root.iterdir()) == sorted((CSV_NAME, IMAGE_FOLDER))
    assert all(re.fullmatch(rf"ID_[0-9a-f]{{9}}_({'|'.join(LABEL_NAMES)})", name) for name, _ in rows)
    assert len(rows) == 6 * (counts["images"] + counts["ids twice in the CSV"])
    assert counts["ids twice in the CSV"] == 4
    labels = defaultdict(set)
    for name, value in rows:
        labels[name].add(value)
    assert all(len(values) == 1 for values in labels.values())
    assert Counter(Counter(name for name, _ in rows).values()) == {1: 6 * (counts["images"] - 4), 2: 24}
    images = {name.rpartition("_")[0] for name in labels}
    assert {f"{image}.dcm" for image in images} == {path.name for path in (root / IMAGE_FOLDER).iterdir()}
    for image in images:
        values = [int(*labels[f"{image}_{name}"]) for name in LABEL_NAMES]
        assert values[-1] == max(values[:-1])


def test_counts_are_those_of_the_table(written):
    root, counts = written
    once = dict(read_rows(root))
    for name in LABEL_NAMES[:-1]:
        assert counts[name] == sum(int(value) for key, value in once.items() if key.endswith(f"_{name}"))
    positive = sum(int(value) for key, value in once.items() if key.endswith("_any"))
    assert counts["images without a bleed"] == counts["images"] - positive
    assert counts["patients"] == PATIENTS and counts["truncated files"] == 0


def test_headers(written):
    root, counts = written
    slices = read_slices(root)
    patients = defaultdict(list)
    for one in slices:
        patients[one.PatientID].append(one)
        assert one.Modality == "CT" and one.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
        assert (one.Rows, one.Columns, one.BitsAllocated) == (64, 64, 16)
        assert one.HighBit == one.BitsStored - 1
        assert one.ImageOrientationPatient == [1, 0, 0, 0, 1, 0]
        assert np.min(one.WindowCenter) == np.max(one.WindowCenter) == 40
    assert len(patients) == PATIENTS and all(re.fullmatch("ID_[0-9a-f]{8}", name) for name in patients)
    for series in patients.values():
        assert 4 <= len(series) <= 10
        assert len({one.SeriesInstanceUID for one in series}) == len({one.StudyInstanceUID for one in series}) == 1
        heights = sorted(float(one.ImagePositionPatient[2]) for one in series)
        assert np.allclose(np.diff(heights), 5)
        assert len({tuple(one.PixelSpacing) for one in series}) == 1
    assert len({one.SOPInstanceUID for one in slices}) == len(slices) == counts["images"]


def test_oddities_are_there_and_counted(written):
    root, counts = written
    slices = read_slices(root)
    mislabelled = [one for one in slices if one.BitsStored == 12 and one.RescaleIntercept > -100]
    assert len(mislabelled) == counts["images with a mislabelled pixel type"] > 0
    padded = [one for one in slices if (one.pixel_array == PADDING).any()]
    assert len(padded) == counts["images with padding"] > 0
    kinds = {(one.BitsStored, one.PixelRepresentation, int(one.RescaleIntercept)) for one in slices}
    assert kinds == {(16, 1, -1024), (12, 0, -1024), (12, 0, 0)}
    for one in mislabelled:
        assert one.PixelRepresentation == 0
        values = one.pixel_array.astype(int)
        assert values[0, 0] > 3000  # air, as the header would have it
        values = values + 1000
        values[values >= 4096] -= 4096
        assert np.median(values[:4]) - 1000 == pytest.approx(-1000, abs=8)


def header(**changes):
    return SliceHeader(
        **(
            {
                "image_id": "ID_000000001",
                "patient_id": "ID_00000001",
                "series": "s",
                "number": 2,
                "spacing": (0.5, 0.6),
                "thickness": 5.0,
            }
            | changes
        )
    )


@pytest.mark.parametrize("stored", ["signed16", "unsigned12"])
def test_pixels_read_back_exactly(tmp_path, stored):
    values = np.random.default_rng(0).integers(-1024, 3072, (40, 30)).astype(np.int16)
    one = pydicom.dcmread(write_slice(tmp_path, values, header(stored=stored)))
    assert np.array_equal(one.pixel_array.astype(int) * int(one.RescaleSlope) + int(one.RescaleIntercept), values)
    assert [float(value) for value in one.PixelSpacing] == [0.5, 0.6]
    assert [float(value) for value in one.ImagePositionPatient] == [-8.7, -9.75, 10]
    assert [path.name for path in tmp_path.iterdir()] == ["ID_000000001.dcm"]


def test_mislabelled_pixels_need_the_known_correction(tmp_path):
    values = np.array([[-1000, -1, 0, 1, 80, 3000]], np.int16)
    one = pydicom.dcmread(write_slice(tmp_path, values, header(stored="mislabelled12")))
    naive = one.pixel_array.astype(int) + int(one.RescaleIntercept)
    assert naive.tolist() == [[3096, 4095, 0, 1, 80, 3000]]
    corrected = one.pixel_array.astype(int) + 1000
    corrected[corrected >= 4096] -= 4096
    assert np.array_equal(corrected - 1000, values)


def test_padding_lies_outside_the_circle(tmp_path):
    values = np.zeros((41, 41), np.int16)
    one = pydicom.dcmread(write_slice(tmp_path, values, header(spacing=(1.0, 1.0), padded_beyond=15.0)))
    assert one.pixel_array[20, 35] == 1024 and one.pixel_array[20, 36] == PADDING
    assert (one.pixel_array == 1024).sum() == pytest.approx(np.pi * 15**2, rel=0.03)


def test_unknown_stored_form():
    with pytest.raises(ValueError, match="Received: stored='float'"):
        write_slice(None, np.zeros((2, 2), np.int16), header(stored="float"))


def content(root):
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_bytes_with_any_number_of_workers(written, tmp_path):
    root, counts = written
    assert write_rsna_phantom(tmp_path / "again", PATIENTS, 11, 64, workers=2) == counts
    assert content(tmp_path / "again") == content(root)
    write_rsna_phantom(tmp_path / "other", 1, 12, 64)
    assert not set(content(tmp_path / "other")) & set(content(root)) - {CSV_NAME}


def test_truncated_files(tmp_path):
    counts = write_rsna_phantom(tmp_path, 1, 0, 64, truncated=1)
    assert counts["truncated files"] == 1
    sizes = [path.stat().st_size for path in (tmp_path / IMAGE_FOLDER).iterdir()]
    assert sum(size < 0.6 * max(sizes) for size in sizes) == 1


def test_never_writes_over_other_data(tmp_path):
    (tmp_path / CSV_NAME).write_text("precious")
    with pytest.raises(DataError, match="exists already; delete it or choose another folder"):
        write_rsna_phantom(tmp_path, 1, 0, 64)
    assert content(tmp_path) == {CSV_NAME: b"precious"}
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write RSNA data to"):
        write_rsna_phantom(tmp_path / "file", 1, 0, 64)


def test_nothing_is_left_after_an_error(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rsna_phantom(tmp_path, 2, 0, 64, stop, workers=1)
    assert not content(tmp_path)


def test_counts_out_of_range(tmp_path):
    with pytest.raises(ValueError, match="patients=0"):
        write_rsna_phantom(tmp_path, 0, 0)


def test_label_table(tmp_path):
    write_label_table(tmp_path / "a.csv", [("ID_1", np.array([0, 1, 0, 0, 1], np.uint8))])
    assert (tmp_path / "a.csv").read_text().split() == [
        "ID,Label",
        "ID_1_epidural,0",
        "ID_1_intraparenchymal,1",
        "ID_1_intraventricular,0",
        "ID_1_subarachnoid,0",
        "ID_1_subdural,1",
        "ID_1_any,1",
    ]
