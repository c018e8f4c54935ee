"""The conditions of an experiment: columns from its training patients, and label vectors with them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions, Group
from medgan_tf.data.conditions.groups import check_divides, in_order, large_groups, patients_of, rough
from medgan_tf.data.records.covariate_bytes import covariate_groups
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.data.tables.covariates import AGE
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.errors import DataError

_COVARIATE = {"age_bin": AGE}
"""What a value of `gan.conditions` is called in records, where that differs."""


def gan_conditions(experiment: Experiment, dataset: DatasetFolder) -> Conditions:
    """The columns beside the findings of an experiment's GAN; none without `gan.conditions`.

    Every group that occurs in any fold has a column, so that every real image has its label vector.

    Raises:
        DataError: The dataset lacks a covariate, or one that does not divide its training patients; or a damaged shard.
    """
    names, where = experiment.gan.conditions, str(dataset.path)
    if not names:
        return Conditions()
    stored = dataset.manifest.covariates
    _check_there(names, stored.counts if stored else (), where)
    train = dataset.read_covariates("train")
    patients = np.concatenate([np.zeros(0, "U14"), *(batch.patients for batch in dataset.batches("train"))])
    conditions = _conditions(names, train, patients, stored.counts, experiment.generate.minimum_patients, where)
    conditions.check_names(dataset.label_names, where)
    return conditions


def table_conditions(folds: FoldTable, names: Sequence[str], minimum: int) -> Conditions:
    """As `gan_conditions`, for a dataset that will be made.

    Args:
        folds: Its table.
        names: `gan.conditions`.
        minimum: `generate.minimum_patients`.
    """
    if not names:
        return Conditions()
    where, about = "the dataset", folds.covariates
    _check_there(names, () if about is None else tuple(about), where)
    trained = (folds.frame["fold"] == "train").to_numpy()
    patients = folds.frame["patient_id"].to_numpy(dtype=object)[trained]
    conditions = _conditions(names, about[trained], patients, covariate_groups(about), minimum, where)
    conditions.check_names(folds.label_names, where)
    return conditions


def conditioned_fold(dataset: DatasetFolder, fold: str, conditions: Conditions) -> FoldArrays:
    """A fold in memory whose labels are the label vectors of a GAN, float32 [N, L + C]."""
    arrays = dataset.read_fold(fold)
    if not conditions.columns:
        return arrays
    return replace(arrays, labels=label_vectors(dataset, fold, conditions, arrays.labels))


def label_vectors(
    dataset: DatasetFolder, fold: str, conditions: Conditions, labels: np.ndarray | None = None
) -> np.ndarray:
    """The label vectors of a GAN for the images of a fold, float32 [N, L + C]; `labels` if they are known already."""
    labels = dataset.read_labels(fold) if labels is None else labels
    covariates = dataset.read_covariates(fold) if conditions.columns else None
    return conditions.beside(labels, covariates, f"{dataset.path}, {fold} fold")


def _check_there(names: Sequence[str], there: Sequence[str], where: str) -> None:
    if missing := [name for name in names if _COVARIATE.get(name, name) not in there]:
        raise DataError(
            f"{where} has no {' and no '.join(_COVARIATE.get(name, name) for name in missing)} of its images; expected "
            f"them for gan.conditions=[{', '.join(names)}]: prepare it from a table that has them, or take them out of "
            "gan.conditions"
        )


def _conditions(names, train: pd.DataFrame, patients: np.ndarray, occurring, minimum: int, where: str) -> Conditions:
    """The columns, from the covariates [N] and patients [N] of the training images and all groups by covariate."""
    values, columns = covariate_groups(train), []
    for name in names:
        covariate = _COVARIATE.get(name, name)
        people = patients_of(values[covariate], patients, in_order([*occurring[covariate], *values[covariate]]))
        parts = large_groups(people, minimum, in_bands=covariate == AGE)
        check_divides(covariate, parts, minimum, where)
        columns += [
            Group(covariate, part, max(part, key=lambda one: rough(len(people[one]), minimum))) for part in parts
        ]
    return Conditions(tuple(columns))
