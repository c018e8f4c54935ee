"""Folds of a dataset's authors, and images without patients."""

import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import DataConfig, Subset
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.folds.given import patients_or_images, split_given
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.table import SourceTable
from medgan_tf.errors import DataError


def _table(folds=None, patients=None, images=200, covariates=None):
    frame = pd.DataFrame({"image_id": [f"i{n}" for n in range(images)], "path": [f"/x/{n}" for n in range(images)]})
    frame["patient_id"] = [f"p{n // 2}" for n in range(images)] if patients is None else patients
    frame["A"] = np.tile(np.int8([1, 1, 0, 0]), images // 4)
    frame["B"] = np.int8(1) - frame["A"]
    return SourceTable(frame, ("A", "B"), covariates=covariates, folds=folds, patients_known=patients is None)


def _config(**values):
    return DataConfig(**{"min_count": 5, **values})


def test_given_folds_are_kept_image_by_image():
    given = np.array((["train"] * 6 + ["valid"] * 2 + ["test"] * 2) * 20, dtype=object)
    folds = build_folds(_table(given), _config())
    wanted = dict(zip([f"i{n}" for n in range(200)], given, strict=True))
    assert dict(zip(folds.frame["image_id"], folds.frame["fold"], strict=True)) == wanted
    assert folds.rules[-1].rule == "folds of the dataset's authors"


def test_train_valid_is_divided_by_patient_in_the_ratio_of_the_fractions():
    """Of 100 patients 20 are test; the other 80 are divided 8 to 1: 71 and 9 (valid is rounded up)."""
    given = np.array((["train_valid"] * 8 + ["test"] * 2) * 20, dtype=object)
    folds = build_folds(_table(given), _config())
    patients = folds.frame.groupby("fold")["patient_id"].agg(set)
    assert {fold: len(members) for fold, members in patients.items()} == {"train": 71, "valid": 9, "test": 20}
    assert not patients["train"] & patients["valid"]
    assert all(int(patient[1:]) % 5 == 4 for patient in patients["test"])


def test_a_patient_in_two_given_folds():
    given = np.array(["train", "test"] + ["train", "train", "valid", "valid", "test", "test"] * 33, dtype=object)
    with pytest.raises(DataError, match="1 patients are in more than one fold: p0 in test and train"):
        build_folds(_table(given), _config())


def test_an_unknown_fold():
    with pytest.raises(DataError, match="expected the folds train, valid, test or train_valid. Received: 'dev'"):
        split_given(np.array(["dev"]), np.array(["p"]), np.array([0]), (0.8, 0.1, 0.1), 0)


def test_images_without_patients_are_split_one_by_one():
    folds = build_folds(_table(patients=""), _config())
    assert folds.frame["fold"].value_counts().to_dict() == {"train": 160, "valid": 20, "test": 20}
    assert set(folds.frame["patient_id"]) == {""}
    assert folds.rules[-1].rule == "images split into train, valid and test"
    assert folds.rules[-1].patients_after == 0


def test_a_patient_and_an_image_of_the_same_name_are_two():
    assert patients_or_images(np.array(["7", ""]), np.array(["1", "7"])).tolist() == ["p7", "i7"]


def test_covariates_stay_with_their_images_through_all_rules():
    ages = [str(n % 90) for n in range(200)]
    table = _table(covariates=covariate_columns(age=ages))
    folds = build_folds(table, _config(subset=Subset(train_per_combination=100, oversample=True)))
    assert folds.covariates["age"].tolist() == [int(image[1:]) % 90 for image in folds.frame["image_id"]]
    assert len(folds.covariates) == len(folds.frame) == 240


def test_covariates_of_another_length_are_refused():
    with pytest.raises(DataError, match="sex, age and view of 200 images"):
        build_folds(_table(covariates=covariate_columns(age=["1"])), _config())
