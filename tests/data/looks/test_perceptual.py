"""Tests of the perceptual hash, on a chest that was altered as pictures are on their way between archives."""

import cv2
import numpy as np
import pytest

from medgan_tf.data.looks.perceptual import (
    ALIKE,
    MOST_DIFFERENT_BITS,
    UNKNOWN_SHAPE,
    details,
    shape_hash,
    small_picture,
)
from medgan_tf.phantom.chest_anatomy import draw_anatomy
from medgan_tf.phantom.chest_rendering import render_frontal
from medgan_tf.phantom.chest_view import draw_view


def _chest(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return render_frontal(draw_anatomy(rng), draw_view(rng, True, False, 320, 390), {}, rng)


@pytest.fixture(scope="module")
def chests() -> list[np.ndarray]:
    return [_chest(seed) for seed in range(8)]


def _different_bits(first: np.ndarray, second: np.ndarray) -> int:
    return (int(shape_hash(first), 16) ^ int(shape_hash(second), 16)).bit_count()


def _agreement(first: np.ndarray, second: np.ndarray) -> float:
    return float(details(small_picture(first)) @ details(small_picture(second)))


_COPIES = {
    "half": lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "square": lambda image: cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA),
    "jpeg": lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 0),
    "gamma": lambda image: np.rint(255 * (image / 255.0) ** 0.8).astype(np.uint8),
    "window": lambda image: np.clip((image - 10.0) * 255 / 235, 0, 255).astype(np.uint8),
    "large": lambda image: cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC),
}


@pytest.mark.parametrize("alter", _COPIES.values(), ids=list(_COPIES))
def test_a_copy_is_known_again(alter, chests):
    for image in chests:
        assert _different_bits(image, alter(image)) <= MOST_DIFFERENT_BITS
        assert _agreement(image, alter(image)) >= ALIKE


def test_chests_of_different_people_are_told_apart(chests):
    pairs = [(a, b) for number, a in enumerate(chests) for b in chests[number + 1 :]]
    assert min(_different_bits(*pair) for pair in pairs) > MOST_DIFFERENT_BITS
    assert max(_agreement(*pair) for pair in pairs) < 0.85


def test_an_image_of_one_grey_level_has_no_shape():
    assert shape_hash(np.full((50, 70), 9, np.uint8)) == UNKNOWN_SHAPE
    assert not details(np.full((32, 32), 9, np.uint8)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 3), (33, 2000)])
def test_any_size_has_a_hash(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert len(shape_hash(image)) == 16
    assert small_picture(image).shape == (32, 32)
