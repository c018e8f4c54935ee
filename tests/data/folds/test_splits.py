import numpy as np
import pandas as pd
import pytest

from medgan_tf.data.folds.splits import check_patients_disjoint, split_patients
from medgan_tf.errors import DataError

FRACTIONS = (0.8, 0.1, 0.1)


def _counts(folds):
    return {fold: int((folds == fold).sum()) for fold in ("train", "valid", "test")}


@pytest.mark.parametrize(
    ("patients", "expected"), [(55192, (44153, 5519, 5520)), (18917, (15133, 1892, 1892))], ids=["CheXpert", "RSNA"]
)
def test_the_papers_numbers_of_patients(patients, expected):
    """Paper S.1: the fold sizes that follow from its 55,192 and 18,917 patients."""
    ids = np.char.add("p", np.arange(patients).astype(str))
    folds = split_patients(ids, np.arange(patients) % 138, FRACTIONS, 0)
    assert tuple(_counts(folds).values()) == expected


def test_no_patient_is_in_two_folds_and_the_order_of_images_does_not_matter():
    rng = np.random.default_rng(0)
    patients = rng.integers(0, 300, 2000).astype(str)
    combination = rng.integers(0, 8, 2000)
    folds = split_patients(patients, combination, FRACTIONS, 5)
    check_patients_disjoint(pd.DataFrame({"patient_id": patients, "fold": folds}))
    shuffled = rng.permutation(2000)
    again = split_patients(patients[shuffled], combination[shuffled], FRACTIONS, 5)
    assert np.array_equal(again, folds[shuffled])
    assert not np.array_equal(split_patients(patients, combination, FRACTIONS, 6), folds)


def test_each_stratum_is_divided_alike():
    combination = np.repeat(np.arange(4), [1000, 500, 100, 20])
    folds = split_patients(np.arange(1620).astype(str), combination, FRACTIONS, 0)
    for number, size in enumerate([1000, 500, 100, 20]):
        valid = (folds[combination == number] == "valid").sum()
        assert valid == pytest.approx(size / 10, abs=1)


def test_a_patient_counts_for_the_rarest_combination():
    # 20 patients have two images of combination 0 and one of the rare combination 1.
    patients = np.concatenate([np.arange(200), np.arange(20), np.arange(20)])
    combination = np.concatenate([np.zeros(220, int), np.ones(20, int)])
    folds = split_patients(patients.astype(str), combination, FRACTIONS, 3)
    assert _counts(folds[combination == 1]) == {"train": 16, "valid": 2, "test": 2}


def test_without_strata_patients_are_drawn_as_if_they_were_alike():
    combination = np.repeat(np.arange(4), [1000, 500, 100, 20])
    names = np.char.add("p", (np.arange(1620) // 2).astype(str))
    plain = split_patients(names, combination, FRACTIONS, 0, stratified=False)
    check_patients_disjoint(pd.DataFrame({"patient_id": names, "fold": plain}))
    np.testing.assert_array_equal(plain, split_patients(names, np.zeros(1620, int), FRACTIONS, 0))
    stratified = split_patients(names, combination, FRACTIONS, 0)
    assert _counts(plain) == _counts(stratified) == {"train": 1296, "valid": 162, "test": 162}
    assert (plain != stratified).any()
    # The 10 patients of the rarest combination are spread over the folds only with strata.
    assert _counts(stratified[-20:]) == {"train": 16, "valid": 2, "test": 2}
    seeds = [split_patients(names, combination, FRACTIONS, seed, stratified=False)[-20:] for seed in range(20)]
    assert any((folds == "train").all() for folds in seeds)


@pytest.mark.parametrize("patients", [10, 11, 13, 17, 30, 101])
@pytest.mark.parametrize("kinds", [1, 2, 7, 200])
def test_small_and_scattered_strata_are_pooled(patients, kinds):
    folds = split_patients(np.arange(patients).astype(str), np.arange(patients) % kinds, FRACTIONS, 0)
    counts = _counts(folds)
    assert sum(counts.values()) == patients and min(counts.values()) >= 1
    assert counts["train"] == int(np.floor(patients * 0.8))


def test_other_fractions():
    assert _counts(split_patients(np.arange(100).astype(str), np.zeros(100, int), (0.5, 0.3, 0.2), 0)) == {
        "train": 50,
        "valid": 30,
        "test": 20,
    }


def test_too_few_patients():
    with pytest.raises(DataError, match="9 patients are too few .*10 are needed"):
        split_patients(np.arange(9).astype(str), np.zeros(9, int), FRACTIONS, 0)


def test_patients_in_two_folds_are_named():
    frame = pd.DataFrame(
        {"patient_id": ["a", "a", "b", "c", "c", "d", "d", "e", "e"], "fold": "train valid test".split() * 3}
    )
    with pytest.raises(DataError, match="^4 patients are in more than one fold: a in train and valid; c in .*; d in "):
        check_patients_disjoint(frame)
