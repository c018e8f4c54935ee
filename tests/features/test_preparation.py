"""How grey images become what a network expects, against values by hand."""

import numpy as np
import pytest

from medgan_tf.features.preparation import grey_to_channels, resize_2015, resize_smooth

ROW = np.array([0, 10, 20, 40], np.float32)
IMAGE = np.tile(ROW, (4, 1))[None, :, :, None]


def test_grey_in_every_channel():
    found = grey_to_channels(IMAGE, 3).numpy()
    assert found.shape == (1, 4, 4, 3)
    for channel in range(3):
        np.testing.assert_array_equal(found[..., channel], IMAGE[..., 0])
    assert grey_to_channels(IMAGE, 1) is IMAGE


def test_shrinking_is_antialiased():
    """From 4 to 2 pixels a triangle of width 4 around 1 and 3, which has the weights 1, 3, 3, 1 where it is whole."""
    found = resize_smooth(IMAGE, 2).numpy()[0, 0, :, 0]
    left = (3 * 0 + 3 * 10 + 1 * 20) / 7
    right = (1 * 10 + 3 * 20 + 3 * 40) / 7
    assert found.tolist() == pytest.approx([left, right])


def test_the_resize_of_2015_takes_single_pixels():
    """Without half-pixel centres and antialiasing: to 2 pixels, those at 0 and 2; to 8 pixels, steps of a half."""
    assert resize_2015(IMAGE, 2).numpy()[0, 0, :, 0].tolist() == [0, 20]
    assert resize_2015(IMAGE, 8).numpy()[0, 0, :, 0].tolist() == [0, 5, 10, 15, 20, 30, 40, 40]
