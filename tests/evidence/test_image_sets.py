"""Sets of images: what is known about each image goes with it."""

import os

import bombs
import numpy as np
import pandas as pd
import pytest
from chexpert_folder import chexpert_experiment, write_chexpert
from tiny_classifier import write_drawings

from medgan_tf.data.images import resize_area
from medgan_tf.data.prepare import prepare
from medgan_tf.errors import DataError
from medgan_tf.evidence.image_sets import ImageSet, check_labels, fold_set, folder_set, same_size


def images(side=4, **known):
    pixels = np.arange(3 * side * side, dtype=np.uint8).reshape(3, side, side, 1)
    labels = np.array([[1, 0], [1, 1], [0, 0]], np.float32)
    return ImageSet("three", "drawn", pixels, labels, ("A", "B"), "0" * 64, **known)


def test_rows_stay_together():
    whole = images(image_ids=np.array(["x", "y", "z"]), patients=np.array(["p", "p", "q"]))
    part = whole.take(np.array([2, 1]))
    assert part.images[:, 0, 0, 0].tolist() == [32, 16] and part.image_ids.tolist() == ["z", "y"]
    assert part.patients.tolist() == ["q", "p"] and part.folds.tolist() == ["", ""]
    assert part.combinations().tolist() == ["(none)", "A|B"]
    assert whole.describe_patients() == {"name": "three", "images": 3, "patients": 2, "sha256": "0" * 64}
    assert images().describe_patients()["patients"] is None
    assert images().describe() == {"name": "three", "kind": "drawn", "images": 3, "sha256": "0" * 64}


def test_sex_age_and_view_stay_with_their_images():
    about = pd.DataFrame({"sex": ["F", "M", ""], "age": np.int16([40, 90, -1]), "view": ["PA", "", "AP"]})
    part = images(covariates=about).take(np.array([2, 0]))
    assert part.covariates.to_numpy().tolist() == [["", -1, "AP"], ["F", 40, "PA"]]
    assert part.views.tolist() == ["AP", "PA"] and images().views.tolist() == ["", "", ""]
    mask = images(covariates=about).take(np.array([False, True, True]))
    assert mask.views.tolist() == ["", "AP"] and mask.covariates.index.tolist() == [0, 1]


def test_views_of_a_dataset(tmp_path):
    write_chexpert(tmp_path)
    whole = fold_set(prepare(chexpert_experiment(tmp_path)), ("train", "valid", "test"), "all")
    assert whole.views.tolist() == ["AP"] * 80 and whole.covariates["age"].tolist() == [50] * 80


def test_without_labels_there_are_no_combinations():
    unlabelled = images().without_labels()
    assert unlabelled.labels is None and unlabelled.combinations().tolist() == ["", "", ""]
    check_labels(images(), unlabelled)


def test_the_smallest_resolution_is_that_of_all():
    (small, large), notes = same_size(images(4), images(8))
    assert small.images.shape == large.images.shape == (3, 4, 4, 1)
    # The mean of each 2x2 pixels: of 2, 3, 10 and 11, then of 4, 5, 12 and 13, rounded up from a half.
    assert large.images[0, 0, 1:3, 0].tolist() == [7, 9]
    assert notes == ["resized to 4x4 pixels, the smallest of 4, 8"]
    assert same_size(images(), images())[1] == []


def test_folds_of_a_dataset(tmp_path):
    dataset = write_drawings(tmp_path / "drawings", per_combination=4, folds=("train", "test"))
    both = fold_set(dataset, ("train", "valid", "test"), "all")
    assert (len(both), both.kind) == (16, "real dataset, train and test")
    assert both.folds.tolist() == ["train"] * 8 + ["test"] * 8 and len(set(both.image_ids)) == 16
    with pytest.raises(DataError, match="has no images in valid; prepare it with other fractions"):
        fold_set(dataset, ("valid",), "nothing")


def test_bombs_in_a_folder_of_images_are_refused_in_processes_of_their_own(tmp_path):
    (tmp_path / "a.png").write_bytes(bombs.png_with())
    (tmp_path / "b.jpg").write_bytes(bombs.scans())
    with pytest.raises(DataError, match="b.jpg: has 200[0-9] scans"):
        folder_set(tmp_path, "foreign", lambda done, total: None)
    (tmp_path / "b.jpg").write_bytes(bombs.jpeg())
    reports = []
    whole = folder_set(tmp_path, "foreign", lambda *done: reports.append(done))
    assert whole.images.shape == (2, 48, 48, 1) and reports == [(1, 2), (2, 2)]
    np.testing.assert_array_equal(whole.images[0, ..., 0], resize_area(bombs.GRADIENT, 48))


def test_a_label_table_of_a_million_columns_or_without_end(tmp_path):
    (tmp_path / "a.png").write_bytes(bombs.png_with())
    (tmp_path / "labels.csv").write_bytes(b"path" + b",x" * 500_000 + b"\na.png\n")
    with pytest.raises(DataError, match="labels.csv: has 500,001 columns"):
        folder_set(tmp_path, "foreign", lambda done, total: None)
    (tmp_path / "labels.csv").unlink()
    os.mkfifo(tmp_path / "labels.csv")
    with pytest.raises(DataError, match="labels.csv: cannot be read: it is a named pipe"):
        folder_set(tmp_path, "foreign", lambda done, total: None)
