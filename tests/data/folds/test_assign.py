import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import DataConfig, OriginalCodeConfig, Subset
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.folds.splits import check_patients_disjoint
from medgan_tf.data.tables.table import SourceTable
from medgan_tf.errors import DataError


def _table(images=600, patients=120, seed=0):
    """Findings A (60 %), B (a third), rare C and "none" (neither), with some uncertain and blank cells."""
    rng = np.random.default_rng(seed)
    states = np.stack([rng.random(images) < share for share in (0.6, 0.33, 0.01)], axis=1).astype(np.int8)
    none = (~states.any(axis=1)).astype(np.int8)
    states[rng.random(states.shape) < 0.02] = -1
    frame = pd.DataFrame({"image_id": [f"i{n}" for n in range(images)], "path": [f"/x/{n}" for n in range(images)]})
    frame["patient_id"] = rng.integers(0, patients, images).astype(str)
    frame[["A", "B", "C"]] = states
    frame["none"] = none
    return SourceTable(frame, ("A", "B", "C", "none"), no_finding="none")


def _config(**values):
    return DataConfig(**{"min_count": 20, **values})


def test_rules_are_recorded_in_order_with_images_and_patients():
    folds = build_folds(_table(), _config())
    texts = [rule.rule.split(" (")[0] for rule in folds.rules]
    assert texts == [
        "uncertain -> positive",
        "blank -> negative",
        "images without a positive label dropped",
        "combinations with more than 20 images",
        "patients split into train, valid and test",
        "labels that never occur removed: C",
    ]
    for before, after in zip(folds.rules, folds.rules[1:], strict=False):
        assert (after.images_before, after.patients_before) == (before.images_after, before.patients_after)
    assert folds.rules[0].images_before == 600
    assert folds.rules[-1].images_after == len(folds.frame) == len(folds.labels)
    assert folds.rules[-1].patients_after == folds.frame["patient_id"].nunique()


def test_labels_stay_with_their_images():
    table = _table()
    folds = build_folds(table, _config())
    assert folds.label_names == ("A", "B", "none")
    states = table.frame.set_index("image_id").loc[folds.frame["image_id"], list(folds.label_names)].to_numpy()
    assert np.array_equal(folds.labels, (states != 0).astype(np.uint8))
    assert folds.labels.dtype == np.uint8


def test_the_order_of_the_source_does_not_matter():
    table = _table()
    shuffled = SourceTable(table.frame.sample(frac=1, random_state=1), table.findings, no_finding="none")
    config = _config(no_finding_images=30, subset=Subset(train_per_combination=10, valid_images=12))
    first, second = build_folds(table, config), build_folds(shuffled, config)
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert np.array_equal(first.labels, second.labels)


def test_another_split_seed_gives_other_folds():
    first, second = (set(_ids(build_folds(_table(), _config(split_seed=seed)), "test")) for seed in (0, 1))
    assert first != second


def _ids(folds, fold):
    return folds.frame["image_id"][folds.frame["fold"] == fold].tolist()


def test_rows_are_grouped_by_fold_and_mixed_within():
    folds = build_folds(_table(), _config())
    assert folds.frame["fold"].drop_duplicates().tolist() == ["train", "valid", "test"]
    numbers = folds.frame["image_id"].str[1:].astype(int)
    assert abs(np.corrcoef(numbers[folds.frame["fold"] == "train"], np.arange(len(_ids(folds, "train"))))[0, 1]) < 0.2
    assert folds.frame.columns.tolist() == ["image_id", "path", "patient_id", "fold", "copy"]


def test_no_finding_is_undersampled_before_the_split():
    folds = build_folds(_table(), _config(no_finding_images=25))
    rule = next(rule for rule in folds.rules if "without a finding" in rule.rule)
    assert rule.rule.startswith("at most 25 images without a finding (")
    alone = (folds.labels == [0, 0, 1]).all(axis=1)
    assert alone.sum() == 25


def test_classes_subset():
    subset = Subset(
        kind="classes", combinations=2, train_per_combination=50, valid_per_combination=5, test_per_combination=4
    )
    folds = build_folds(_table(), _config(subset=subset))
    assert folds.frame["fold"].value_counts().to_dict() == {"train": 100, "valid": 10, "test": 8}
    assert len(np.unique(folds.labels, axis=0)) == 2


