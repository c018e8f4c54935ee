import numpy as np

from medgan_tf.data.folds.demands import Demands
from medgan_tf.data.folds.possible import least_missing
from medgan_tf.data.folds.profiles import find_profiles


def test_the_fewest_images_are_missing():
    # Patients with 3, 2, 2 and 1 images; validation and test are one patient each.
    patients = np.array(["a"] * 3 + ["b"] * 2 + ["c"] * 2 + ["d"])
    profiles = find_profiles(patients, np.zeros(8, np.int64), 1, 0)
    folds = np.array(["valid"] * 3 + ["train"] * 4 + ["test"], dtype=object)
    start = profiles.patients(folds)
    nothing = np.zeros(3, np.int64)
    best, proven = least_missing(profiles, start, Demands(np.array([[0, 3, 2]]), nothing, 1))
    assert proven and profiles.count_images(best).tolist() == [[3, 3, 2]]
    # Together they have five images at most.
    best, proven = least_missing(profiles, start, Demands(np.array([[0, 3, 3]]), nothing, 1))
    assert proven and np.maximum([0, 3, 3] - profiles.count_images(best)[0], 0).sum() == 1
    best, proven = least_missing(profiles, start, Demands(np.array([[4, 0, 0]]), np.array([0, 3, 0]), 1))
    assert proven and profiles.count_images(best).tolist() == [[4, 3, 1]]
    assert best.sum(axis=0).tolist() == [2, 1, 1]
