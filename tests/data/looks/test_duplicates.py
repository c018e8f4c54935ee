"""Tests of finding the same picture under several patients."""

import cv2
import numpy as np
import pytest

from medgan_tf.data.looks.duplicates import connected, find_duplicates
from medgan_tf.data.looks.perceptual import shape_hash, small_picture


def _found(digests, patients, hashes=None, constant=None, small=None):
    count = len(digests)
    known = {name: number for number, name in enumerate(sorted(set(patients) - {""}))}
    found = find_duplicates(
        np.array(digests),
        np.zeros(count, np.uint64) if hashes is None else np.array(hashes, np.uint64),
        np.array([known.get(name, -1) for name in patients], np.int64),
        np.zeros(count, bool) if constant is None else np.array(constant),
        small,
    )
    return [rows.tolist() for rows in found.pictures], found.exact.tolist(), found.same_patient


def test_equal_pixels_under_several_patients_and_under_one():
    digests = ["a", "b", "a", "c", "b", "c", "d", "a"]
    patients = ["1", "1", "2", "3", "1", "4", "5", "2"]
    assert _found(digests, patients) == ([[0, 2, 7], [3, 5]], [True, True], 1)


def test_images_of_one_grey_level_are_not_the_same_picture():
    assert _found(["a", "a", "b", "b"], ["1", "2", "1", "2"], constant=[True, True, False, False])[0] == [[2, 3]]


def test_an_unknown_patient_is_another_one_each_time():
    assert _found(["a", "a", "b"], ["", "", ""]) == ([[0, 1]], [True], 0)


def _texture(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24), np.uint8)
    return cv2.resize(noise, (240, 240), interpolation=cv2.INTER_CUBIC)


def _near(images, patients, digests=None):
    small = np.array([small_picture(image) for image in images])
    hashes = [int(shape_hash(image), 16) for image in images]
    digests = digests or [str(number) for number in range(len(images))]
    return _found(digests, patients, hashes, small=lambda rows: small[rows])


def test_nearly_equal_pictures_are_found():
    first, second = _texture(1), _texture(2)
    smaller = cv2.resize(first, (150, 150), interpolation=cv2.INTER_AREA)
    darker = np.clip(255 * (first / 255.0) ** 1.3, 0, 255).astype(np.uint8)
    assert _near([first, second, smaller, darker], ["1", "2", "3", "4"]) == ([[0, 2, 3]], [False], 0)
    # Of one patient, that is no trouble.
    assert _near([first, second, smaller], ["1", "2", "1"]) == ([], [], 0)
    # Equal to one and nearly equal to another: one picture.
    assert _near([first, first, smaller], ["1", "1", "3"], ["a", "a", "b"]) == ([[0, 1, 2]], [False], 1)


def test_equal_hashes_alone_do_not_make_two_pictures_one():
    small = np.array([small_picture(_texture(seed)) for seed in (1, 2)])
    assert _found(["a", "b"], ["1", "2"], [7, 7], small=lambda rows: small[rows])[0] == []
    assert _found(["a", "b"], ["1", "2"], [7, 7])[0] == []


def test_nothing_in_nothing():
    assert _found([], [], small=lambda rows: rows) == ([], [], 0)


@pytest.mark.parametrize("pairs", [[(4, 3), (1, 3), (0, 2)], [(0, 2), (3, 1), (3, 4)]])
def test_what_belongs_together_whatever_the_order(pairs):
    assert connected(6, np.array(pairs)).tolist() == [0, 1, 0, 1, 1, 5]
