"""Sliced Wasserstein distance against scipy's one-dimensional one, and what the pyramid separates."""

import numpy as np
import pytest
from formula_features import formula_features
from scipy.ndimage import gaussian_filter
from scipy.stats import wasserstein_distance

from medgan_tf.metrics.pixels.sliced_wasserstein import (
    laplacian_levels,
    patch_descriptors,
    sliced_distance,
)
from medgan_tf.metrics.streams import stream

FIRST, SECOND = formula_features(60, 49, 0.0), formula_features(60, 49, 0.25)


def test_equals_scipy_direction_by_direction():
    axes = np.random.default_rng(3).standard_normal((49, 20))
    axes /= np.linalg.norm(axes, axis=0)
    first, second = ((array - array.mean()) / array.std() for array in (FIRST, SECOND))
    expected = np.mean([wasserstein_distance(first @ axis, second @ axis) for axis in axes.T])
    assert sliced_distance(FIRST, SECOND, np.random.default_rng(3), directions=20) == pytest.approx(expected, rel=1e-10)


def test_brightness_and_contrast_do_not_count():
    assert sliced_distance(FIRST, FIRST * 3 + 5, stream(0, "directions")) == pytest.approx(0.0, abs=1e-12)


def images(count, seed):
    noise = np.random.default_rng(seed).standard_normal((count, 64, 64))
    smooth = gaussian_filter(noise, (0, 2, 2))
    return np.clip(128 + 300 * smooth, 0, 255).astype(np.uint8)[..., None]


def test_pyramid_levels():
    assert laplacian_levels(16) == (16,)
    assert laplacian_levels(128) == (128, 64, 32, 16)
    found = patch_descriptors(images(3, 0), stream(0, "patches"))
    assert {side: array.shape for side, array in found.items()} == {side: (3, 128, 49) for side in (64, 32, 16)}


def test_bands_of_a_flat_image_are_empty_but_for_the_last():
    found = patch_descriptors(np.full((2, 32, 32, 1), 77, np.uint8), stream(0, "patches"))
    np.testing.assert_allclose(found[32], 0.0, atol=1e-4)
    np.testing.assert_allclose(found[16], 77.0, atol=1e-4)


def test_lost_detail_shows_at_the_finest_level():
    real, other = images(200, 1), images(200, 2)
    blurred = gaussian_filter(other[..., 0].astype(float), (0, 1.5, 1.5)).astype(np.uint8)[..., None]
    first, second, third = (patch_descriptors(one, stream(0, "patches")) for one in (real, other, blurred))
    floor, distances = (
        {side: sliced_distance(first[side], one[side], stream(0, "directions"), 64) for side in first}
        for one in (second, third)
    )
    assert distances[64] > 3 * floor[64]
    assert distances[64] - floor[64] > 2 * (distances[16] - floor[16])


def test_many_images_have_fewer_patches_each():
    assert patch_descriptors(np.zeros((2048, 16, 16, 1), np.uint8), stream(0, "patches"))[16].shape == (2048, 32, 49)


def test_small_images_are_refused():
    with pytest.raises(ValueError, match="at least 16 pixels wide. Received: 8"):
        patch_descriptors(np.zeros((2, 8, 8, 1), np.uint8), stream(0, "patches"))
