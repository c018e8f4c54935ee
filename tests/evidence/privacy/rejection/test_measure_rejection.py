"""Rejection: numbers by label stay, noise is drawn again, and what half of a detector leaves through."""

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.rejection.measure_rejection import choose_noise, left_through
from medgan_tf.synthesis.labels import LabelTable

LABELS = np.array([[1, 0], [0, 1], [1, 1]] * 4, np.float32)
TABLE = LabelTable(("Edema", "Fracture"), {"train": LABELS, "valid": LABELS[:2]})


def make(fold, rows, attempts):
    """An image that says which it is: fold, row and attempt in its pixels."""
    values = np.stack([np.full(len(rows), fold == "valid"), rows, attempts], axis=1)
    return values.astype(np.uint8).reshape(len(rows), 1, 3, 1)


def flag_below(needed):
    """Flags an image of the train fold until its attempt is `needed` of its row."""

    def flag(images):
        fold, row, attempt = images.reshape(-1, 3).T
        return (fold == 0) & (attempt < np.array([needed.get(int(one), 0) for one in row]))

    return flag


def silent(done, total):
    pass


def test_flagged_images_are_drawn_again_and_counted_by_combination():
    """Rows 0 (Edema) and 5 (both) need one more draw, row 1 (Fracture) three: 14 + 3 + 1 + 1 draws, 5 rejected."""
    reports = []
    found = choose_noise(TABLE, make, flag_below({0: 1, 5: 1, 1: 3}), lambda *one: reports.append(one), batch=5)
    assert found.attempts["train"].tolist() == [1, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert found.attempts["valid"].tolist() == [0, 0]
    assert found.drawn == 19
    assert dict(found.rejected) == {"Edema": 1, "Edema|Fracture": 1, "Fracture": 3}
    assert reports[-1] == (14, 14)
    for fold, attempts in found.attempts.items():
        np.testing.assert_array_equal(found.images[fold], make(fold, np.arange(len(attempts)), attempts))


def test_the_choice_does_not_depend_on_the_batch():
    needed = {0: 2, 7: 1}
    first, second = (choose_noise(TABLE, make, flag_below(needed), silent, batch) for batch in (1, 12))
    np.testing.assert_array_equal(first.attempts["train"], second.attempts["train"])


def test_a_combination_that_cannot_be_filled_is_named():
    with pytest.raises(DataError, match="1 images were rejected in each of 4 draws, most of the labels Fracture:"):
        choose_noise(TABLE, make, flag_below({1: 99}), silent, batch=8, rounds=4)
    assert choose_noise(TABLE, make, flag_below({1: 3}), silent, batch=8, rounds=4).attempts["train"][1] == 3


def test_what_half_a_detector_leaves_through():
    """Ten images: four near the first half, three near the second, one of them near both. Of 6 that pass the first, 2
    are flagged by the second; of 7 that pass the second, 3 by the first."""
    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)

    def near(*which):
        return lambda images: np.isin(images.ravel(), which)

    found = left_through(images, (near(0, 1, 2, 3), near(3, 4, 5)))
    assert (found.passed, found.flagged) == (13, 5)
    assert found.before == pytest.approx(0.35)
