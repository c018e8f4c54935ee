"""cpD-GAN against outputs, losses and gradients of the published networks (tests/golden/cpd_32.npz)."""

import numpy as np
import pytest
import tensorflow as tf
from golden_values import TOLERANCE, nhwc, read_golden, relative_error

from medgan_tf.gans import build_gan
from medgan_tf.gans.penalties import mix_images
from medgan_tf.gans.published_weights import _to_published, dump_published, load_published, published_variables
from medgan_tf.layers import pieces


@pytest.fixture(scope="module")
def golden():
    return read_golden("cpd_32.npz")[0]


@pytest.fixture(scope="module")
def weights():
    return read_golden("cpd_32.npz")[1]


@pytest.fixture(scope="module")
def gan(weights):
    gan = build_gan("cpd", resolution=32, label_count=6, max_channels=16, latent_size=16)
    load_published(gan, weights)
    return gan


@pytest.fixture(params=[False, True], ids=["plain", "pieces"])
def pieces_too(request, monkeypatch):
    """Both ways to compute: plain operations, and the layers of 32 x 32 pixels with compiled pieces, in float32 too."""
    monkeypatch.setattr(pieces, "SMALLEST", 4 * 32 * 32 * 16)
    monkeypatch.setattr(pieces, "WIDEST", 4)
    with pieces.compiled_pieces(request.param):
        yield


def gradients_by_name(tape, loss, network):
    named = published_variables(network)
    gradients = tape.gradient(loss, [variable.value for variable, _ in named.values()])
    for (name, (_, layer)), gradient in zip(named.items(), gradients, strict=True):
        yield name, gradient.numpy() if layer is None else _to_published(layer, gradient.numpy())


def test_generator_step(gan, golden, pieces_too):
    with tf.GradientTape() as tape:
        loss, parts = gan.generator_loss(golden["z_g"], golden["labels_g"])
        mean = tf.reduce_mean(loss)
    assert relative_error(parts["images"], nhwc(golden["images_g"])) < TOLERANCE
    assert relative_error(parts["score_fake"], golden["scores_fake_g"][:, 0]) < TOLERANCE
    assert relative_error(loss, golden["loss_g"]) < TOLERANCE
    names = []
    for name, gradient in gradients_by_name(tape, mean, gan.generator):
        names.append(name)
        assert relative_error(gradient, golden[f"grad_g/{name}"]) < TOLERANCE, name
    assert sorted(names) == sorted(name.removeprefix("grad_g/") for name in golden if name.startswith("grad_g/"))


def test_discriminator_step(gan, golden, pieces_too):
    fakes = gan.generator([golden["z_d"], golden["labels_d"]])
    assert relative_error(fakes, nhwc(golden["images_d"])) < TOLERANCE
    with tf.GradientTape() as tape:
        mix = golden["mix"].reshape(-1)
        loss, parts = gan.objective.discriminator(
            gan.discriminator, nhwc(golden["reals"]), fakes, golden["labels_d"], mix
        )
        mean = tf.reduce_mean(loss)
    for ours, published in (("real", "scores_real"), ("fake", "scores_fake")):
        assert relative_error(parts[f"score_{ours}"], golden[published][:, 0]) < TOLERANCE, published
    mixed = gan.discriminator([mix_images(nhwc(golden["reals"]), fakes, mix), golden["labels_d"]])
    assert relative_error(mixed, golden["scores_mixed"][:, 0]) < TOLERANCE
    assert relative_error(parts["gradient_norm"], golden["grad_norm"]) < TOLERANCE
    assert relative_error(loss, golden["loss_d"]) < TOLERANCE
    names = []
    for name, gradient in gradients_by_name(tape, mean, gan.discriminator):
        names.append(name)
        assert relative_error(gradient, golden[f"grad_d/{name}"]) < TOLERANCE, name
    assert sorted(names) == sorted(name.removeprefix("grad_d/") for name in golden if name.startswith("grad_d/"))


def test_published_weights_round_trip(gan, weights):
    dumped = dump_published(gan)
    assert sorted(dumped) == sorted(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(dumped[name], array, err_msg=name)


def test_published_average_is_kept_apart(weights):
    gan = build_gan("cpd", resolution=32, label_count=6, max_channels=16, latent_size=16)
    load_published(gan, weights)
    for average, weight in zip(gan.ema_generator.variables, gan.generator.variables, strict=True):
        np.testing.assert_array_equal(average.numpy(), weight.numpy())
    arrays = dump_published(gan, with_average=True)
    arrays["Gs/4x4/Conv/weight"] = arrays["Gs/4x4/Conv/weight"] + 1
    load_published(gan, arrays)
    again = dump_published(gan, with_average=True)
    np.testing.assert_array_equal(again["Gs/4x4/Conv/weight"], weights["G/4x4/Conv/weight"] + 1)
    np.testing.assert_array_equal(again["G/4x4/Conv/weight"], weights["G/4x4/Conv/weight"])


def test_published_weights_that_do_not_fit(weights):
    other = build_gan("cpd", resolution=32, label_count=6, max_channels=16, latent_size=16)
    before = dump_published(other)
    with pytest.raises(ValueError, match="1 names missing.*G/4x4/Conv/bias"):
        load_published(other, {name: array for name, array in weights.items() if name != "G/4x4/Conv/bias"})
    with pytest.raises(ValueError, match="1 unknown.*G/64x64/Conv1/bias"):
        load_published(other, {**weights, "G/64x64/Conv1/bias": np.zeros(16, np.float32)})
    with pytest.raises(ValueError, match=r"D/Output/bias must have shape \(6,\)"):
        load_published(other, {**weights, "D/Output/bias": np.zeros(5, np.float32)})
    after = dump_published(other)
    assert all(np.array_equal(before[name], after[name]) for name in before)
