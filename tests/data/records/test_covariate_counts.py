"""Tests of label counts by covariate and fold."""

import numpy as np
import pandas as pd

from medgan_tf.data.records.covariate_counts import count_rows, covariate_counts

COVARIATES = pd.DataFrame({"sex": ["F", "M", "F", "", "F"], "age": np.array([17, 18, 70, -1, 90], np.int16)})
LABELS = np.array([[1, 0], [1, 1], [0, 1], [1, 0], [1, 1]], np.uint8)
FOLDS = np.array(["train", "train", "valid", "test", "train"], dtype=object)


def test_positive_images_by_group_label_and_fold():
    counts = covariate_counts(LABELS, ("Edema", "Fracture"), FOLDS, COVARIATES)
    assert counts["sex"] == {
        "F": {"Edema": {"train": 2, "valid": 0, "test": 0}, "Fracture": {"train": 1, "valid": 1, "test": 0}},
        "M": {"Edema": {"train": 1, "valid": 0, "test": 0}, "Fracture": {"train": 1, "valid": 0, "test": 0}},
        "unknown": {"Edema": {"train": 0, "valid": 0, "test": 1}, "Fracture": {"train": 0, "valid": 0, "test": 0}},
    }
    assert list(counts["age"]) == ["0-17", "18-39", "65-89", "90+", "unknown"]
    assert counts["age"]["90+"]["Fracture"] == {"train": 1, "valid": 0, "test": 0}
    assert list(counts) == ["sex", "age"]


def test_as_rows_of_a_table():
    counts = covariate_counts(LABELS, ("Edema", "Fracture"), FOLDS, COVARIATES)
    assert count_rows(counts["sex"]) == [
        ("train/valid/test", "F", "M", "unknown"),
        ("Edema", "2/0/0", "1/0/0", "0/0/1"),
        ("Fracture", "1/1/0", "1/0/0", "0/0/0"),
    ]
