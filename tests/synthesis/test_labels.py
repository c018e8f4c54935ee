"""The labels of a synthetic dataset: real ones in their order, or draws from rounded counts."""

import numpy as np
import pytest
from scipy.stats import chisquare

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.rare_combinations import CombinationCount
from medgan_tf.errors import DataError
from medgan_tf.synthesis import labels as module
from medgan_tf.synthesis.card import Combination
from medgan_tf.synthesis.labels import check_drawable, drawn_labels, frequency_labels, label_table, real_labels

DRAWN = GenerateConfig(labels="drawn")


class Counted:
    """A dataset of so many images in each fold, of which nothing else is known."""

    label_names, path = ("Square", "Disc"), "shapes"

    def __init__(self, **images):
        self.manifest = self
        self.images = {"train": 0, "valid": 0, "test": 0} | images


class Card:
    label_names, conditions = ("Square", "Disc"), Conditions()

    def __init__(self, *counts):
        vectors = np.eye(2, dtype=np.float32)
        self.combinations = [Combination((), vectors[row], *one) for row, one in enumerate(counts)]


@pytest.fixture
def counts(monkeypatch):
    def give(*images, patients=100):
        vectors = np.array([[1, 0], [0, 1]], np.uint8)
        found = [
            CombinationCount(n, v, i, patients) for n, v, i in zip(("Square", "Disc"), vectors, images, strict=True)
        ]
        monkeypatch.setattr(module, "training_combinations", lambda dataset, conditions: tuple(found))

    return give


def squares(table, fold="train"):
    return int(table.folds[fold][:, 0].sum())


def test_real_labels_are_taken_in_stored_order(shapes):
    table = label_table(shapes, GenerateConfig(), seed=1)
    assert (table.origin, list(table.folds)) == ("as_real", ["train", "valid"])
    np.testing.assert_array_equal(table.folds["train"], shapes.read_labels("train"))
    np.testing.assert_array_equal(table.folds["valid"], real_labels(shapes, ("valid",)).folds["valid"])


def test_drawn_labels_are_no_copy_and_no_shuffled_copy(shapes):
    """36 training images become 40, 6 of the valid fold (1 or 2 of 3 combinations) 10."""
    table = label_table(shapes, DRAWN, seed=1)
    assert table.origin == "drawn"
    assert {fold: len(labels) for fold, labels in table.folds.items()} == {"train": 40, "valid": 10}
    assert {tuple(row) for row in table.folds["train"].tolist()} == {(1, 0), (0, 1), (1, 1)}
    again, other = label_table(shapes, DRAWN, seed=1), label_table(shapes, DRAWN, seed=2)
    np.testing.assert_array_equal(table.folds["train"], again.folds["train"])
    assert not np.array_equal(table.folds["train"], other.folds["train"])
    assert not np.array_equal(table.folds["train"][:10], table.folds["valid"])


def test_draws_follow_the_rounded_counts_and_vary_as_a_multinomial(counts):
    """296 and 104 images are 300 and 100. Over 2,000 seeds the number of squares among 400 has the mean 300 and the
    variance 400 * 0.75 * 0.25 = 75; the standard errors are 0.19 and 2.4."""
    counts(296, 104)
    found = [squares(drawn_labels(Counted(train=400), DRAWN, seed)) for seed in range(2000)]
    assert np.mean(found) == pytest.approx(300, abs=0.8)
    assert np.var(found) == pytest.approx(75, abs=10)


def test_an_image_more_changes_nothing_within_a_step(counts):
    tables = []
    for images in (296, 297, 300):
        counts(images, 104)
        tables.append(drawn_labels(Counted(train=images + 104), DRAWN, 3).folds["train"])
    np.testing.assert_array_equal(tables[0], tables[1])
    np.testing.assert_array_equal(tables[0], tables[2])


def test_order_says_nothing(counts):
    """Neighbouring rows are alike as often as independent draws: 1/2 of 9,999; p of a right table is uniform."""
    counts(500, 500)
    labels = drawn_labels(Counted(train=10_000), DRAWN, 5).folds["train"][:, 0]
    alike = int((labels[1:] == labels[:-1]).sum())
    assert chisquare([alike, 9_999 - alike]).pvalue > 0.001


def test_validation_labels_follow_the_training_counts_and_empty_folds_stay_empty(counts):
    counts(900, 100)
    config = GenerateConfig(labels="drawn", folds=("train", "valid", "test"))
    table = drawn_labels(Counted(train=1000, valid=1004), config, 1)
    assert len(table.folds["valid"]) == 1000
    assert squares(table, "valid") == pytest.approx(900, abs=40)
    assert len(table.folds["test"]) == 0


def test_rare_combinations_are_refused_unless_named(counts):
    counts(500, 4, patients=4)
    with pytest.raises(DataError, match="2 label combinations have fewer than 10 training patients: Square, Disc"):
        drawn_labels(Counted(train=504), DRAWN, 1)
    with pytest.raises(DataError, match="generate.rare_combinations"):
        check_drawable(Counted(train=504), DRAWN)
    check_drawable(Counted(train=504), GenerateConfig())
    named = GenerateConfig(labels="drawn", rare_combinations=("Square", "Disc"))
    check_drawable(Counted(train=504), named)
    # 4 images have the weight of one step: 10 of 510 of 500 images.
    found = [500 - squares(drawn_labels(Counted(train=504), named, seed)) for seed in range(200)]
    assert np.mean(found) == pytest.approx(500 * 10 / 510, abs=0.9)


def test_a_generator_that_does_not_tell_a_count_draws_half_of_its_limit():
    """30 images and fewer than 10, which count as 5: 1 of 7."""
    labels = frequency_labels(Card((30, 0), (0, 10)), {"train": 7000}, seed=1).folds["train"]
    assert labels[:, 1].sum() == pytest.approx(1000, abs=120)


def test_labels_by_frequency_of_a_card_of_an_earlier_version():
    labels = frequency_labels(Card((30,), (10,)), {"train": 2000}, seed=1).folds["train"]
    assert labels[:, 0].mean() == pytest.approx(0.75, abs=0.03)
    np.testing.assert_array_equal(labels.sum(axis=1), 1)
    again = frequency_labels(Card((30,), (10,)), {"train": 2000}, seed=1)
    np.testing.assert_array_equal(labels, again.folds["train"])
