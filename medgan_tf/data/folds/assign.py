"""From a source's table to folds ready to be written: every rule of the data preparation, in order and recorded."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from medgan_tf.config.original_code import ORIGINAL_BRAIN_MIN_COUNT
from medgan_tf.config.schema import DataConfig, OriginalCodeConfig, Subset
from medgan_tf.data.folds.allocation import serve
from medgan_tf.data.folds.demands import count_images, demands_of
from medgan_tf.data.folds.given import patients_or_images, split_given
from medgan_tf.data.folds.splits import check_patients_disjoint, split_patients
from medgan_tf.data.folds.subsets import per_combination, proportional, seeded_order
from medgan_tf.data.tables.combinations import FOLDS, Combinations, find_combinations, frequent
from medgan_tf.data.tables.covariates import check_covariates
from medgan_tf.data.tables.labels import binarise, select_states, without_finding
from medgan_tf.data.tables.table import FoldTable, Rule, SourceTable
from medgan_tf.errors import DataError

_AS_THE_PAPER = OriginalCodeConfig()
_AS_PUBLISHED = " (as in the published code)"


def build_folds(table: SourceTable, config: DataConfig, original_code: OriginalCodeConfig = _AS_THE_PAPER) -> FoldTable:
    """Applies findings, label policy, under-sampling, minimum count, patient split and subset, in this order.

    The same table, seed and settings give the same folds, whatever the order of the table's rows. Rows of the result
    are in a seeded random order within each fold, so that shards are mixed.

    Args:
        table: The table that the source read.
        config: The experiment's data section.
        original_code: Where to follow the published code. Rules that did are recorded as such.

    Returns:
        The folds, with one `Rule` per step.

    Raises:
        ConfigError: A finding that the source does not have.
        DataError: A rule leaves no image, there are too few patients, or no split has the images that the subset asks.
    """
    states, names = select_states(table, config.findings)
    labels, steps = binarise(states, config.policy)
    images = _Images(table, labels)
    kept = np.arange(len(labels))
    for rule, mask in steps:
        images.keep(rule, mask[kept], "change data.policy or data.findings")
        kept = kept[mask[kept]]
    _undersample(images, names, table.no_finding, config)
    switches = original_code.in_dataset(config)
    _keep_frequent(images, names, config, "brain_min_count" in switches)
    combinations = find_combinations(images.labels, names)
    _split(images, combinations, config, "random_patient_split" in switches)
    images.frame["copy"] = 0
    images.frame["combination"] = combinations.index
    images.frame["order"] = seeded_order(images.frame["image_id"].to_numpy(), config.split_seed)
    counts = count_images(combinations.index, images.frame["fold"].to_numpy(), len(combinations.names))
    _draw_subset(images, config.subset, combinations)
    pool = dict(zip(combinations.names, map(tuple, counts.tolist()), strict=True))
    return replace(_finish(images, names, config.split_seed, table.covariates), pool=pool)


class _Images:
    """Images on their way through the rules."""

    def __init__(self, table: SourceTable, labels: np.ndarray):
        check_covariates(table.covariates, len(table.frame), "the source")
        self.frame = table.frame[["image_id", "path", "patient_id"]].reset_index(drop=True)
        self.frame["source_row"] = np.arange(len(self.frame))
        self.frame["given"] = "" if table.folds is None else table.folds
        self.labels = labels
        self.rules: list[Rule] = []

    def measure(self, rule: str) -> Rule:
        """A rule that leaves everything in place."""
        known = self.frame["patient_id"][self.frame["patient_id"] != ""]
        images, patients = len(self.frame), known.nunique()
        return Rule(rule, images, images, patients, patients)

    def keep(self, rule: str, rows: np.ndarray, remedy: str = "use more images") -> None:
        """Keeps a mask [N] or the listed rows, and records it. `remedy` is what to do if nothing is left."""
        before = self.rules[-1] if self.rules else self.measure(rule)
        if rows.dtype == bool and rows.all():
            self.rules.append(Rule(rule, *(before.images_after,) * 2, *(before.patients_after,) * 2))
            return
        self.frame = self.frame[rows] if rows.dtype == bool else self.frame.iloc[rows]
        self.frame = self.frame.reset_index(drop=True)
        self.labels = self.labels[rows]
        after = self.measure(rule)
        self.rules.append(
            Rule(rule, before.images_after, after.images_after, before.patients_after, after.patients_after)
        )
        if not after.images_after:
            raise DataError(f"no image is left after the rule: {rule} ({before.images_after} images before); {remedy}")

    def keep_in_fold(self, rule: str, fold: str, choose: Callable[[pd.DataFrame], np.ndarray]) -> None:
        """As `keep`, for the images of one fold; the others stay."""
        in_fold = np.flatnonzero(self.frame["fold"] == fold)
        chosen = in_fold[choose(self.frame.iloc[in_fold])]
        self.keep(rule, np.concatenate([np.flatnonzero(self.frame["fold"] != fold), chosen]))


def _undersample(images: _Images, names: tuple[str, ...], no_finding: str | None, config: DataConfig) -> None:
    if config.no_finding_images is None:
        return
    empty = np.flatnonzero(without_finding(images.labels, names, no_finding))
    order = seeded_order(images.frame["image_id"].to_numpy()[empty], config.split_seed)
    mask = np.ones(len(images.frame), bool)
    mask[empty[order >= config.no_finding_images]] = False
    images.keep(f"at most {config.no_finding_images} images without a finding ({len(empty)} before)", mask)


def _keep_frequent(images: _Images, names: tuple[str, ...], config: DataConfig, as_published: bool) -> None:
    least, remark = (ORIGINAL_BRAIN_MIN_COUNT, _AS_PUBLISHED) if as_published else (config.min_count, "")
    combinations = find_combinations(images.labels, names)
    most = int(combinations.counts.max(initial=0))
    images.keep(
        f"combinations with more than {least} images{remark}",
        frequent(combinations, least),
        f"lower data.min_count: the most frequent combination has {most} images",
    )


def _split(images: _Images, combinations: Combinations, config: DataConfig, as_published: bool) -> None:
    frame, fractions, seed = images.frame, config.fold_fractions, config.split_seed
    patients = frame["patient_id"].to_numpy()
    unknown = (patients == "").any()
    if unknown:
        patients = patients_or_images(patients, frame["image_id"].to_numpy())
    how = f", without strata{_AS_PUBLISHED}" if as_published else ""
    if (frame["given"] != "").any():
        given = frame["given"].to_numpy()
        folds = split_given(given, patients, combinations.index, fractions, seed, not as_published)
        images.frame["fold"] = folds
        images.rules.append(images.measure(f"folds of the dataset's authors{how}"))
        return
    folds = split_patients(patients, combinations.index, fractions, seed, stratified=not as_published)
    if not as_published:
        demands = demands_of(config.subset, len(combinations.names))
        served = serve(patients, combinations.index, folds, fractions, demands, combinations.names, seed)
        if served is not folds:
            moved = len(np.unique(patients[served != folds].astype(str)))
            how, folds = f"; {moved} of them exchanged, so that the subset has what it asks for", served
    images.frame["fold"] = folds
    what = "images" if unknown else "patients"
    images.rules.append(images.measure(f"{what} split into train, valid and test{how}"))


def _draw_subset(images: _Images, subset: Subset, combinations: Combinations) -> None:
    names = combinations.names
    if subset.combinations is not None:
        if subset.combinations > len(names):
            raise DataError(
                f"{subset.combinations} combinations asked, {len(names)} have more images than data.min_count; "
                "lower data.subset.combinations or data.min_count"
            )
        names = names[: subset.combinations]
        mask = (images.frame["combination"] < subset.combinations).to_numpy()
        images.keep(f"the {subset.combinations} most frequent combinations", mask)
    for fold in FOLDS:
        count = getattr(subset, f"{fold}_per_combination")
        if count is not None:
            oversample = subset.oversample and fold == "train"
            _draw_per_combination(images, names, fold, count, oversample)
    for fold, total in (("valid", subset.valid_images), ("test", subset.test_images)):
        if total is not None:
            images.keep_in_fold(f"{fold}: {total} images in all", fold, _proportional(total, fold))


def _proportional(total: int, fold: str) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda part: proportional(part["combination"].to_numpy(), part["order"].to_numpy(), total, fold)


def _draw_per_combination(images: _Images, names: tuple[str, ...], fold: str, count: int, oversample: bool) -> None:
    part = images.frame[images.frame["fold"] == fold]
    rows, copies = per_combination(
        part["combination"].to_numpy(), part["order"].to_numpy(), names, count, fold, oversample
    )
    repeats = f", {int((copies > 0).sum())} of them repeats" if oversample else ""
    others = int((images.frame["fold"] != fold).sum())
    images.keep_in_fold(f"{fold}: {count} images of each combination{repeats}", fold, lambda _: rows)
    images.frame["copy"] = np.concatenate([images.frame["copy"].to_numpy()[:others], copies])


def _finish(images: _Images, names: tuple[str, ...], seed: int, covariates: pd.DataFrame | None) -> FoldTable:
    frame = images.frame
    for fold in FOLDS:
        if not (frame["fold"] == fold).any():
            raise DataError(f"the {fold} fold has no images; use more patients or other data.fold_fractions")
    check_patients_disjoint(frame)
    shuffle = np.random.default_rng((seed, 1)).permutation(len(frame))
    # Sorting by id first keeps the result independent of the order of the source's rows.
    by_id = frame[["image_id", "copy"]].sort_values(["image_id", "copy"], kind="stable").index.to_numpy()
    numbers = frame["fold"].map({fold: n for n, fold in enumerate(FOLDS)}).to_numpy(np.int8)
    # Only the order is sorted: of a million images each copy of the frame would take a hundred megabytes.
    order = by_id[np.lexsort((shuffle, numbers[by_id]))]
    labels = images.labels[order]
    present = labels.any(axis=0)
    label_names = tuple(name for name, occurs in zip(names, present, strict=True) if occurs)
    if not label_names:
        raise DataError("no label is positive in any image; nothing to condition on")
    absent = [name for name in names if name not in label_names]
    rules = list(images.rules)
    if absent:
        rules.append(images.measure(f"labels that never occur removed: {', '.join(absent)}"))
    columns = ["image_id", "path", "patient_id", "fold", "copy"]
    if covariates is not None:
        covariates = covariates.iloc[frame["source_row"].to_numpy()[order]].reset_index(drop=True)
    written = frame[columns].iloc[order].reset_index(drop=True)
    return FoldTable(written, labels[:, present], label_names, tuple(rules), covariates)
