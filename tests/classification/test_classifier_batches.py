"""Order and augmentation: functions of seed and position, labels staying with their images."""

import numpy as np
import pytest

from medgan_tf.classification.batches import augmented, classifier_batches

IMAGES = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1) * np.ones((1, 16, 16, 1), np.uint8)
LABELS = np.arange(20, dtype=np.float32)[:, None]


def batches(count, start=0, augmentation="flip", seed=3, images=IMAGES):
    found = classifier_batches(images, LABELS, batch=5, seed=seed, start=start, augmentation=augmentation)
    return [(x.numpy(), y.numpy()) for x, y in found.take(count)]


def test_every_image_once_per_pass_with_its_label():
    found = batches(4)
    numbers = np.concatenate([x[:, 0, 0, 0] for x, _ in found])
    assert sorted(numbers.tolist()) == list(range(20))
    np.testing.assert_array_equal(numbers, np.concatenate([y[:, 0] for _, y in found]))


def test_resumed_stream_goes_on():
    gradient = np.random.default_rng(0).integers(0, 255, (20, 16, 16, 1)).astype(np.uint8)
    whole = batches(6, augmentation="classical", images=gradient)
    rest = batches(3, start=15, augmentation="classical", images=gradient)
    for (x, y), (expected_x, expected_y) in zip(rest, whole[3:], strict=True):
        np.testing.assert_array_equal(x, expected_x)
        np.testing.assert_array_equal(y, expected_y)
    other = batches(1, augmentation="classical", images=gradient, seed=4)
    assert not np.array_equal(other[0][0], whole[0][0])


def test_half_of_the_images_are_mirrored():
    image = np.tile(np.arange(16, dtype=np.uint8)[None, :, None], (400, 16, 1, 1))
    result = augmented(image, 0, 0, "flip").numpy()
    mirrored = result[:, 0, 0, 0] == 15
    assert 0.4 < mirrored.mean() < 0.6
    np.testing.assert_array_equal(result[mirrored], image[mirrored][:, :, ::-1])
    np.testing.assert_array_equal(result[~mirrored], image[~mirrored])
    np.testing.assert_array_equal(augmented(image, 0, 0, "none"), image)


def test_classical_augmentation_moves_a_little():
    """A disc in the middle stays in the middle half of the image, and brightness stays within its limits."""
    y, x = np.mgrid[:32, :32]
    disc = (((y - 15.5) ** 2 + (x - 15.5) ** 2 < 16) * 200).astype(np.uint8)
    result = augmented(np.tile(disc[None, :, :, None], (64, 1, 1, 1)), 1, 0, "classical").numpy()[..., 0].astype(float)
    assert result.dtype == float and len({picture.tobytes() for picture in result}) == 64
    bright = result > result.max(axis=(1, 2), keepdims=True) / 2 + result[:, :1, :1] / 2
    centres = np.array([[y[mask].mean(), x[mask].mean()] for mask in bright])
    # 6 % of 32 pixels at most, and the middle does not turn away.
    assert np.abs(centres - 15.5).max() < 0.06 * 32 + 0.5
    assert centres.std(axis=0) == pytest.approx([1.1, 1.1], abs=0.3)
    areas = bright.sum(axis=(1, 2)) / (disc > 0).sum()
    assert 0.75 < areas.min() < 0.95 < 1.05 < areas.max() < 1.35
