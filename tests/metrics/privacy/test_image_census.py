"""The census against a search over all pairs, and what it must not call a copy."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.image_census import SHIFTED, TURNS, image_census

SIDE = 12


def random_images(count, seed, levels=256):
    return np.random.default_rng(seed).integers(0, levels, (count, SIDE, SIDE, 1), np.uint8)


def by_hand(image, turn):
    """What the words of a turn say, written out."""
    turned = image[:, ::-1] if turn.startswith("mirrored") else image
    for angle, times in (("90", 1), ("180", 2), ("270", 3)):
        if f"by {angle} " in turn:
            turned = np.rot90(turned, times)
    return turned


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("turn", TURNS)
def test_every_turn_is_named(turn, inverted):
    """The released image, turned as the words say, is the real one."""
    images, real = random_images(5, 0), random_images(9, 1)
    real[7] = by_hand(images[3], turn)
    if inverted:
        real[7] = 255 - real[7]
    found = image_census(images, real)
    assert [(one.row, one.real, one.kind) for one in found.equal] == [(3, 7, turn + (", inverted" if inverted else ""))]
    assert (found.compared, found.real, found.blank) == (5, 9, 0)


@pytest.mark.parametrize("down, right", [(d, r) for d in (-1, 0, 1) for r in (-1, 0, 1)])
def test_shifts_by_a_pixel(down, right):
    """What moves in at the edge may be anything; only the common interior counts."""
    images, real = random_images(4, 2), random_images(6, 3)
    images[2] = np.roll(real[5], (down, right), (0, 1))
    images[2, [0, -1]], images[2, :, [0, -1]] = 7, 9
    (found,) = image_census(images, real).equal
    assert (found.row, found.real, found.kind) == (2, 5, "exact" + SHIFTED)


def test_a_shift_by_two_pixels_and_one_changed_pixel_are_none():
    real = random_images(3, 4)
    moved, changed = np.roll(real[:1], 2, 1), real[:1].copy()
    changed[0, 5, 5] ^= 1
    assert image_census(np.concatenate([moved, changed]), real).equal == []


def test_all_pairs_of_small_images_with_many_chance_matches():
    """Images of two grey levels, 4 x 4: many are equal in some way, and the census finds the same as all pairs."""
    random = np.random.default_rng(5)
    images, real = (random.integers(0, 2, (60, 4, 4, 1), np.uint8) * 255 for _ in range(2))
    found = {one.row: one for one in image_census(images, real).equal}
    expected = {}
    for row, image in enumerate(images):
        turns = [by_hand(one, turn) for one in (image, 255 - image) for turn in TURNS]
        if np.ptp(image) and any((turned == other).all() for turned in turns for other in real):
            expected[row] = "whole"
        elif np.ptp(image[1:-1, 1:-1]) and any(
            (turned[1:-1, 1:-1] == other[1 + d : 3 + d, 1 + r : 3 + r]).all()
            for turned in turns for other in real for d in (-1, 0, 1) for r in (-1, 0, 1)
        ):  # fmt: skip
            expected[row] = "inner"
    assert set(found) == set(expected) and len(found) > 30
    assert all((SHIFTED in found[row].kind) == (part == "inner") for row, part in expected.items())


def test_images_of_one_grey_level_are_no_copies():
    images, real = random_images(3, 6), random_images(3, 7)
    images[1], real[0] = 0, 0
    # Black within a frame: its interior is everywhere, the whole image is not.
    images[2], real[1] = 0, 0
    images[2, 0], real[1, 0] = 200, 100
    found = image_census(images, real)
    assert found.equal == [] and (found.blank, found.real_blank) == (1, 1)
    real[2] = images[2]
    assert [(one.row, one.kind) for one in image_census(images, real).equal] == [(2, "exact")]


def test_images_of_other_sizes():
    with pytest.raises(ValueError, match="square images of one size"):
        image_census(random_images(1, 0), np.zeros((1, 8, 8, 1), np.uint8))
