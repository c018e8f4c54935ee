"""How many images are positive for each label, by covariate, group and fold: whether a label is one sex or one age."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from medgan_tf.data.records.covariate_bytes import UNKNOWN, covariate_groups
from medgan_tf.data.tables.combinations import FOLDS

Counts = dict[str, dict[str, dict[str, dict[str, int]]]]
"""Covariate, group and label to a count for each fold."""


def covariate_counts(labels: np.ndarray, names: Sequence[str], folds: np.ndarray, covariates: pd.DataFrame) -> Counts:
    """Positive images by covariate, group (sorted, `unknown` last), label and fold.

    Args:
        labels: [N, L] of 0 and 1.
        names: The L labels.
        folds: Fold of each image [N].
        covariates: Columns as of `tables.covariates.covariate_columns`, N rows.
    """
    positive = np.asarray(labels) > 0
    counts: Counts = {}
    for covariate, groups in covariate_groups(covariates).items():
        order = sorted(set(groups), key=lambda group: (group == UNKNOWN, group))
        counts[covariate] = {group: {name: {} for name in names} for group in order}
        for group in order:
            for fold in FOLDS:
                sums = positive[(groups == group) & (folds == fold)].sum(axis=0)
                for name, count in zip(names, sums.tolist(), strict=True):
                    counts[covariate][group][name][fold] = int(count)
    return counts


def count_rows(counts: dict[str, dict[str, dict[str, int]]]) -> list[tuple[str, ...]]:
    """The counts of one covariate as rows of a text table: labels, and for each group ``train/valid/test``."""
    groups = list(counts)
    labels = list(counts[groups[0]]) if groups else []
    cells = [
        (label, *("/".join(f"{counts[group][label].get(fold, 0):,}" for fold in FOLDS) for group in groups))
        for label in labels
    ]
    return [("/".join(FOLDS), *groups), *cells]
