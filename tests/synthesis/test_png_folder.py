"""PNG files of a synthetic dataset: pixels, labels, marks and README."""

import csv

import cv2
import numpy as np
import pytest
from noise_pictures import TRAIN, noise_pictures

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.errors import DataError
from medgan_tf.synthesis.marks.png_reader import is_marked_synthetic, synthetic_marks
from medgan_tf.synthesis.png_folder import write_pngs


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return noise_pictures(tmp_path_factory.mktemp("noise") / "synthetic", licence="CC BY 4.0")


def rows_of(folder):
    with open(folder / "labels.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_png_folder(dataset, tmp_path):
    folder = write_pngs(dataset, tmp_path / "png")
    rows, fold = rows_of(folder), dataset.read_fold("train")
    assert len(rows) == 7
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "labels.csv", "train", "valid"]
    for number, (row, image, labels) in enumerate(zip(rows, fold.images, TRAIN, strict=False)):
        np.testing.assert_array_equal(cv2.imread(str(folder / row["path"]), cv2.IMREAD_GRAYSCALE), image[..., 0])
        assert (row["fold"], int(row["row"])) == ("train", number)
        assert (int(row["Square"]), int(row["Disc"])) == tuple(labels)
    with pytest.raises(DataError, match="is not empty"):
        write_pngs(dataset, folder)


def test_every_png_that_generate_writes_is_marked(dataset, tmp_path):
    folder = write_pngs(dataset, tmp_path / "png", GenerateConfig(licence="CC0"))
    files = [dataset.path / "preview.png", *folder.rglob("*.png")]
    assert len(files) == 8 and all(is_marked_synthetic(file.read_bytes()) for file in files)
    found = [synthetic_marks(file.read_bytes()) for file in files]
    assert {one["Generator"] for one in found} == {"a" * 64}
    assert [one["Licence"] for one in found] == ["CC BY 4.0"] + ["CC0"] * 7


def test_readmes_say_what_the_folders_are(dataset, tmp_path):
    texts = [
        (dataset.path / "README.md").read_text(),
        (write_pngs(dataset, tmp_path / "png") / "README.md").read_text(),
    ]
    for text in texts:
        assert "**The images in this folder are synthetic.**" in text and f"Generator: `{'a' * 64}`" in text
        assert "5 train, 2 valid" in text and "Square, Disc" in text
    assert "Licence: CC BY 4.0" in texts[0] and "Licence: not stated" in texts[1]
    dataset.verify()


def test_a_corner_mark_is_in_the_files_and_not_in_the_dataset(dataset, tmp_path):
    folder = write_pngs(dataset, tmp_path / "png", GenerateConfig(corner_mark=True))
    for row, image in zip(rows_of(folder), dataset.read_fold("train").images, strict=False):
        pixels = cv2.imread(str(folder / row["path"]), cv2.IMREAD_GRAYSCALE)
        assert set(np.unique(pixels[:7, :13])) == {0, 255}
        np.testing.assert_array_equal(pixels[7:], image[7:, :, 0])


def test_licence_and_corner_mark_make_no_other_set(dataset):
    before = (dataset.path / "manifest.json").stat().st_mtime_ns
    noise_pictures(dataset.path, licence="CC0", corner_mark=True, dicom_form="cr", uid_root="1.2.3")
    assert (dataset.path / "manifest.json").stat().st_mtime_ns == before


def test_a_set_of_before_without_a_readme_is_up_to_date(dataset, tmp_path):
    earlier = noise_pictures(tmp_path / "synthetic")
    (earlier.path / "README.md").unlink()
    noise_pictures(tmp_path / "synthetic")
    assert not (earlier.path / "README.md").exists()


def test_real_images_are_not_marked(shapes, tmp_path):
    with pytest.raises(DataError, match="holds real images, which must not be marked as synthetic"):
        write_pngs(shapes, tmp_path / "png")
    assert not any(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imencode", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DataError, match="PNG files could not be written to .*No space left"):
        write_pngs(dataset, tmp_path / "png")
    assert not any(tmp_path.iterdir())
