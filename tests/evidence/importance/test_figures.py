"""Importance maps over images: one scale for the maps of a row, and flat maps stay white of red."""

import numpy as np
import pytest

from medgan_tf.evidence.importance.figures import overlay, row_scale

IMAGE = np.full((16, 16, 1), 100, np.uint8)


def test_the_scale_is_that_of_the_row_without_flat_maps():
    increases = np.array([np.full((4, 4), 0.2), np.full((4, 4), 0.5), np.full((4, 4), 9.0)])
    assert row_scale(increases, np.array([False, False, True])) == pytest.approx(0.5)
    assert row_scale(increases, np.array([True, True, True])) == 0


def test_equal_colours_are_equal_increases():
    """A classifier whose loss hardly changes is no longer as red as one whose loss changes much."""
    weak, strong = np.full((4, 4), 0.001), np.full((4, 4), 1.0)
    top = row_scale(np.array([weak, strong]), np.array([False, False]))
    pale, red = (overlay(IMAGE, one, top).astype(int) for one in (weak, strong))
    assert red[0, 0, 0] - red[0, 0, 1] > 80 > 5 > abs(pale[0, 0, 0] - pale[0, 0, 1])


def test_a_flat_map_is_the_image():
    assert (overlay(IMAGE, np.full((4, 4), 3.0), 0.0) == 100).all()
