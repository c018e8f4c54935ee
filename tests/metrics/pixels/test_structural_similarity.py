"""MS-SSIM against TensorFlow's own, and the draw of pairs."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.metrics.pixels import structural_similarity
from medgan_tf.metrics.pixels.structural_similarity import multiscale_similarity, random_pairs, scales_for
from medgan_tf.metrics.streams import stream

WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])


@pytest.mark.parametrize(("side", "scales"), [(16, 1), (32, 2), (64, 3), (128, 4), (176, 5), (512, 5)])
def test_scales(side, scales):
    assert scales_for(side) == scales


def image_pairs(side):
    random = np.random.default_rng(side)
    coarse = random.integers(0, 256, (4, side // 4, side // 4)).repeat(4, axis=1).repeat(4, axis=2)
    noisy = np.clip(coarse + random.normal(0, 30, coarse.shape), 0, 255)
    return coarse[..., None].astype(np.uint8), noisy[..., None].astype(np.uint8)


@pytest.mark.parametrize("side", [16, 32, 64, 128])
def test_equals_tensorflow(side):
    first, second = image_pairs(side)
    weights = WEIGHTS[: scales_for(side)] / WEIGHTS[: scales_for(side)].sum()
    expected = tf.image.ssim_multiscale(first, second, 255, power_factors=weights.tolist()).numpy()
    np.testing.assert_allclose(multiscale_similarity(first, second), expected, atol=2e-5)


def test_copies_are_at_one_whatever_the_chunks(monkeypatch):
    first, second = image_pairs(32)
    np.testing.assert_allclose(multiscale_similarity(first, first), 1.0, rtol=1e-12)
    whole = multiscale_similarity(first, second)
    monkeypatch.setattr(structural_similarity, "_CHUNK_PIXELS", 1)
    np.testing.assert_array_equal(multiscale_similarity(first, second), whole)
    assert multiscale_similarity(first[:0], second[:0]).shape == (0,)


def test_wrong_images_are_refused():
    with pytest.raises(ValueError, match="must be pairs"):
        multiscale_similarity(np.zeros((2, 32, 32, 1)), np.zeros((3, 32, 32, 1)))
    with pytest.raises(ValueError, match="at least 11 pixels wide. Received: 8"):
        multiscale_similarity(np.zeros((2, 8, 8, 1)), np.zeros((2, 8, 8, 1)))


LABELS = np.array([[1, 0], [1, 0], [0, 1], [1, 0], [0, 1], [1, 1]])


def test_pairs_within_and_between_combinations():
    """Within: 6 ordered pairs of the first combination, 2 of the second, none of the third; all equally likely."""
    within = random_pairs(LABELS, 8000, True, stream(1, "pairs"))
    assert (LABELS[within[:, 0]] == LABELS[within[:, 1]]).all()
    assert (within[:, 0] != within[:, 1]).all()
    found, counts = np.unique(within, axis=0, return_counts=True)
    assert len(found) == 8
    assert counts.min() > 850 and counts.max() < 1150
    between = random_pairs(LABELS, 22_000, False, stream(1, "pairs"))
    assert (LABELS[between[:, 0]] != LABELS[between[:, 1]]).any(axis=1).all()
    found, counts = np.unique(between, axis=0, return_counts=True)
    assert len(found) == 22
    assert counts.min() > 850 and counts.max() < 1150


def test_no_such_pair():
    assert random_pairs(np.array([[1, 0], [0, 1]]), 10, True, stream(1, "pairs")).shape == (0, 2)
    assert random_pairs(np.array([[1, 0], [1, 0]]), 10, False, stream(1, "pairs")).shape == (0, 2)
