"""The columns of an experiment come from its training patients; without `gan.conditions` there are none."""

import numpy as np
import pytest
from shapes_dataset import small_experiment, write_shapes

from medgan_tf.config.section import deciding
from medgan_tf.data.conditions.training import conditioned_fold, gan_conditions, table_conditions
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.errors import DataError


def about(number):
    """Women and men in turn, one other; ages 30, 50 and twice 90; one view."""
    return ("O" if number == 3 else "FM"[number % 2], 90 if number in (1, 2) else (30, 50)[number // 2 % 2], "PA")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_shapes(tmp_path_factory.mktemp("about") / "dataset", about=about)


def experiment(folder, *conditions, minimum=10):
    made = small_experiment(folder, gan={"conditions": list(conditions)})
    return made.model_copy(update={"generate": made.generate.model_copy(update={"minimum_patients": minimum})})


def test_small_groups_are_joined(dataset, tmp_path):
    """36 training patients: 2 of them are 90, 1 has another sex; there are about as many women as men."""
    found = gan_conditions(experiment(tmp_path, "age_bin", "sex"), dataset)
    assert found.names == ("sex=F/O", "sex=M", "age=18-39", "age=40-64/90+")
    assert [column.usual for column in found.columns] == ["F", "M", "18-39", "40-64"]
    single = gan_conditions(experiment(tmp_path, "age_bin", "sex", minimum=1), dataset)
    assert single.names == ("sex=F", "sex=M", "sex=O", "age=18-39", "age=40-64", "age=90+")


def test_labels_of_a_fold_get_the_columns(dataset, tmp_path):
    conditions = gan_conditions(experiment(tmp_path, "sex"), dataset)
    fold, plain = conditioned_fold(dataset, "train", conditions), dataset.read_fold("train")
    np.testing.assert_array_equal(fold.labels[:, :2], plain.labels)
    np.testing.assert_array_equal(fold.images, plain.images)
    men = dataset.read_covariates("train")["sex"].to_numpy() == "M"
    np.testing.assert_array_equal(fold.labels[:, 2:], np.stack([~men, men], axis=1))
    assert fold.labels.dtype == np.float32


def test_without_conditions_nothing_changes(dataset, tmp_path):
    plain = small_experiment(tmp_path)
    assert gan_conditions(plain, dataset).columns == ()
    assert conditioned_fold(dataset, "train", gan_conditions(plain, dataset)).labels.shape == (36, 2)
    assert "conditions" not in deciding(plain.gan)
    assert deciding(experiment(tmp_path, "view", "sex").gan)["conditions"] == ["sex", "view"]


def test_what_cannot_be_is_one_line(dataset, shapes, tmp_path):
    with pytest.raises(
        DataError, match=r"has no sex and no view of its images; expected them for gan.conditions=\[sex"
    ):
        gan_conditions(experiment(tmp_path, "view", "sex"), shapes)
    with pytest.raises(DataError, match="view does not divide the training patients: .*; found view=PA only"):
        gan_conditions(experiment(tmp_path, "view"), dataset)
    with pytest.raises(ValueError, match="expected each covariate once"):
        experiment(tmp_path, "sex", "sex")


def test_a_table_has_the_columns_that_its_dataset_will_have(dataset, tmp_path, monkeypatch):
    tables = []
    monkeypatch.setattr("shapes_dataset.build_dataset", lambda source, plan, progress: tables.append(plan.folds))
    write_shapes(tmp_path / "dataset", about=about)
    (folds,) = tables
    names = ("sex", "age_bin")
    assert table_conditions(folds, names, 10) == gan_conditions(experiment(tmp_path, *names), dataset)
    assert table_conditions(folds, (), 10).columns == ()
    bare = FoldTable(folds.frame, folds.labels, folds.label_names, ())
    with pytest.raises(DataError, match="the dataset has no sex of its images"):
        table_conditions(bare, ("sex",), 10)
    named = FoldTable(folds.frame, folds.labels, ("sex=F", "Disc"), (), folds.covariates)
    with pytest.raises(DataError, match="the label sex=F has the name of a column"):
        table_conditions(named, ("sex",), 10)
