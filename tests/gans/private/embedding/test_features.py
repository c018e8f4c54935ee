"""Random Fourier features: their norm, and the kernel that their inner product approximates."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans.private.embedding.features import CONSTANT, NARROWEST, WIDEST, ImageFeatures

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), dtype=np.uint8)


def test_every_image_has_the_norm_1_and_the_same_first_feature():
    features = ImageFeatures.drawn(16, 101, seed=1)
    found = features.of_real(IMAGES)
    # 16, 8 and 4 pixels, of 100 features each has 16 cosines and 16 sines.
    assert [one.shape for one in features.frequencies] == [(256, 16), (64, 16), (16, 16)]
    assert found.shape == (6, features.count) == (6, 97)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-14)
    np.testing.assert_allclose(found[:, 0], np.sqrt(CONSTANT), rtol=1e-15)


def test_generated_images_have_the_features_of_real_ones():
    features = ImageFeatures.drawn(16, 200, seed=1)
    generated = features.of_generated(tf.constant(IMAGES / np.float32(127.5) - 1, tf.float32)).numpy()
    np.testing.assert_allclose(generated, features.of_real(IMAGES), atol=2e-6)


def kernel(first, second):
    """The kernel by numerical integration over the widths: mean over bands of exp(-d^2 / (2 (side width)^2))."""
    widths = NARROWEST * (WIDEST / NARROWEST) ** ((np.arange(4000) + 0.5) / 4000)
    difference = (first[..., 0].astype(float) - second[..., 0]) / 127.5
    half = np.array([[difference[i : i + 2, j : j + 2].mean() for j in range(0, 16, 2)] for i in range(0, 16, 2)])
    quarter = np.array([[half[i : i + 2, j : j + 2].mean() for j in range(0, 8, 2)] for i in range(0, 8, 2)])
    fine, coarse = np.kron(half, np.ones((2, 2))), np.kron(quarter, np.ones((2, 2)))
    parts = []
    for band in (difference - fine, half - coarse, quarter):
        side, square = len(band), np.square(band).sum()
        parts.append(np.exp(-square / (2 * (side * widths) ** 2)).mean())
    return CONSTANT + (1 - CONSTANT) * np.mean(parts)


def test_inner_products_approximate_the_gaussian_kernels():
    features = ImageFeatures.drawn(16, 60_001, seed=1)
    images = np.concatenate([IMAGES[:2], (IMAGES[:1] * 0.9).astype(np.uint8), np.full((1, 16, 16, 1), 7, np.uint8)])
    found = features.of_real(images)
    wanted = np.array([[kernel(one, other) for other in images] for one in images])
    assert wanted.min() < 0.6 and wanted[0, 2] > 0.7
    # 30,000 frequencies: a deviation of 1 / sqrt(2 * 30,000) = 0.004 at most.
    np.testing.assert_allclose(found @ found.T, wanted, atol=0.012)


def test_the_frequencies_are_public_and_depend_on_the_seed_alone():
    first, again, other = (ImageFeatures.drawn(32, 50, seed) for seed in (1, 1, 2))
    assert len(first.frequencies) == 4
    for one, same, different in zip(first.frequencies, again.frequencies, other.frequencies, strict=True):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, different)


@pytest.mark.parametrize("side", [16, 64])
def test_widths_are_relative_to_the_side(side):
    features = ImageFeatures.drawn(side, 2001, seed=3)
    for one in features.frequencies:
        # E |w|^2 of a column is 1 / width^2, whatever the side.
        inverse = np.square(one).sum(axis=0).mean()
        low, high = 1 / WIDEST**2, 1 / NARROWEST**2
        assert low < inverse < high
        assert inverse == pytest.approx((high - low) / np.log(high / low), rel=0.2)
