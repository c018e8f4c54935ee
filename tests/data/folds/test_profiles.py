import numpy as np

from medgan_tf.data.folds.profiles import find_profiles

# a and b bring two images of combination 0, c one of 0 and one of 1, d one of 1.
PATIENTS = np.array(["b", "a", "c", "a", "d", "c", "b"])
COMBINATION = np.array([0, 0, 1, 0, 1, 0, 0])
FOLDS = np.array(["train", "test", "valid", "test", "train", "valid", "train"], dtype=object)


def test_patients_with_the_same_images_are_one_group():
    profiles = find_profiles(PATIENTS, COMBINATION, 2, 0)
    names = np.unique(PATIENTS)
    groups = {"".join(sorted(names[list(group)])): number for number, group in enumerate(profiles.members)}
    assert set(groups) == {"ab", "c", "d"}
    patients = profiles.patients(FOLDS)
    assert patients[groups["ab"]].tolist() == [1, 0, 1] and patients[groups["c"]].tolist() == [0, 1, 0]
    assert profiles.count_images(patients).tolist() == [[2, 1, 2], [1, 1, 0]]


def test_only_as_many_patients_move_as_must():
    profiles = find_profiles(PATIENTS, COMBINATION, 2, 0)
    patients = profiles.patients(FOLDS)
    assert (profiles.assign(FOLDS, patients) == FOLDS).all()
    number = [len(group) for group in profiles.members].index(2)
    patients[number] = [1, 1, 0]  # a leaves the test, b stays
    assert profiles.assign(FOLDS, patients).tolist() == "train valid valid valid train valid train".split()


def test_the_order_of_images_does_not_matter_and_the_seed_chooses():
    order = [6, 2, 0, 5, 1, 4, 3]
    first, again = (find_profiles(PATIENTS[o], COMBINATION[o], 2, 3) for o in (slice(None), order))
    assert first.members == again.members and first.columns.tolist() == again.columns.tolist()
    orders = {find_profiles(PATIENTS, COMBINATION, 2, seed).members for seed in range(10)}
    assert len(orders) > 1
