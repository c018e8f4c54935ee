"""Differentiable augmentation: each operation by hand, its strength, its gradient."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.config.schema import AugmentationConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans import augmentation, build_gan
from medgan_tf.gans.augmentation import Augmentation

IMAGES = np.random.default_rng(1).uniform(-1, 1, (3, 8, 8, 1)).astype(np.float32)


def amounts(*values):
    return tf.constant(values, tf.float32)


def test_brightness():
    changed = augmentation.brightness(IMAGES, amounts(0.0, 0.5, 1.0), None)
    np.testing.assert_allclose(
        changed - IMAGES, np.broadcast_to(np.reshape([-0.5, 0, 0.5], (3, 1, 1, 1)), IMAGES.shape), atol=1e-6
    )


def test_contrast_keeps_the_mean():
    changed = augmentation.contrast(IMAGES, amounts(0.0, 0.5, 1.0), None).numpy()
    np.testing.assert_allclose(changed.mean(axis=(1, 2, 3)), IMAGES.mean(axis=(1, 2, 3)), atol=1e-6)
    np.testing.assert_allclose(changed.std(axis=(1, 2, 3)) / IMAGES.std(axis=(1, 2, 3)), [0.5, 1.0, 1.5], rtol=1e-5)


def test_translation_by_whole_pixels():
    # At 8 pixels an eighth is one: amounts 0, 0.5 and 0.99 are shifts by -1, 0 and 1.
    changed = augmentation.translation(IMAGES, amounts(0.0, 0.5, 0.99), amounts(0.5, 0.5, 0.0)).numpy()
    up = np.concatenate([IMAGES[0, 1:], np.full((1, 8, 1), -1)], axis=0)
    np.testing.assert_allclose(changed[0], up, atol=1e-6)
    np.testing.assert_allclose(changed[1], IMAGES[1], atol=1e-6)
    down_left = np.full((8, 8, 1), -1.0)
    down_left[1:, :-1] = IMAGES[2, :-1, 1:]
    np.testing.assert_allclose(changed[2], down_left, atol=1e-6)


def test_cutout_is_half_the_side():
    changed = augmentation.cutout(IMAGES, amounts(0.5, 0.0, 0.5), amounts(0.5, 0.0, 1.0)).numpy()
    for image, rows, columns in (
        (0, slice(2, 6), slice(2, 6)),
        (1, slice(0, 2), slice(0, 2)),
        (2, slice(2, 6), slice(6, 8)),
    ):
        expected = IMAGES[image].copy()
        expected[rows, columns] = 0
        np.testing.assert_array_equal(changed[image], expected)


def test_mirror():
    changed = augmentation.mirror(IMAGES, amounts(0.4, 0.6, 0.0), None).numpy()
    np.testing.assert_array_equal(changed, np.stack([IMAGES[0, :, ::-1], IMAGES[1], IMAGES[2, :, ::-1]]))


def test_strength_is_the_share_of_changed_images():
    augment = Augmentation(AugmentationConfig(operations=("brightness",), strength=0.3))
    images = tf.zeros([2000, 2, 2, 1])
    numbers = tf.random.stateless_uniform([2000, *augment.draw_shape], [1, 2])
    changed = np.abs(augment(images, numbers).numpy()).max(axis=(1, 2, 3)) > 0
    assert changed.mean() == pytest.approx(0.3, abs=0.03)
    augment.strength.assign(0.0)
    np.testing.assert_array_equal(augment(images, numbers), images)


@pytest.mark.parametrize("name", sorted(augmentation.OPERATIONS))
def test_gradients_pass(name):
    augment = Augmentation(AugmentationConfig(operations=(name,)))
    images, numbers = tf.constant(IMAGES), tf.random.stateless_uniform([3, *augment.draw_shape], [3, 4])
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(augment(images, numbers) * 2.0)
    gradient = tape.gradient(total, images).numpy()
    # Every pixel that is still in the picture counts twice; contrast shares this among the pixels of an image.
    expected = {"contrast": 2.0 * 64}.get(name)
    if expected:
        np.testing.assert_allclose(gradient.sum(axis=(1, 2, 3)), expected, rtol=1e-4)
    else:
        assert set(np.unique(np.round(gradient, 4))) <= {0.0, 2.0}
        assert (gradient > 0).mean() > 0.5


def test_strength_follows_the_target():
    augment = Augmentation(AugmentationConfig(strength=0.0, target=0.6, adaptation_images=100))
    for sign, expected in ((0.9, 0.16), (0.9, 0.32), (0.2, 0.16), (0.2, 0.0), (0.2, 0.0)):
        augment.adapt(tf.constant(sign), tf.constant(16))
        assert float(augment.strength) == pytest.approx(expected, abs=1e-6)
    for _ in range(10):
        augment.adapt(tf.constant(1.0), tf.constant(16))
    assert float(augment.strength) == 1.0


def test_fixed_strength_stays():
    augment = Augmentation(AugmentationConfig(strength=0.5))
    augment.adapt(tf.constant(1.0), tf.constant(16))
    assert float(augment.strength) == 0.5


def test_target_needs_signed_logits():
    with pytest.raises(ConfigError, match="a loss other than 'wasserstein': hinge, non_saturating or logistic"):
        build_gan("cpd", resolution=16, label_count=2, max_channels=4, augmentation={"target": 0.6})
    gan = build_gan("cpd", resolution=16, label_count=2, max_channels=4, loss="logistic", augmentation={"target": 0.6})
    assert list(gan.extra_state) == ["augmentation"]
