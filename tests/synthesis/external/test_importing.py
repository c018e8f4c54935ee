"""Images from elsewhere to a dataset folder: bounded memory, provenance, one line for each mistake."""

import cv2
import numpy as np
import pytest
from stranger_folder import read_csv, write_csv
from tiny_classifier import SIDE, Drawings, write_drawings

from medgan_tf.data.images import to_stored
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.identity import listing_sha256
from medgan_tf.synthesis.external.importing import Import, Judged, import_images
from medgan_tf.synthesis.external.judging import judge
from medgan_tf.synthesis.external.opening import open_listing
from medgan_tf.synthesis.external.settings import ExternalConfig


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return write_drawings(tmp_path_factory.mktemp("real") / "dataset")


@pytest.fixture
def pictures(tmp_path):
    """Other drawings of the same kind, 20 of each combination, with covariates of the first ones."""
    folder, rows = tmp_path / "pictures", []
    folder.mkdir()
    for index, vector in enumerate(("10", "01", "11", "00")):
        for number in range(20):
            name = f"{index}-{number}.png"
            drawing = to_stored(Drawings().read_image(f"{vector} {9000 + 100 * index + number}"), SIDE)
            cv2.imwrite(str(folder / name), drawing)
            known = {"sex": "FM"[number % 2], "age": 40 + number, "view": ""} if index == 0 else {}
            rows.append(
                {"path": name, "Square": vector[0], "Disc": vector[1], "sex": "", "age": "", "view": ""} | known
            )
    write_csv(folder / "labels.csv", rows)
    return folder


def imported(real, folder, target, accepted=(), **values):
    config = ExternalConfig(**{"name": "stranger", "folder": str(folder), **values})
    listing = open_listing(config, 7, real.label_names)
    what = Import(config, real, 7, "drawings", "stranger-seed7")
    checks = judge(listing, real, accepted, str(folder), 7)
    return import_images(what, listing, target, checks, replace=True)


def test_images_labels_and_covariates_are_those_of_the_files(real, pictures, tmp_path):
    made = imported(real, pictures, tmp_path / "synthetic", owner="Ward 3", version="2026-11")
    manifest = made.manifest
    # The real ones have 48 training and 24 validation images.
    assert manifest.images == {"train": 53, "valid": 27, "test": 0} and manifest.patients is None
    rows = {read_png(pictures / row["path"]): row for row in read_csv(pictures / "labels.csv")}
    for fold in ("train", "valid"):
        read, known = made.read_fold(fold), made.read_covariates(fold)
        for image, labels, about in zip(read.images, read.labels, known.itertuples(), strict=True):
            row = rows[image.tobytes()]
            assert labels.tolist() == [float(row["Square"]), float(row["Disc"])]
            assert (about.sex, about.age) == (row["sex"], int(row["age"] or -1))
    assert manifest.covariates.counts["sex"]["unknown"] == {
        fold: int((made.read_covariates(fold)["sex"] == "").sum()) for fold in ("train", "valid", "test")[:2]
    } | {"test": 0}
    origin = manifest.synthesis.external
    assert (origin.owner, origin.version, origin.trained_on, origin.drawn_folds) == (
        "Ward 3",
        "2026-11",
        "unknown",
        True,
    )
    assert manifest.synthesis.generator_sha256 is None and manifest.synthesis.labels is None and origin.accepted == []
    assert {check["name"] for check in origin.checks} >= {"labels", "size", "folds", "combinations", "orientation"}
    text = (made.path / "manifest.json").read_text(encoding="utf-8")
    assert "pictures" not in text and "0-1.png" not in text


def read_png(path):
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).tobytes()


def test_the_same_again_is_up_to_date_and_a_dataset_of_ours_is_a_format(real, pictures, tmp_path):
    made = imported(real, pictures, tmp_path / "synthetic")
    stamp = (made.path / "manifest.json").stat().st_mtime_ns
    assert (imported(real, pictures, tmp_path / "synthetic").path / "manifest.json").stat().st_mtime_ns == stamp
    again = imported(real, made.path, tmp_path / "again")
    assert again.manifest.synthesis.external.content_sha256 == made.manifest.synthesis.external.content_sha256
    for fold in ("train", "valid"):
        one, other = made.read_fold(fold), again.read_fold(fold)
        assert one.images.tobytes() == other.images.tobytes() and one.image_ids.tolist() == other.image_ids.tolist()
        assert made.read_covariates(fold).equals(again.read_covariates(fold))
    assert list((tmp_path / "again").parent.glob(".*")) == []


def test_the_identity_of_a_listing_knows_content_and_no_names(real, pictures, tmp_path):
    config = ExternalConfig(name="stranger", folder=str(pictures))

    def identity():
        return listing_sha256(open_listing(config, 7, real.label_names))

    first, rows = identity(), read_csv(pictures / "labels.csv")
    (pictures / "0-0.png").rename(pictures / "other.png")
    write_csv(pictures / "labels.csv", [rows[0] | {"path": "other.png"}, *rows[:0:-1]])
    assert identity() == first
    write_csv(pictures / "labels.csv", [rows[0] | {"path": "other.png", "age": 41}, *rows[:0:-1]])
    assert identity() != first


def test_another_size_is_one_line_unless_it_is_accepted(real, pictures, tmp_path):
    for file in pictures.glob("*.png"):
        cv2.imwrite(str(file), cv2.resize(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), (32, 32)))
    with pytest.raises(DataError, match="size: expected 16x16 pixels.*received 32x32.*of 80 of 80 images") as error:
        imported(real, pictures, tmp_path / "synthetic")
    assert "\n" not in str(error.value) and not (tmp_path / "synthetic").exists()
    made = imported(real, pictures, tmp_path / "synthetic", accepted=["size"])
    assert made.manifest.synthesis.external.accepted == ["size"] and made.resolution == 16


def test_real_images_and_other_datasets_are_no_synthetic_ones(real, tmp_path):
    with pytest.raises(DataError, match="holds real images; external.folder names synthetic ones"):
        imported(real, real.path, tmp_path / "synthetic")


def test_memory_does_not_grow_with_the_number_of_images(real, pictures, tmp_path, monkeypatch):
    """Pixels of a few images are held at a time: no call asks the spool for more than the checks look at."""
    from medgan_tf.synthesis.external.spool import Spool

    asked, plain = [], Spool.pixels
    monkeypatch.setattr(Spool, "pixels", lambda spool, numbers: asked.append(len(numbers)) or plain(spool, numbers))
    config = ExternalConfig(name="stranger", folder=str(pictures))
    what, listing = Import(config, real, 7, "drawings", "run"), open_listing(config, 7, real.label_names)
    import_images(what, listing, tmp_path / "synthetic", lambda spool, found: Judged())
    assert asked == []
    written = DatasetFolder(tmp_path / "synthetic").read_fold("valid").images
    assert written.dtype == np.uint8 and len(written) == 27
