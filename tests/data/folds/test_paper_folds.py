"""The paper's settings (Table S1, reference values in its S.1) on tables with CheXpert- and RSNA-like statistics."""

import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import DataConfig, Subset
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.folds.splits import check_patients_disjoint
from medgan_tf.data.sources.chexpert.source import FINDINGS
from medgan_tf.data.tables.combinations import find_combinations
from medgan_tf.data.tables.table import SourceTable

MOST = [9480, 9100, 8900, 5600, 5400, 3500, 3300, 3100, 3000, 2900]
MORE = [2750, 2700, 2650, 2620, 2600, 2560, 2540, 2520, 2510, 2500]
REST = np.linspace(1500, 260, 118).astype(int).tolist()
RARE = np.linspace(256, 5, 60).astype(int).tolist()


def _table(findings, counts, patients, seed=0, no_finding=None):
    """Distinct label vectors with these counts, on patients of whom a few have many images."""
    rng = np.random.default_rng(seed)
    vectors = np.zeros((0, len(findings)), np.int8)
    while len(vectors) < len(counts):
        drawn = (rng.random((4 * len(counts), len(findings))) < 0.25).astype(np.int8)
        drawn = np.unique(np.concatenate([vectors, drawn[drawn.any(axis=1)]]), axis=0)
        vectors = rng.permutation(drawn)
    images = sum(counts)
    labels = vectors[rng.permutation(np.repeat(np.arange(len(counts)), counts))]
    weights = rng.pareto(2.0, patients)
    extra = rng.choice(patients, images - patients, p=weights / weights.sum())
    owner = np.concatenate([np.arange(patients), extra])
    names = np.char.zfill(np.arange(images).astype(str), 6)
    frame = pd.DataFrame({"image_id": names, "path": names, "patient_id": np.char.add("p", owner.astype(str))})
    return SourceTable(frame.assign(**dict(zip(findings, labels.T, strict=True))), findings, no_finding=no_finding)


@pytest.fixture(scope="module")
def chexpert():
    return _table(FINDINGS, MOST + MORE + REST + RARE, 55000)


def _counts(folds):
    found = find_combinations(folds.labels, folds.label_names)
    counts = (
        pd.crosstab(np.array(found.names, object)[found.index], folds.frame["fold"])
        .rename_axis("combination")
        .reset_index()
    )
    return counts.assign(images=counts[["train", "valid", "test"]].sum(axis=1))


def test_138_combinations_remain(chexpert):
    folds = build_folds(chexpert, DataConfig(subset=Subset(valid_images=4000, test_images=4000)))
    counts = _counts(folds)
    assert len(counts) == 138
    assert counts["valid"].sum() == counts["test"].sum() == 4000
    assert counts["train"].sum() == pytest.approx(0.8 * sum(MOST + MORE + REST), rel=0.02)
    assert (counts[["train", "valid", "test"]] > 0).all(axis=None)
    assert len(folds.label_names) == 14


def test_combinations_are_spread_over_the_folds(chexpert):
    counts = _counts(build_folds(chexpert, DataConfig()))
    for fold, share in {"train": 0.8, "valid": 0.1, "test": 0.1}.items():
        difference = (counts[fold] - share * counts["images"]).abs()
        # Patients are divided, not images, so a few images more or less than the share.
        assert (difference <= 5 * np.sqrt(counts["images"] * share * (1 - share))).all()


@pytest.mark.parametrize(
    ("combinations", "train"), [(20, 1450), (15, 1600), (10, 2000), (6, 2300), (4, 3900), (2, 6300)]
)
def test_class_benchmark(chexpert, combinations, train):
    subset = Subset(
        kind="classes",
        combinations=combinations,
        train_per_combination=train,
        valid_per_combination=190,
        test_per_combination=170,
        oversample=True,
    )
    folds = build_folds(chexpert, DataConfig(subset=subset))
    counts = _counts(folds)
    assert len(counts) == combinations
    assert (counts["train"] == train).all() and (counts["valid"] == 190).all() and (counts["test"] == 170).all()
    assert folds.labels.any(axis=0).all()
    check_patients_disjoint(folds.frame)


def test_sample_benchmark_is_nested(chexpert):
    larger, held_out = None, None
    for train in [5950, 4500, 3000, 1500, 1000, 500, 400, 200]:
        subset = Subset(
            kind="samples",
            combinations=3,
            train_per_combination=train,
            valid_per_combination=750,
            test_per_combination=750,
        )
        folds = build_folds(chexpert, DataConfig(subset=subset))
        counts = _counts(folds)
        assert counts[["train", "valid", "test"]].to_numpy().tolist() == [[train, 750, 750]] * 3
        ids = {fold: set(part) for fold, part in folds.frame.groupby("fold")["image_id"]}
        assert larger is None or ids["train"] < larger
        assert held_out is None or held_out == ids["valid"] | ids["test"]
        larger, held_out = ids["train"], ids["valid"] | ids["test"]


def test_the_classes_are_nested_too(chexpert):
    frames = [
        build_folds(chexpert, DataConfig(subset=Subset(kind="classes", combinations=n, train_per_combination=1000)))
        for n in (2, 4)
    ]
    few, many = (set(folds.frame["image_id"][folds.frame["fold"] == "train"]) for folds in frames)
    assert few < many


def test_rsna_sample_benchmark():
    findings = ("epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural", "no finding")
    bleeds = [9000, 8600, 8200, 7800, 7600, 900, 500, 300, 90]
    table = _table(findings[:5], bleeds, 5000)
    empty = _table(findings[:5], [30000], 5000, seed=1)
    empty_frame = empty.frame.assign(**dict.fromkeys(findings[:5], np.int8(0)), **{"no finding": np.int8(1)})
    empty_frame["image_id"] = "n" + empty_frame["image_id"]
    frame = pd.concat([table.frame.assign(**{"no finding": np.int8(0)}), empty_frame], ignore_index=True)
    subset = Subset(
        kind="samples", combinations=6, train_per_combination=5400, valid_per_combination=500, test_per_combination=500
    )
    config = DataConfig(source="rsna", min_count=100, no_finding_images=12000, subset=subset)
    folds = build_folds(SourceTable(frame, findings, no_finding="no finding"), config)
    counts = _counts(folds)
    assert counts[["train", "valid", "test"]].to_numpy().tolist() == [[5400, 500, 500]] * 6
    assert "no finding" in counts["combination"].tolist()
    rules = {rule.rule: (rule.images_before, rule.images_after) for rule in folds.rules}
    before = sum(bleeds) + 30000
    assert rules["at most 12000 images without a finding (30000 before)"] == (before, before - 18000)
    assert rules["combinations with more than 100 images"] == (before - 18000, before - 18090)
