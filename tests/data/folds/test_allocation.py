import itertools

import numpy as np
import pytest
from many_patients import fold_hash, many_patients

from medgan_tf.config.schema import DataConfig, OriginalCodeConfig, Subset
from medgan_tf.data.folds import possible
from medgan_tf.data.folds.allocation import serve
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.folds.demands import Demands, count_images, demands_of
from medgan_tf.data.folds.exchange import Exchange
from medgan_tf.data.folds.splits import split_patients
from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.data.tables.table import SourceTable
from medgan_tf.errors import DataError

FRACTIONS = (0.8, 0.1, 0.1)
FIVE = Subset(
    combinations=5, train_per_combination=40, valid_per_combination=8, test_per_combination=7, oversample=True
)

# Folds of `many_patients` by version 0.1, for subsets that it served.
BEFORE = [
    ({}, ("aaeba9a1699e95c2", "7a3c4baa9cb99e6f", "420fb46127cd2baf", "bd204630f72b359c")),
    (
        {"combinations": 2, "train_per_combination": 100, "valid_per_combination": 10, "test_per_combination": 10},
        ("03b62c93b67d1248", "b382c59246214278", "9746b454fec702e1", "440321051a105821"),
    ),
    (
        {"valid_images": 60, "test_images": 50},
        ("fbc6e619d41bee88", "fb2210709f687279", "1876d12ad8ce973c", "f85a258169f0dcba"),
    ),
]


@pytest.mark.parametrize(("subset", "hashes"), BEFORE)
def test_folds_stay_where_they_served_already(subset, hashes):
    for seed, expected in enumerate(hashes):
        folds = build_folds(many_patients(), DataConfig(min_count=20, split_seed=seed, subset=Subset(**subset)))
        assert fold_hash(folds.frame) == expected


def _ten_patients():
    """p0 to p7 have an image of A each, p8 two of A and one of B, p9 one of B: patients and combinations."""
    images = [*((f"p{number}", 0) for number in range(8)), ("p8", 0), ("p8", 0), ("p8", 1), ("p9", 1)]
    return np.array([patient for patient, _ in images]), np.array([combination for _, combination in images])


def _serve(asked, seed=0, table=None, **others):
    patients, combination = table or _ten_patients()
    demands = Demands(np.array(asked), np.zeros(3, np.int64), len(asked), **others)
    folds = split_patients(patients, combination, FRACTIONS, seed)
    return dict(zip(patients, serve(patients, combination, folds, FRACTIONS, demands, "AB", seed), strict=True))


# Of ten patients one is for validation and one for the test. Both folds are asked an image of B, which p8 and p9 have;
# validation is asked two images of A, too, and p9 has none.
ONLY_ANSWER = {f"p{number}": "train" for number in range(8)} | {"p8": "valid", "p9": "test"}


@pytest.mark.parametrize("seed", range(5))
def test_the_only_split_that_serves_is_found(seed):
    assert _serve([[8, 2, 0], [0, 1, 1]], seed, train_is_fixed=True) == ONLY_ANSWER


def test_the_only_split_is_found_without_the_exchanges(monkeypatch):
    monkeypatch.setattr(Exchange, "run", lambda self: None)
    assert _serve([[8, 2, 0], [0, 1, 1]], train_is_fixed=True) == ONLY_ANSWER


def test_what_is_missing_is_counted():
    # Validation is one patient: of A, p8 brings most, two images.
    with pytest.raises(DataError) as error:
        _serve([[0, 3, 0], [0, 1, 1]])
    assert str(error.value) == (
        "no split by patient serves data.subset: beside what the other folds are asked, combination A has at most 2 "
        "valid images, 3 asked: 1 too few; lower data.subset.valid_per_combination, use fewer combinations, or change "
        "data.fold_fractions"
    )


def test_what_was_not_decided_is_not_called_proven(monkeypatch):
    monkeypatch.setattr(possible, "LARGEST", 29)  # three unknowns for each of ten patients, if all were different
    patients = np.arange(10).astype(str)
    images = np.repeat(patients, np.arange(1, 11)), np.zeros(55, np.int64)
    with pytest.raises(
        DataError, match="combination A has in the best split found 10 valid images, 11 asked: 1 too few"
    ):
        _serve([[0, 11, 0], [0, 0, 0]], table=images)
    monkeypatch.setattr(possible, "LARGEST", 30)
    with pytest.raises(DataError, match="combination A has at most 10 valid images, 11 asked: 1 too few"):
        _serve([[0, 11, 0], [0, 0, 0]], table=images)


