import numpy as np

from medgan_tf.config.schema import Subset
from medgan_tf.data.folds.demands import Demands, count_images, demands_of


def test_what_each_kind_of_subset_asks():
    classes = Subset(
        combinations=2, train_per_combination=9, valid_per_combination=4, test_per_combination=3, oversample=True
    )
    demands = demands_of(classes, 3)
    # Over-sampling repeats training images, and none of validation and test.
    assert demands.images.tolist() == [[1, 4, 3], [1, 4, 3], [0, 0, 0]]
    assert demands.totals.tolist() == [0, 0, 0] and demands.used == 2 and not demands.train_is_fixed
    demands = demands_of(Subset(train_per_combination=9, test_images=50), 3)
    assert demands.images.tolist() == [[9, 0, 0]] * 3
    assert demands.totals.tolist() == [0, 0, 50] and demands.used == 3 and demands.train_is_fixed
    # Drawn from the four of each combination, whatever the split.
    assert demands_of(Subset(valid_per_combination=4, valid_images=10), 3).totals.tolist() == [0, 0, 0]
    assert not demands_of(Subset(), 3).images.any()


def test_whether_counts_serve():
    demands = Demands(np.array([[2, 1, 0], [0, 0, 0]]), np.array([0, 0, 5]), used=1)
    assert demands.served_by(np.array([[2, 1, 5], [0, 0, 0]]))
    assert not demands.served_by(np.array([[1, 1, 5], [0, 0, 0]]))
    # Images of a combination that the subset leaves out do not count.
    assert not demands.served_by(np.array([[2, 1, 4], [0, 0, 9]]))


def test_train_keeps_its_share_less_the_tolerance():
    demands = Demands(np.array([[1, 5, 5], [1, 5, 5], [0, 0, 0]]), np.zeros(3, np.int64), 2)
    # 0.8 * 100 less 10 %, 0.8 * 20 less three, 0.8 * 2 less three.
    kept = demands.keeping_train(np.array([100, 20, 2]), 0.8)
    assert kept.images.tolist() == [[72, 5, 5], [13, 5, 5], [0, 0, 0]]


def test_counts_of_combinations_and_folds():
    folds = np.array(["train", "test", "train", "valid", "train"], dtype=object)
    assert count_images(np.array([0, 0, 2, 1, 0]), folds, 3).tolist() == [[2, 0, 1], [0, 1, 0], [1, 0, 0]]
