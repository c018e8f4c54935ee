import numpy as np
import pytest

from medgan_tf.data.folds.subsets import per_combination, proportional, rank_within, seeded_order
from medgan_tf.errors import DataError


def test_the_order_depends_on_ids_and_seed_only():
    ids = np.array([f"i{number}" for number in range(50)])
    order = seeded_order(ids, 1)
    assert sorted(order) == list(range(50))
    back = np.arange(49, -1, -1)
    assert np.array_equal(seeded_order(ids[back], 1), order[back])
    assert not np.array_equal(seeded_order(ids, 2), order)


def test_rank_within_combinations():
    rank = rank_within(np.array([0, 1, 0, 1, 0]), np.array([5, 1, 3, 0, 4]))
    assert rank.tolist() == [2, 1, 0, 0, 1]


def test_smaller_draws_are_contained_in_larger_ones():
    combination, order = np.arange(60) % 3, seeded_order(np.arange(60).astype(str), 0)
    small, large = (set(per_combination(combination, order, "ABC", count, "train")[0]) for count in (4, 11))
    assert len(small) == 12 and len(large) == 33 and small < large


def test_over_sampling_repeats_evenly():
    rows, copies = per_combination(np.array([0, 0, 0, 1]), np.array([2, 0, 1, 3]), "AB", 5, "train", oversample=True)
    assert rows.tolist() == [1, 2, 0, 1, 2, 3, 3, 3, 3, 3]
    assert copies.tolist() == [0, 0, 0, 1, 1, 0, 1, 2, 3, 4]


def test_too_few_images_say_what_to_do():
    combination = np.array([0, 0, 0, 1, 2])
    with pytest.raises(DataError) as error:
        per_combination(combination, np.arange(5), ("A", "A|B", "B"), 2, "train")
    assert str(error.value) == (
        "combination A|B has 1 train images, 2 asked (and 1 more combinations have too few); set "
        "data.subset.oversample or lower data.subset.train_per_combination, use fewer combinations, or try another "
        "data.split_seed"
    )
    with pytest.raises(DataError, match="^combination A has 3 valid images, 4 asked.*; lower data.subset.valid_per"):
        per_combination(np.zeros(3, int), np.arange(3), ("A",), 4, "valid")
    with pytest.raises(DataError, match="combination B has 0 train images"):
        per_combination(np.zeros(3, int), np.arange(3), ("A", "B"), 4, "train", oversample=True)


def test_a_total_is_drawn_in_proportion():
    combination = np.repeat([0, 1, 2], [60, 30, 10])
    mask = proportional(combination, seeded_order(np.arange(100).astype(str), 0), 25, "valid")
    assert np.bincount(combination[mask]).tolist() == [15, 8, 2]
    with pytest.raises(DataError, match="the valid fold has 100 images, 101 asked; lower data.subset.valid_images"):
        proportional(combination, np.arange(100), 101, "valid")
