"""One column for each group: from covariates to label vectors and back, by name, and through JSON."""

import numpy as np
import pandas as pd
import pytest

from medgan_tf.data.conditions.columns import Conditions, Group
from medgan_tf.errors import DataError

SEX = (Group("sex", ("F",), "F"), Group("sex", ("M", "O"), "M"))
AGE = (
    Group("age", ("0-17", "18-39"), "18-39"),
    Group("age", ("40-64",), "40-64"),
    Group("age", ("unknown",), "unknown"),
)
ALL = Conditions((*SEX, *AGE))


def about(*rows):
    return pd.DataFrame(rows, columns=["sex", "age", "view"])


def test_label_vectors_have_one_column_for_each_group():
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], np.float32)
    found = ALL.beside(labels, about(("F", 17, ""), ("O", 40, ""), ("M", -1, ""), ("F", 64, "")), "here")
    assert ALL.names == ("sex=F", "sex=M/O", "age=0-17/18-39", "age=40-64", "age=unknown")
    assert ALL.covariates == ("sex", "age") and found.dtype == np.float32
    assert found.tolist() == [
        [1, 0, 1, 0, 1, 0, 0],
        [0, 1, 0, 1, 0, 1, 0],
        [1, 1, 0, 1, 0, 0, 1],
        [0, 0, 1, 0, 0, 1, 0],
    ]


def test_without_columns_nothing_is_changed():
    labels = np.array([[1, 0]], np.float32)
    assert Conditions().beside(labels, None, "here") is labels
    assert Conditions().words == "" and ALL.words.startswith(" and sex=F, sex=M/O, age=")
    assert Conditions().named([]).shape == (0,)


def test_what_the_columns_do_not_know_is_one_line():
    labels = np.zeros((1, 2))
    with pytest.raises(DataError, match="^here: no sex and no age of the images is known; the generator was trained"):
        ALL.beside(labels, None, "here")
    with pytest.raises(DataError, match="^here: the generator knows no age=90[+], but age=0-17/18-39, age=40-64, age="):
        ALL.beside(labels, about(("F", 90, "")), "here")


def test_groups_become_covariates_and_back():
    """Ages are drawn evenly from the usual band of a joined group: 18 to 39, mean 28.5, standard error 0.14."""
    random = np.random.default_rng(1)
    columns = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 1, 0, 1, 0]] * 2000)
    found = ALL.of_groups(columns, random)
    assert list(found) == ["sex", "age"]
    assert found["sex"][:3].tolist() == ["F", "M", "M"] and found["age"][1] == -1
    ages = found["age"][::3]
    assert (ages.min(), ages.max()) == (18, 39) and ages.mean() == pytest.approx(28.5, abs=0.5)
    np.testing.assert_array_equal(ALL.beside(columns[:, :0], found, "here"), columns)
    oldest = Conditions((Group("age", ("90+",), "90+"), Group("view", ("AP", "unknown"), "unknown")))
    assert oldest.of_groups(np.array([[1, 1]]), random).to_numpy().tolist() == [[90, ""]]


def test_names_choose_one_group_of_each_covariate():
    assert ALL.named(["age=40-64", "sex=F"]).tolist() == [1, 0, 0, 1, 0]
    # A single group of a joined one.
    assert ALL.named(["sex=O", "age=0-17"]).tolist() == [0, 1, 1, 0, 0]
    assert ALL.knows("sex=M/O") and not ALL.knows("view=AP") and not ALL.knows("F")
    with pytest.raises(ValueError, match="name one of age=0-17/18-39, age=40-64, age=unknown. Received: 0 of them"):
        ALL.named(["sex=F"])
    with pytest.raises(ValueError, match="name one of sex=F, sex=M/O. Received: 2 of them"):
        ALL.named(["sex=F", "sex=M", "age=40-64"])
    with pytest.raises(ValueError, match="unknown name. Received: 'view=AP'; known: sex=F"):
        ALL.named(["view=AP"])


def test_through_json():
    assert Conditions.from_json(ALL.as_json()) == ALL
    assert Conditions.from_json(()) == Conditions()
    for wrong in (
        {"covariate": "name", "groups": ["F"], "usual": "F"},
        {"covariate": "sex", "groups": ["F"], "usual": "M"},
        {"covariate": "age", "groups": ["old"], "usual": "old"},
    ):
        with pytest.raises(ValueError, match="conditions|invalid literal|unpack"):
            Conditions.from_json([wrong])


def test_a_finding_with_the_name_of_a_column():
    ALL.check_names(("Edema",), "here")
    with pytest.raises(DataError, match="here: the label sex=F has the name of a column of gan.conditions; rename"):
        ALL.check_names(("Edema", "sex=F"), "here")
