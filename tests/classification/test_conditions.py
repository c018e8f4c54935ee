"""What classifiers are trained on: halves, mixtures, permuted labels; and the key of a finished classifier."""

import itertools

import numpy as np
import pytest
from tiny_classifier import offer_as_synthetic, tiny_experiment, tiny_settings, write_drawings

from medgan_tf.classification.condition_table import chosen_conditions
from medgan_tf.classification.conditions import (
    REAL,
    SHUFFLED,
    SYNTHETIC,
    Condition,
    baseline_conditions,
    check_folds,
    check_synthetic,
    compose,
    condition_key,
)
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.config.section import LARGEST_SEED
from medgan_tf.errors import DataError


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    real = write_drawings(folder / "real")
    return real, offer_as_synthetic(real, folder / "synthetic")


def rows_of(examples, fold):
    """Which images of a fold the examples are."""
    known = {image.tobytes(): row for row, image in enumerate(fold.images)}
    return [known[image.tobytes()] for image in examples.images]


def test_paper_conditions_and_baselines():
    assert [condition.name for condition in baseline_conditions(ClassifierConfig())] == [
        "intensity_real", "intensity_synthetic", "pixels_real", "pixels_synthetic", "augmented", "half_a", "half_b",
        "permuted_1", "permuted_2", "permuted_3", "permuted_4", "permuted_5", "mix_0.5_0.5", "mix_1_0.5", "mix_1_1",
    ]  # fmt: skip
    trivial = tiny_settings(baselines=("trivial", "permutations"), permutations=2)
    assert [c.name for c in chosen_conditions(trivial, "synthetic", True)] == [
        "synthetic", "intensity_synthetic", "pixels_synthetic"
    ]  # fmt: skip
    titles = [condition.title for condition in baseline_conditions(trivial)]
    assert titles == ["mean intensity, real", "mean intensity, synthetic", "8 x 8 pixels, real",
                      "8 x 8 pixels, synthetic", "real, labels permuted (1)", "real, labels permuted (2)"]  # fmt: skip
    # The baseline of earlier versions is still one.
    config = tiny_settings(baselines=("shuffled",), mixtures=({"real": 1.0, "synthetic": 0.5},))
    names = {kind: [c.name for c in chosen_conditions(config, kind, True)] for kind in ("real", "synthetic", "both")}
    assert names["real"] == ["real", "shuffled"]
    assert names["synthetic"] == ["synthetic", "mix_1_0.5"]
    assert names["both"] == ["real", "synthetic", "shuffled", "mix_1_0.5"]
    assert [c.name for c in chosen_conditions(config, "both", False)] == ["real", "synthetic"]
    assert Condition("mix_1_0.5", 1.0, 0.5).title == "100% real + 50% synthetic"


def test_validation_is_of_the_kind_that_is_trained_on(sets):
    real, synthetic = sets
    for condition in (REAL, SYNTHETIC):
        data = compose(condition, real, synthetic, 0, flip=True)
        np.testing.assert_array_equal(data.train.images, real.read_fold("train").images)
        np.testing.assert_array_equal(data.valid.labels, real.read_fold("valid").labels)
        assert data.augmentation == "flip"
    assert compose(Condition("augmented", real=1.0), real, None, 0, flip=True).augmentation == "classical"
    assert compose(REAL, real, None, 0, flip=False).augmentation == "none"


def test_halves_share_no_patient_and_make_the_whole(sets):
    real, fold = sets[0], sets[0].read_fold("train")
    first, second = (compose(Condition(name, real=0.5), real, None, 4, True) for name in ("half_a", "half_b"))
    rows = [rows_of(half.train, fold) for half in (first, second)]
    patients = [set(fold.patients[row]) for row in rows]
    assert not patients[0] & patients[1]
    assert sorted(rows[0] + rows[1]) == list(range(len(fold.images)))
    assert abs(len(patients[0]) - len(patients[1])) <= 1
    np.testing.assert_array_equal(first.valid.images, second.valid.images)


def test_mixtures_have_their_shares_and_are_nested(sets):
    real, synthetic = sets
    fold, count = real.read_fold("train"), real.manifest.images["train"]
    small, large = (compose(Condition("mix", 1.0, share), real, synthetic, 0, True) for share in (0.25, 0.5))
    assert len(small.train) == count + round(count * 0.25)
    assert len(large.train) == count + round(count * 0.5)
    assert set(rows_of(small.train, fold)[count:]) < set(rows_of(large.train, fold)[count:])


def test_permuted_labels_keep_their_frequencies(sets):
    real = sets[0]
    data = compose(Condition("shuffled", real=1.0), real, None, 0, True)
    fold = real.read_fold("train")
    np.testing.assert_array_equal(data.train.images, fold.images)
    np.testing.assert_array_equal(data.train.labels.sum(axis=0), fold.labels.sum(axis=0))
    assert (data.train.labels != fold.labels).any(axis=1).mean() > 0.5
    # Every permutation is another one, and starts from weights of its own.
    others = [compose(Condition(f"permuted_{k}", real=1.0), real, None, 0, True) for k in (1, 2)]
    labels = [part.train.labels for part in (data, *others)]
    assert all((a != b).any(axis=1).mean() > 0.3 for a, b in itertools.combinations(labels, 2))
    np.testing.assert_array_equal(others[1].train.labels.sum(axis=0), fold.labels.sum(axis=0))
    seeds = [Condition(f"permuted_{k}", real=1.0).training_seed(seed) for k in (1, 2) for seed in (7, 8)]
    assert len(set(seeds)) == 4 and max(seeds) <= LARGEST_SEED
    assert (SHUFFLED.training_seed(7), REAL.training_seed(7)) == (7, 7)


def test_key_follows_what_decides_the_result(sets, tmp_path):
    real, synthetic = sets
    experiment = tiny_experiment(tmp_path)
    key = condition_key(SYNTHETIC, experiment, real, synthetic)
    assert key == condition_key(SYNTHETIC, tiny_experiment(tmp_path, margin=0.2), real, synthetic)
    others = [
        condition_key(REAL, experiment, real, synthetic),
        condition_key(SYNTHETIC, tiny_experiment(tmp_path, seed=8), real, synthetic),
        condition_key(SYNTHETIC, tiny_experiment(tmp_path, learning_rate=0.5), real, synthetic),
        condition_key(SYNTHETIC, tiny_experiment(tmp_path, batch_norm_momentum=0.9), real, synthetic),
        condition_key(SYNTHETIC, experiment, real, write_drawings(tmp_path / "more", per_combination=32)),
    ]
    assert len({key, *others}) == 6
    assert condition_key(REAL, experiment, real, None) == others[0]
    # No setting of the network and no seed decides a trivial classifier; the images do.
    trivial = Condition("pixels_synthetic", synthetic=1.0)
    own = condition_key(trivial, experiment, real, synthetic)
    assert own == condition_key(trivial, tiny_experiment(tmp_path, seed=8, learning_rate=0.5), real, synthetic)
    assert own != condition_key(trivial, experiment, real, write_drawings(tmp_path / "fewer", per_combination=16))


def test_synthetic_sets_that_do_not_fit(sets, tmp_path):
    real, synthetic = sets
    other = write_drawings(tmp_path / "other", names=("Square", "Circle"))
    with pytest.raises(DataError, match="has the labels Square, Circle; the real set .* has Square, Disc"):
        check_synthetic(real, other)
    check_synthetic(real, synthetic)
    without = write_drawings(tmp_path / "without", folds=("train", "test"))
    with pytest.raises(DataError, match="has no images in its valid fold; do this"):
        check_folds(without, ("train", "valid"), "do this")
