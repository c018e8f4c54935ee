"""Label columns, combinations and folds."""

import numpy as np

from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG
from medgan_tf.synthesis.external.checks.tables import check_combinations, check_folds, check_label_names

NAMES = ("Cardiomegaly", "Pleural Effusion", "Edema")


def test_another_order_is_right():
    found = check_label_names(["path", "Edema", "Cardiomegaly", "Pleural Effusion"], NAMES, known=("path", "fold"))
    assert found.status == RIGHT and found.numbers["order"] == [2, 3, 1]


def test_a_missing_label_is_named_with_the_nearest():
    found = check_label_names(["path", "cardiomegaly", "pleural_effusion", "Edema"], NAMES, known=("path",))
    assert found.status == WRONG and not found.acceptable
    assert found.words == (
        "expected a column for each label of the real images; received none for 'Cardiomegaly', 'Pleural Effusion'; "
        "rename 'cardiomegaly' to 'Cardiomegaly'; rename 'pleural_effusion' to 'Pleural Effusion'"
    )


def test_a_missing_label_without_a_near_one():
    found = check_label_names(["Edema", "Cardiomegaly"], NAMES)
    assert found.words.endswith("received none for 'Pleural Effusion'; add the column with 0 and 1")


def test_a_label_twice():
    found = check_label_names([*NAMES, "Edema"], NAMES)
    assert found.status == WRONG and "received several for 'Edema'" in found.words


def test_other_columns_are_a_note():
    found = check_label_names([*NAMES, "Edemas", "prompt"], NAMES)
    assert found.status == UNDECIDED and found.numbers["not_read"] == ["Edemas", "prompt"]
    assert found.words.endswith("are not read: 'Edemas' (near to 'Edema'), 'prompt'")


REAL = np.array([[1, 0]] * 30 + [[0, 1]] * 20 + [[1, 1]] * 12)


def test_combinations():
    assert check_combinations(REAL[::-1], REAL, ("A", "B")).status == RIGHT
    labels = np.array([[1, 0]] * 9 + [[0, 0]])
    found = check_combinations(labels, REAL, ("A", "B"))
    assert found.status == UNDECIDED
    assert (found.numbers["absent"], found.numbers["few"], found.numbers["new"]) == (["B", "A|B"], ["A"], ["(none)"])
    # By hand: B and A|B are missing, 32 of 62 real images; A has more than its share.
    assert found.numbers["moved_share"] == 32 / 62
    assert "without an image: 'B', 'A|B'; fewer than 10 images: 'A'; not among the real ones: '(none)'" in found.words
    # How many real images have a rare combination is not told.
    assert set(found.numbers) == {"absent", "few", "new", "moved_share"}


def test_labels_of_another_kind():
    found = check_combinations(np.zeros((50, 2), int), REAL, ("A", "B"))
    assert found.status == WRONG and "received none, but '(none)'; check the label columns" in found.words


def test_folds():
    real = {"train": 4, "valid": 2}
    both = np.array([[1, 0], [0, 1]])
    assert check_folds({"train": np.tile(both, (2, 1)), "valid": both}, real).status == RIGHT
    fewer = check_folds({"train": both, "valid": both}, real)
    assert fewer.status == UNDECIDED and "2 training and 2 validation images; the real ones are 4 and 2" in fewer.words
    none = check_folds({"train": both, "valid": both[:0]}, real)
    assert none.status == WRONG and "received 2 training and 0 validation images" in none.words
    same = check_folds({"train": both, "valid": both[:1]}, real)
    assert same.status == WRONG and "every label is the same in all validation images" in same.words
    assert not none.acceptable and not same.acceptable
