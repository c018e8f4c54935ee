"""Settings that suit the images at hand: the table is read as `prepare` reads it, and its rules are tried out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.config.schema import DataConfig, GenerateConfig
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.prepare import open_source
from medgan_tf.data.rare_combinations import count_combinations, rare
from medgan_tf.data.tables.combinations import FOLDS, find_combinations
from medgan_tf.data.tables.labels import binarise, refuse_hidden_names, select_states
from medgan_tf.data.tables.table import FoldTable, Source, SourceTable
from medgan_tf.errors import ConfigError, DataError

ADVISED = 3000
"""Images of each label combination that the paper advises."""
MEMORISED = 500
"""Below so many images of each combination, the paper's GANs learned images by heart."""
PAPER_MIN_COUNT = 256
_LEAST_COUNTS = (PAPER_MIN_COUNT, 100, 50, 20, 10, 5, 2, 1, 0)
_SHARE = 0.8
_FRACTIONS = ((0.8, 0.1, 0.1), (0.7, 0.15, 0.15), (0.6, 0.2, 0.2), (0.4, 0.3, 0.3))


@dataclass(frozen=True)
class Histogram:
    """What is in the table after the label policy.

    Attributes:
        images, patients: Their numbers; patients are None where they are unknown.
        labels: Positive images of each label, in order.
        without: Images without any positive label.
        combinations: Names of the label combinations and their images, most frequent first.
    """

    images: int
    patients: int | None
    labels: dict[str, int]
    without: int
    combinations: dict[str, int]

    def above(self, count: int) -> int:
        """Combinations with more than `count` images."""
        return sum(images > count for images in self.combinations.values())


@dataclass(frozen=True)
class Fit:
    """Settings of the section `data`, tried out.

    Attributes:
        histogram: What is there.
        settings: Keys of the section `data` that the images need, beside source, root and options.
        folds: Images of each fold.
        missing: Listed images that are not there.
        problem: Why `prepare` would stop nevertheless; "" where it does not.
        rare: Label combinations of fewer training patients than a release of their labels takes without being asked.
    """

    histogram: Histogram
    settings: dict[str, Any]
    folds: dict[str, int]
    missing: int = 0
    problem: str = ""
    rare: tuple[str, ...] = ()


def fit_settings(source: Source, table: SourceTable, config: DataConfig, own: bool, missing: int = 0) -> Fit:
    """The largest `min_count` that keeps most of the images, and what else `prepare` needs to accept them.

    Args:
        source: The source of the table.
        table: What it read.
        config: The section `data` so far.
        own: The user's own data, for which the policy is proposed, too; published data keep the paper's.
        missing: Listed images that are not there.
    """
    histogram = count(table, config)
    settings: dict[str, Any] = {}
    if own and table.no_finding is None and histogram.without:
        settings["policy"] = {"without_positive": "keep"}
    if missing > config.max_unreadable * histogram.images:
        # Combinations and folds lack other shares than the whole.
        settings["max_unreadable"] = min(1.0, round(missing / histogram.images + 0.02, 2))
    if getattr(source, "fixed_folds", None) is not None:
        folds = source.fixed_folds(table)
        return Fit(histogram, settings, _sizes(folds), missing, rare=_rare(folds))
    problem = ""
    for attempt in _attempts(table, config.model_copy(update=_policy(config, settings))):
        tried = config.model_copy(update=attempt | _policy(config, settings))
        try:
            folds = build_folds(table, tried)
        except (DataError, ConfigError) as error:
            problem = problem or str(error)
            continue
        return Fit(histogram, settings | _changed(attempt, config), _sizes(folds), missing, rare=_rare(folds))
    return Fit(histogram, settings, {}, missing, problem or "no image has a label")


def read_table(config: DataConfig) -> tuple[Source, SourceTable]:
    """The table of the section `data`, with the checks of `prepare`.

    Raises:
        ConfigError, DataError: What `prepare` would raise.
    """
    source = open_source(config)
    table = source.read_table()
    refuse_hidden_names(table)
    return source, table


def count(table: SourceTable, config: DataConfig) -> Histogram:
    """What is in a table after the policy for uncertain and blank labels."""
    states, names = select_states(table, config.findings)
    labels, _ = binarise(states, config.policy)
    combinations = find_combinations(labels, names)
    return Histogram(
        images=len(labels),
        patients=table.frame["patient_id"].nunique() if table.patients_known else None,
        labels={name: int(number) for name, number in zip(names, labels.sum(axis=0), strict=True)},
        without=int((~labels.any(axis=1)).sum()),
        combinations=dict(zip(combinations.names, map(int, combinations.counts), strict=True)),
    )


def _policy(config: DataConfig, settings: dict[str, Any]) -> dict[str, Any]:
    return {"policy": config.policy.model_copy(update=settings.get("policy", {}))}


def _attempts(table: SourceTable, config: DataConfig) -> Iterator[dict[str, Any]]:
    """Values of `min_count` from the paper's down, each with shares of the folds from the paper's on."""
    states, names = select_states(table, config.findings)
    labels, steps = binarise(states, config.policy)
    kept = np.logical_and.reduce([mask for _, mask in steps])
    counts = find_combinations(labels[kept], names).counts
    for least in _LEAST_COUNTS:
        frequent = counts[counts > least]
        if len(frequent) >= min(2, len(counts)) and frequent.sum() >= _SHARE * counts.sum() > 0:
            for fractions in _FRACTIONS:
                yield {"min_count": least, "fold_fractions": fractions}


def _changed(attempt: dict[str, Any], config: DataConfig) -> dict[str, Any]:
    """What differs from the paper's settings, and always `min_count`, which users change most."""
    kept = {"min_count": attempt["min_count"]}
    if tuple(attempt["fold_fractions"]) != tuple(config.fold_fractions):
        kept["fold_fractions"] = list(attempt["fold_fractions"])
    return kept


def _rare(folds: FoldTable) -> tuple[str, ...]:
    trained = (folds.frame["fold"] == "train").to_numpy()
    patients = folds.frame["patient_id"].to_numpy(dtype=object)[trained]
    counts = count_combinations(folds.labels[trained], patients, folds.label_names)
    return tuple(one.name for one in rare(counts, GenerateConfig().minimum_patients))


def _sizes(folds: FoldTable) -> dict[str, int]:
    return {fold: int((folds.frame["fold"] == fold).sum()) for fold in FOLDS}
