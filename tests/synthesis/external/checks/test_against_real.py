"""All checks of a set together: their order, and that one mistake is one finding."""

import numpy as np
import pytest

from medgan_tf.synthesis.external.checks.against_real import RealSet, check_against_real


@pytest.fixture(scope="module")
def sets():
    """80 images that are dark at the top and bright at the left, with two label combinations, against themselves."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:24, :24]
    grey = 60 + 4 * y - 2 * x + 8 * random.normal(size=(80, 24, 24)) + 5 * random.normal(size=(80, 1, 1))
    images, labels = np.clip(np.rint(grey), 0, 255).astype(np.uint8), np.tile([[1, 0], [0, 1]], (40, 1))
    real = RealSet(images, labels, np.full(80, ""), ("A", "B"), {"train": 60, "valid": 20, "test": 0})
    return images[::-1], {"train": labels[:60], "valid": labels[60:]}, real


def statuses(images, labels, real):
    return {one.name: one.status for one in check_against_real(images, labels, real, 7)}


def test_a_set_like_the_real_one(sets):
    names = ["folds", "combinations", "empty", "orientation", "histogram"]
    assert statuses(*sets) == dict.fromkeys(names, "right")


def test_inverted_grey_is_one_mistake(sets):
    images, labels, real = sets
    found = statuses(255 - images, labels, real)
    assert (found["orientation"], found["histogram"]) == ("wrong", "right")


def test_more_images_than_are_looked_at(sets, monkeypatch):
    from medgan_tf.synthesis.external.checks import against_real

    monkeypatch.setattr(against_real, "MOST_IMAGES", 20)
    images, labels, real = sets
    first, again, other = (check_against_real(images, labels, real, seed)[-1].numbers for seed in (7, 7, 8))
    assert first == again != other