def test_more_is_asked_than_there_is():
    # A has ten images, and twelve are asked: train can have 7 beside the others. B has two, and four are asked.
    with pytest.raises(DataError, match="combination A has at most 7 train images, 9 asked: 2 too few .1 more .* 4 im"):
        _serve([[9, 2, 1], [0, 2, 2]], train_is_fixed=True)


def test_training_images_are_not_given_away_unasked():
    # 200 patients with an image each, 40 of B: train keeps 32 - 3.2, so at least 28, and 12 are left for validation.
    table = np.char.add("p", np.arange(200).astype(str)), (np.arange(200) % 5 == 0).astype(int)
    with pytest.raises(DataError, match="combination B has at most 12 valid images, 20 asked: 8 too few"):
        _serve([[0, 0, 0], [1, 20, 0]], table=table)
    folds = _serve([[0, 0, 0], [0, 20, 0]], table=table, train_is_fixed=True)
    rare = [folds[patient] for patient, combination in zip(*table, strict=True) if combination]
    assert rare.count("valid") == 20
    folds = _serve([[0, 0, 0], [1, 12, 0]], table=table)
    assert [folds[patient] for patient, combination in zip(*table, strict=True) if combination].count("train") == 28


@pytest.mark.parametrize("seed", range(4))
def test_an_exchange_serves_and_keeps_patients_sizes_and_shares(seed):
    table = many_patients()
    config = DataConfig(min_count=20, split_seed=seed, subset=FIVE)
    folds = build_folds(table, config)
    counts = folds.frame["fold"].value_counts()
    assert counts.to_dict() == {"train": 200, "valid": 40, "test": 35}
    [rule] = [rule.rule for rule in folds.rules if "exchanged" in rule.rule]
    assert "them exchanged, so that the subset has what it asks for" in rule
    shuffled = SourceTable(table.frame.sample(frac=1, random_state=seed), table.findings)
    assert fold_hash(build_folds(shuffled, config).frame) == fold_hash(folds.frame)


@pytest.mark.parametrize("seed", range(1, 4))
def test_shares_and_sizes_after_an_exchange(seed):
    patients, combination = _many(seed)
    before = split_patients(patients, combination, FRACTIONS, seed)
    demands = demands_of(Subset(combinations=5, valid_per_combination=12, test_per_combination=12), 7)
    after = serve(patients, combination, before, FRACTIONS, demands, "ABCDEFG", seed)
    assert not demands.served_by(count_images(combination, before, 7))
    counts = count_images(combination, after, 7)
    assert demands.served_by(counts)
    share = counts.sum(axis=1, keepdims=True) * np.array(FRACTIONS)
    assert (np.abs(counts - share) <= np.maximum(3, 0.1 * share)).all()
    homes = {(patient, fold) for patient, fold in zip(patients, after, strict=True)}
    assert len(homes) == len(set(patients))
    for fold in FOLDS:
        assert len(set(patients[after == fold])) == len(set(patients[before == fold]))
    assert 0 < len({patient for patient, a, b in zip(patients, before, after, strict=True) if a != b}) < 60
    order = np.random.default_rng(seed).permutation(len(patients))
    again = serve(patients[order], combination[order], before[order], FRACTIONS, demands, "ABCDEFG", seed)
    assert (again == after[order]).all()


def _many(seed):
    """350 patients with 1 to 5 images of 7 combinations, numbered from the most frequent."""
    rng = np.random.default_rng(seed)
    patients = np.repeat(np.arange(350), rng.integers(1, 6, 350)).astype(str)
    combination = np.searchsorted([0.3, 0.5, 0.65, 0.78, 0.88, 0.96], rng.random(len(patients)))
    return patients, combination


def test_totals_are_served_too():
    for seed, fold in itertools.product(range(2), ("valid", "test")):
        plain = build_folds(many_patients(), DataConfig(min_count=20, split_seed=seed))
        more = int((plain.frame["fold"] == fold).sum()) + 1
        subset = Subset(**{f"{fold}_images": min(more, 90)})
        folds = build_folds(many_patients(), DataConfig(min_count=20, split_seed=seed, subset=subset))
        assert (folds.frame["fold"] == fold).sum() == min(more, 90)
    # 859 images; a tenth, and three more or 10 % of each of the seven combinations, are 37, 20, 20, 8, 8, 5 and 5.
    with pytest.raises(DataError, match="valid fold has at most 103 images, 110 asked; lower .*valid_images by 7 or"):
        build_folds(many_patients(), DataConfig(min_count=20, subset=Subset(valid_images=110)))


def test_the_published_split_is_left_alone():
    switch = OriginalCodeConfig(random_patient_split=True)
    config = DataConfig(min_count=20, subset=FIVE)
    with pytest.raises(DataError, match="^combination .* has [0-9]+ valid images, 8 asked"):
        build_folds(many_patients(), config, switch)
