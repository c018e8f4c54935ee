import numpy as np
import pytest

from medgan_tf.data.records.check import combination_counts
from medgan_tf.data.tables.combinations import find_combinations, frequent


def test_combinations_are_counted_most_frequent_first():
    labels = np.uint8([[0, 1], [1, 1], [0, 1], [0, 0]])
    found = find_combinations(labels, ("A", "B"))
    assert found.names == ("B", "(none)", "A|B")
    assert found.counts.tolist() == [2, 1, 1]
    assert found.labels.tolist() == [[0, 1], [0, 0], [1, 1]]
    assert found.index.tolist() == [0, 2, 0, 1]


@pytest.mark.parametrize("width", [3, 14, 70])
def test_index_leads_back_to_the_labels_at_any_width(width):
    labels = np.random.default_rng(0).integers(0, 2, (200, width)).astype(np.uint8)
    labels[::3] = labels[0]
    found = find_combinations(labels, [f"l{number}" for number in range(width)])
    assert np.array_equal(found.labels[found.index], labels)
    assert np.array_equal(found.counts, np.bincount(found.index))
    assert (np.diff(found.counts) <= 0).all()
    assert found.counts.sum() == 200


def test_frequent_means_more_than_the_minimum():
    found = find_combinations(np.uint8([[1], [1], [0], [0], [0]]), ("A",))
    assert frequent(found, 2).tolist() == [False, False, True, True, True]


def test_counts_of_each_fold_for_the_manifest():
    labels = np.uint8([[0, 1], [0, 1], [1, 0], [0, 1], [0, 0]])
    folds = np.array(["train", "train", "train", "test", "valid"], object)
    counted = [item.model_dump() for item in combination_counts(labels, ("A", "B"), folds)]
    assert counted == [
        {"labels": ["B"], "vector": [0, 1], "train": 2, "valid": 0, "test": 1},
        {"labels": [], "vector": [0, 0], "train": 0, "valid": 1, "test": 0},
        {"labels": ["A"], "vector": [1, 0], "train": 1, "valid": 0, "test": 0},
    ]
