"""prog-GAN at five levels of detail against outputs, losses and gradients of the published networks (prog_32.npz)."""

import numpy as np
import pytest
import tensorflow as tf
from golden_values import TOLERANCE, nhwc, read_golden, relative_error

from medgan_tf.gans import build_gan
from medgan_tf.gans.penalties import mix_images
from medgan_tf.gans.published_weights import _to_published, dump_published, load_published, published_variables

LEVELS = ("0.0", "0.3", "1.0", "1.6", "2.0")


@pytest.fixture(scope="module")
def golden():
    return read_golden("prog_32.npz")[0]


@pytest.fixture(scope="module")
def weights():
    return read_golden("prog_32.npz")[1]


@pytest.fixture(scope="module")
def gan(weights):
    gan = build_gan("progressive", resolution=32, label_count=6, max_channels=16, latent_size=16)
    load_published(gan, weights)
    return gan


def assert_gradients(tape, loss, network, golden, prefix):
    """Equal where the level reaches the variable; no gradient where the published one is zero."""
    named = published_variables(network)
    assert sorted(named) == sorted(name.removeprefix(prefix) for name in golden if name.startswith(prefix))
    gradients = tape.gradient(loss, [variable.value for variable, _ in named.values()])
    for (name, (_, layer)), gradient in zip(named.items(), gradients, strict=True):
        expected = golden[prefix + name]
        if gradient is None:
            assert not expected.any(), name
            continue
        assert expected.any(), name
        actual = gradient.numpy() if layer is None else _to_published(layer, gradient.numpy())
        assert relative_error(actual, expected) < TOLERANCE, name


@pytest.mark.parametrize("level", LEVELS)
def test_generator_step(gan, golden, level):
    gan.level_of_detail = float(level)
    prefix = f"lod{level}/"
    with tf.GradientTape() as tape:
        loss, parts = gan.generator_loss(golden["z_g"], golden["labels_g"])
        mean = tf.reduce_mean(loss)
    assert relative_error(parts["images"], nhwc(golden[prefix + "images_g"])) < TOLERANCE
    assert relative_error(parts["score_fake"], golden[prefix + "scores_fake_g"][:, 0]) < TOLERANCE
    assert relative_error(loss, golden[prefix + "loss_g"]) < TOLERANCE
    assert_gradients(tape, mean, gan.generator, golden, prefix + "grad_g/")


@pytest.mark.parametrize("level", LEVELS)
def test_discriminator_step(gan, golden, level):
    gan.level_of_detail = float(level)
    prefix = f"lod{level}/"
    labels, reals = golden["labels_d"], nhwc(golden["reals"])
    fakes = gan.generator([golden["z_d"], labels])
    assert relative_error(fakes, nhwc(golden[prefix + "images_d"])) < TOLERANCE
    with tf.GradientTape() as tape:
        loss, parts = gan.objective.discriminator(gan.discriminator, reals, fakes, labels, golden["mix"].reshape(-1))
        mean = tf.reduce_mean(loss)
    for ours in ("real", "fake"):
        assert relative_error(parts[f"score_{ours}"], golden[f"{prefix}scores_{ours}"][:, 0]) < TOLERANCE, ours
    mixed = gan.discriminator([mix_images(reals, fakes, golden["mix"].reshape(-1)), labels])[0]
    assert relative_error(mixed, golden[prefix + "scores_mixed"][:, 0]) < TOLERANCE
    assert relative_error(loss, golden[prefix + "loss_d"]) < TOLERANCE
    for ours, images in (("real", reals), ("fake", fakes)):
        label_logits = gan.discriminator([images, labels])[1]
        assert relative_error(label_logits, golden[f"{prefix}logits_{ours}"]) < TOLERANCE, ours
    assert_gradients(tape, mean, gan.discriminator, golden, prefix + "grad_d/")


def test_level_of_detail_is_read_back(gan):
    for level in LEVELS:
        gan.level_of_detail = float(level)
        assert gan.level_of_detail == pytest.approx(float(level), abs=1e-6)
    for impossible in (-0.5, 3.5, 4.0):
        with pytest.raises(ValueError, match="level of detail must be from 0 to 3"):
            gan.level_of_detail = impossible
    gan.level_of_detail = 0.0


def test_published_weights_round_trip(gan, weights):
    dumped = dump_published(gan)
    assert sorted(dumped) == sorted(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(dumped[name], array, err_msg=name)


def test_real_images_are_faded_like_generated_ones(gan):
    images = np.random.default_rng(0).standard_normal((2, 32, 32, 1)).astype(np.float32)
    halves = images.reshape(2, 16, 2, 16, 2, 1).mean(axis=(2, 4))
    quarters = images.reshape(2, 8, 4, 8, 4, 1).mean(axis=(2, 4))

    def repeat(small, times):
        return small.repeat(times, axis=1).repeat(times, axis=2)

    gan.level_of_detail = 0.0
    np.testing.assert_array_equal(gan.prepare_images(images), images)
    gan.level_of_detail = 1.0
    np.testing.assert_allclose(gan.prepare_images(images), repeat(halves, 2), rtol=1e-5, atol=1e-6)
    gan.level_of_detail = 1.25
    expected = 0.75 * repeat(halves, 2) + 0.25 * repeat(quarters, 4)
    np.testing.assert_allclose(gan.prepare_images(images), expected, rtol=1e-5, atol=1e-6)
    gan.level_of_detail = 0.0
