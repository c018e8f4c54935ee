"""Who is set apart: counts, coins, and that nothing else changes."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from medgan_tf.config.schema import DataConfig
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.folds.canaries import set_apart
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.table import SourceTable
from medgan_tf.errors import DataError


def folds_of(images=400, patients=None, order=slice(None), covariates=False):
    numbers = np.arange(images)
    frame = pd.DataFrame({"image_id": [f"i{n}" for n in numbers], "path": [f"/x/{n}" for n in numbers]})
    frame["patient_id"] = [f"p{n // 2}" for n in numbers] if patients is None else patients
    frame["A"] = np.tile(np.int8([1, 1, 0, 0]), images // 4)
    frame["B"] = np.int8(1) - frame["A"]
    frame = frame.iloc[order]
    ages = [int(name[1:]) % 90 for name in frame["image_id"]]
    known = covariate_columns([""] * images, ages, [""] * images) if covariates else None
    table = SourceTable(frame, ("A", "B"), covariates=known, patients_known=patients is None)
    return build_folds(table, DataConfig(min_count=5))


def patients(folds, fold):
    return set(folds.frame["patient_id"][folds.frame["fold"] == fold])


def test_every_patient_is_in_one_place():
    folds = folds_of()
    apart = set_apart(folds, 60, 20, seed=4)
    everyone = patients(folds, "train")
    inside, outside = patients(apart.canaries, "train"), patients(apart.canaries, "valid")
    reference, left = patients(apart.reference, "train"), patients(apart.release, "train")
    assert len(everyone) == 160 and len(reference) == 20 and len(inside) + len(outside) == 60
    assert inside < left and not outside & left and not reference & (left | inside | outside)
    assert left | outside | reference == everyone
    for fold in ("valid", "test"):
        assert patients(apart.release, fold) == patients(apart.reference, fold) == patients(folds, fold)
    # Two images each, and each with its own labels.
    assert len(apart.canaries.frame) == 120
    for part in (apart.release, apart.canaries, apart.reference):
        rows = part.frame["image_id"].str[1:].astype(int).to_numpy()
        np.testing.assert_array_equal(part.labels[:, 0], (rows % 4 < 2).astype(np.uint8))
        assert part.label_names == folds.label_names


def test_rules_and_remark_say_how_many():
    folds = folds_of()
    apart = set_apart(folds, 60, None, seed=4)
    out = len(patients(apart.canaries, "valid"))
    reference, canaries = apart.release.rules[-2:]
    assert apart.release.rules[:-2] == folds.rules
    assert (reference.images_before, reference.images_after) == (400, 340)
    assert (canaries.images_after, canaries.patients_after) == (340 - 2 * out, 170 - out)
    assert (canaries.patients_before, canaries.rule) == (170, f"60 canaries, {out} of them left out by coin")
    assert f"without {out} of 60 canaries and without 30 patients of the reference" in apart.remark


def test_coins_are_fair_and_depend_on_the_seed_alone():
    folds = folds_of()
    shuffled = folds_of(order=np.random.default_rng(0).permutation(400))
    first, second = (set_apart(one, 100, 20, seed=1).canaries for one in (folds, shuffled))
    assert patients(first, "train") == patients(second, "train")
    counts = [len(patients(set_apart(folds, 100, 20, seed).canaries, "train")) for seed in range(40)]
    # 4,000 coins; not exactly half each time.
    assert stats.binomtest(sum(counts), 4000).pvalue > 0.01 and 3 < np.std(counts) < 8
    often = np.mean(["p0" in patients(set_apart(folds, 100, 20, seed).release, "train") for seed in range(40)])
    assert 0 < often < 1 or "p0" not in patients(folds, "train")


def test_covariates_go_with_their_images():
    apart = set_apart(folds_of(covariates=True), 60, 20, seed=4)
    for part in (apart.release, apart.canaries, apart.reference):
        ages = part.frame["image_id"].str[1:].astype(int) % 90
        np.testing.assert_array_equal(part.covariates["age"].to_numpy(float), ages.to_numpy(float))


def test_too_few_or_unknown_patients():
    with pytest.raises(DataError, match="120 canaries and 60 patients .* has 160 patients that are known"):
        set_apart(folds_of(), 120, None, seed=0)
    with pytest.raises(DataError, match="has 0 patients that are known"):
        set_apart(folds_of(patients=[""] * 400), 20, 1, seed=0)
