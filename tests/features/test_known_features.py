"""Features of an image are computed once: what is asked for, in which order it comes back, and what is kept."""

import numpy as np
import pytest

from medgan_tf.features.known_features import KnownFeatures

IMAGES = np.arange(6, dtype=np.uint8).repeat(16).reshape(6, 4, 4, 1)


class Means:
    """Mean grey value as the only feature; counts the images that it computes."""

    def __init__(self):
        self.seen = []

    def __call__(self, images, progress):
        self.seen += [int(image[0, 0, 0]) for image in images]
        progress(len(images), len(images))
        return images.reshape(len(images), -1).mean(axis=1, keepdims=True).astype(np.float32)


@pytest.fixture
def means():
    return Means()


def asked(known, means, rows):
    reports = []
    found = known.of(IMAGES[rows], means, lambda *counts: reports.append(counts))
    assert found[:, 0].tolist() == list(rows) and found.dtype == np.float32
    return reports


def test_only_new_images_are_computed_and_all_come_back_in_order(means):
    known = KnownFeatures()
    assert asked(known, means, [0, 1, 2]) == [(3, 3)]
    assert asked(known, means, [4, 1, 3, 0]) == [(4, 4)]
    assert asked(known, means, [3, 2])[-1] == (2, 2)
    assert means.seen == [0, 1, 2, 4, 3]


def test_equal_images_of_a_call_are_computed_once(means):
    asked(KnownFeatures(), means, [5, 2, 5, 5])
    assert means.seen == [5, 2]


def test_the_shape_belongs_to_the_image(means):
    known = KnownFeatures()
    known.of(IMAGES[:1], means, lambda *counts: None)
    known.of(IMAGES[:1].reshape(1, 2, 8, 1), means, lambda *counts: None)
    assert means.seen == [0, 0]


def test_features_of_an_earlier_process_are_taken(means):
    known = KnownFeatures()
    known.keep(IMAGES[:2], np.array([[0.0], [1.0]], np.float32))
    asked(known, means, [1, 0, 2])
    assert means.seen == [2]


def test_no_more_is_kept_than_there_is_room_for(means):
    known = KnownFeatures(most_bytes=8)
    asked(known, means, [0, 1, 2, 3])
    asked(known, means, [0, 1, 2])
    assert means.seen == [0, 1, 2, 3, 2]


def test_a_row_does_not_keep_the_array_it_came_from(means):
    known = KnownFeatures()
    found = known.of(IMAGES[:3], means, lambda *counts: None)
    found[:] = 9
    asked(known, means, [0, 1, 2])
