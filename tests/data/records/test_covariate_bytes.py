"""Sex, age and view in three bytes, and their counts."""

import numpy as np
import pandas as pd
import pytest

from medgan_tf.data.records.covariate_bytes import (
    count_groups,
    covariate_groups,
    pack_covariates,
    unpack_covariates,
    views_of,
)
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.errors import DataError

COLUMNS = covariate_columns(sex=["F", "M", "O", ""], age=["0", "17", "95", "unknown"], view=["PA", "lateral", "", "AP"])


def test_bytes_as_documented():
    assert views_of(COLUMNS) == ["AP", "PA", "lateral"]
    packed = pack_covariates(COLUMNS, ["AP", "PA", "lateral"])
    expected = [[ord("F"), 0, 1], [ord("M"), 17, 2], [ord("O"), 90, 255], [0, 255, 0]]
    np.testing.assert_array_equal(packed, np.array(expected, np.uint8))
    pd.testing.assert_frame_equal(unpack_covariates(packed, ["AP", "PA", "lateral"]), COLUMNS)


def test_columns_that_the_source_lacks_are_unknown():
    packed = pack_covariates(COLUMNS[["age"]], [])
    assert packed[:, 0].tolist() == [0] * 4 and packed[:, 2].tolist() == [255] * 4
    assert unpack_covariates(packed, [])["view"].tolist() == [""] * 4


@pytest.mark.parametrize("odd", [(ord("X"), 1, 0), (0, 91, 0), (0, 1, 1)])
def test_bytes_of_no_record_of_ours(odd):
    with pytest.raises(DataError, match="that its manifest does not know"):
        unpack_covariates(np.array([odd], np.uint8), ["PA"])


def test_too_many_views():
    with pytest.raises(DataError, match="255 different views, at most 254"):
        views_of(covariate_columns(view=[f"v{number}" for number in range(255)]))


def test_counts_by_group_and_fold():
    columns = covariate_columns(sex=["F", "F", "M", ""], age=["17", "18", "89", "90"])
    counts = count_groups(covariate_groups(columns), np.array(["train", "test", "test", "valid"], dtype=object))
    assert counts == {
        "sex": {
            "F": {"train": 1, "valid": 0, "test": 1},
            "M": {"train": 0, "valid": 0, "test": 1},
            "unknown": {"train": 0, "valid": 1, "test": 0},
        },
        "age": {
            "0-17": {"train": 1, "valid": 0, "test": 0},
            "18-39": {"train": 0, "valid": 0, "test": 1},
            "65-89": {"train": 0, "valid": 0, "test": 1},
            "90+": {"train": 0, "valid": 1, "test": 0},
        },
    }
    assert list(counts["sex"]) == ["F", "M", "unknown"]
