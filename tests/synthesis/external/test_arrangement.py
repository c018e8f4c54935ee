"""Labels, folds and order: functions of what images show and are, never of file names."""

import hashlib
import random

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.arrangement import arranged
from medgan_tf.synthesis.external.listing import ListedImage, Listing
from medgan_tf.synthesis.external.pixels import ImageSource

REAL = {"train": 30, "valid": 10, "test": 10}


def images(count, **values):
    return [
        ListedImage(ImageSource(f"{number}.png"), (number % 2, number // 2 % 2), **values) for number in range(count)
    ]


def digests(listed):
    return [hashlib.sha256(image.source.file.encode()).digest() for image in listed]


def content(found, listed):
    """What the dataset holds, in its order: fold, labels, pixels, pseudonyms."""
    hashes = digests(listed)
    return {
        fold: [(found.labels[number].tolist(), hashes[number], found.ids[number]) for number in numbers]
        for fold, numbers in found.order.items()
    }


def test_neither_rows_nor_columns_matter():
    listed = images(40, sex="F", view="PA")
    first = arranged(Listing(("A", "B"), listed), digests(listed), ("A", "B"), REAL)
    shuffled = [
        ListedImage(one.source, one.labels[::-1], sex="F", view="PA") for one in random.Random(1).sample(listed, 40)
    ]
    second = arranged(Listing(("B", "A"), shuffled), digests(shuffled), ("A", "B"), REAL)
    assert content(first, listed) == content(second, shuffled)
    assert first.content_sha256 == second.content_sha256
    other = arranged(Listing(("A", "B"), shuffled), digests(shuffled), ("A", "B"), REAL)
    assert other.content_sha256 != first.content_sha256


def test_folds_are_drawn_in_the_ratio_of_the_real_ones():
    listed = images(40)
    found = arranged(Listing(("A", "B"), listed), digests(listed), ("A", "B"), REAL)
    assert found.split and [len(found.order[fold]) for fold in ("train", "valid")] == [30, 10]
    assert len(set(found.ids)) == 40
    # A few images: at least one of each fold.
    few = images(2)
    found = arranged(Listing(("A", "B"), few), digests(few), ("A", "B"), {"train": 1000, "valid": 1})
    assert [len(found.order[fold]) for fold in ("train", "valid")] == [1, 1]


def test_the_column_row_is_the_order():
    listed = [
        ListedImage(ImageSource(f"{number}.png"), (1, 0), "valid" if number < 3 else "train", row=row)
        for number, row in enumerate((7, 0, 3, 5, 1, 2))
    ]
    found = arranged(Listing(("A", "B"), listed), digests(listed), ("A", "B"), REAL)
    assert not found.split
    assert {fold: numbers.tolist() for fold, numbers in found.order.items()} == {"train": [4, 5, 3], "valid": [1, 2, 0]}
    twice = [*listed, ListedImage(ImageSource("again.png"), (1, 0), "train", row=5)]
    with pytest.raises(DataError, match="two synthetic images of a fold have the row 5"):
        arranged(Listing(("A", "B"), twice), digests(twice), ("A", "B"), REAL)


def test_equal_images_have_pseudonyms_of_their_own():
    listed = images(4, fold="train")
    same = [b"\0" * 32] * 4
    found = arranged(Listing(("A",), [ListedImage(one.source, (1,), "train") for one in listed]), same, ("A",), REAL)
    assert len(set(found.ids)) == 4


def test_what_is_known_of_nobody_is_no_covariate():
    listed = [ListedImage(ImageSource("a"), (1,), age=70), ListedImage(ImageSource("b"), (0,))]
    found = arranged(Listing(("A",), listed), digests(listed), ("A",), REAL)
    assert list(found.covariates) == ["age"] and found.covariates["age"].tolist() == [70, -1]
    plain = images(2)
    assert arranged(Listing(("A", "B"), plain), digests(plain), ("A", "B"), REAL).covariates is None


def test_a_label_is_missing():
    listed = images(2)
    with pytest.raises(DataError, match="the synthetic images have no label C; expected B, C.*received A, B"):
        arranged(Listing(("A", "B"), listed), digests(listed), ("B", "C"), REAL)


def test_further_labels_are_left_out():
    listed = images(4)
    found = arranged(Listing(("A", "B"), listed), digests(listed), ("B",), REAL)
    np.testing.assert_array_equal(found.labels, [[0], [0], [1], [1]])
