"""Grey images of several channels."""

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.checks.channels import colourfulness, grey_channel

GREY = np.random.default_rng(0).integers(0, 256, (5, 6)).astype(np.uint8)
THREE = np.stack([GREY] * 3, axis=-1)


@pytest.mark.parametrize(
    "values",
    [GREY, GREY[..., None], GREY[None], THREE, np.moveaxis(THREE, -1, 0), np.dstack([THREE, np.full_like(GREY, 255)])],
    ids=["plain", "last", "first", "three", "three first", "opaque"],
)
def test_grey_in_any_form(values):
    assert (grey_channel(values, "x.png") == GREY).all()


def test_nearly_equal_channels_are_grey():
    close = THREE.astype(int)
    close[..., 0] = np.clip(close[..., 0] + 3, 0, 255)
    assert (grey_channel(close.astype(np.uint8), "x.png") == GREY).all()


def test_colour_is_refused():
    coloured = THREE.copy()
    coloured[..., 0] = 255 - coloured[..., 0]
    with pytest.raises(DataError, match="x.png: expected a grey image.*received a coloured one.*write it in grey"):
        grey_channel(coloured, "x.png")


def test_the_difference_in_levels_of_255():
    """Two channels differ by 51 of 255 everywhere, as 16-bit values by 51 * 257."""
    values = np.zeros((2, 2, 3), np.uint8)
    values[..., 1] = 51
    assert colourfulness(values) == pytest.approx(51)
    assert colourfulness(values.astype(np.uint16) * 257) == pytest.approx(51)
    assert colourfulness(values[..., :1]) == 0


@pytest.mark.parametrize("shape", [(4,), (5, 6, 2), (2, 5, 6, 3), (0, 4)])
def test_other_shapes(shape):
    with pytest.raises(DataError, match="Received: an array of shape"):
        grey_channel(np.zeros(shape, np.uint8), "x.npy")


def test_transparent_parts():
    with pytest.raises(DataError, match="transparent parts"):
        grey_channel(np.dstack([THREE, GREY]), "x.png")