def test_over_sampling_fills_up_with_copies():
    subset = Subset(kind="classes", combinations=3, train_per_combination=300, oversample=True)
    folds = build_folds(_table(), _config(subset=subset))
    train = folds.frame["fold"] == "train"
    assert train.sum() == 900
    assert folds.frame["copy"][~train].max() == 0 < folds.frame["copy"][train].max()
    assert not folds.frame.duplicated(["image_id", "copy"]).any()
    assert "of them repeats" in " ".join(rule.rule for rule in folds.rules)
    check_patients_disjoint(folds.frame)


def test_fixed_numbers_of_held_out_images():
    folds = build_folds(_table(), _config(subset=Subset(valid_images=30, test_images=21)))
    assert len(_ids(folds, "valid")) == 30 and len(_ids(folds, "test")) == 21


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            _config(min_count=5000),
            "no image is left after the rule: combinations with more than 5000 images .600 images before.; "
            "lower data.min_count: the most frequent combination has 221 images",
        ),
        (_config(subset=Subset(combinations=50)), "50 combinations asked, 4 have more images than data.min_count"),
        (_config(subset=Subset(train_per_combination=5000)), "train images, 5000 asked"),
        (_config(subset=Subset(valid_images=5000)), "5000 asked; lower data.subset.valid_images"),
    ],
)
def test_what_cannot_be_is_one_clear_line(config, message):
    with pytest.raises(DataError, match=message) as error:
        build_folds(_table(), config)
    assert "\n" not in str(error.value)


def test_a_policy_that_leaves_nothing_is_named():
    table = _table()
    with pytest.raises(DataError, match="no image is left after the rule: .*blank.*; change data.policy"):
        build_folds(SourceTable(table.frame.assign(A=-2), table.findings), _config(policy={"blank": "drop"}))


def test_nothing_positive_at_all():
    table = _table()
    frame = table.frame.assign(A=0, B=0, C=0, none=0)
    config = _config(policy={"without_positive": "keep"})
    with pytest.raises(DataError, match="no label is positive"):
        build_folds(SourceTable(frame, table.findings), config)


def test_too_few_patients():
    with pytest.raises(DataError, match="patients are too few"):
        build_folds(_table(patients=5), _config())


def _four_combinations():
    """A, B, C and D alone, with 120, 105, 101 and 100 images of a patient each."""
    labels = np.repeat(np.eye(4, dtype=np.int8), [120, 105, 101, 100], axis=0)
    frame = pd.DataFrame({"image_id": [f"i{n}" for n in range(len(labels))], "path": "x"})
    frame["patient_id"] = frame["image_id"]
    frame[list("ABCD")] = labels
    return SourceTable(frame, tuple("ABCD"))


@pytest.mark.parametrize(
    ("source", "min_count", "on", "kept", "rule"),
    [
        ("rsna", 100, False, "ABC", "combinations with more than 100 images"),
        ("rsna", 100, True, "A", "combinations with more than 110 images (as in the published code)"),
        ("rsna", 103, True, "AB", "combinations with more than 103 images"),
        ("chexpert", 100, True, "ABC", "combinations with more than 100 images"),
    ],
)
def test_the_published_threshold_of_brain_combinations(source, min_count, on, kept, rule):
    config = DataConfig(source=source, min_count=min_count)
    folds = build_folds(_four_combinations(), config, OriginalCodeConfig(brain_min_count=on))
    assert folds.label_names == tuple(kept)
    assert rule in [entry.rule for entry in folds.rules]


def test_the_published_split():
    plain = build_folds(_table(), _config(), OriginalCodeConfig(random_patient_split=True))
    stratified = build_folds(_table(), _config())
    check_patients_disjoint(plain.frame)
    assert set(_ids(plain, "test")) != set(_ids(stratified, "test"))
    rule = "patients split into train, valid and test, without strata (as in the published code)"
    assert [entry.rule for entry in plain.rules][4] == rule
    others = OriginalCodeConfig(auc_flipped=True, occlusion_patch_4=True, brain_min_count=True)
    pd.testing.assert_frame_equal(build_folds(_table(), _config(), others).frame, stratified.frame)
