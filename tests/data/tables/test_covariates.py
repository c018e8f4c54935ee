"""Sex, age and view as tables and headers write them."""

import numpy as np
import pytest

from medgan_tf.data.tables.covariates import age_of, check_covariates, covariate_columns, sex_of, view_of
from medgan_tf.errors import DataError


@pytest.mark.parametrize(
    ("text", "years"),
    [("57", 57), ("57.0", 57), ("057Y", 57), ("018M", 1), ("003D", 0), ("89", 89), ("90", 90), ("104", 90), ("155", -1),
     ("", -1), ("nan", -1), ("-3", -1), ("1930", -1), ("30 years", 30), (" 7 ", 7)],
)  # fmt: skip
def test_ages(text, years):
    assert age_of(text) == years


def test_sexes():
    words = ["Female", "M", "w", "Männlich", "O", "Unknown", "", "U"]
    assert [sex_of(word) for word in words] == ["F", "M", "F", "M", "O", "", "", ""]


def test_views():
    words = ["PA", "ap", "LL", "Lateral", "AP_horizontal", "POSTEROANTERIOR", "LAO", "", "x" * 20]
    assert [view_of(word) for word in words] == ["PA", "AP", "lateral", "lateral", "AP", "PA", "LAO", "", ""]


def test_columns_of_those_that_are_given():
    columns = covariate_columns(sex=["F", "?"], age=["12", "99"])
    assert columns["sex"].tolist() == ["F", ""]
    assert columns["age"].tolist() == [12, 90] and columns["age"].dtype == np.int16
    assert list(columns) == ["sex", "age"]
    assert covariate_columns() is None


def test_other_values_are_refused():
    columns = covariate_columns(sex=["F", "M"], age=["12", "99"])
    check_covariates(columns, 2, "t.csv")
    with pytest.raises(DataError, match="of 3 images"):
        check_covariates(columns, 3, "t.csv")
    with pytest.raises(DataError, match="Received: 91"):
        check_covariates(columns.assign(age=91), 2, "t.csv")
    with pytest.raises(DataError, match="sex"):
        check_covariates(columns.assign(sex="x"), 2, "t.csv")
