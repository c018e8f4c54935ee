"""Keras's files: a GAN, and each network alone, come back equal and go on as if nothing had happened."""

import json
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
import warm_python
from small_settings import SMALL

from medgan_tf.gans import build_gan, load_gan
from medgan_tf.gans.schedule import Phase
from medgan_tf.registry import GANS

each_architecture = pytest.mark.parametrize("name", GANS.names())
LABELS = np.eye(3, dtype=np.float32)[np.arange(16) % 3]
IMAGES = np.random.default_rng(1).integers(0, 256, (16, 16, 16, 1), dtype=np.uint8)


def small_gan(name, **options):
    return build_gan(name, resolution=16, label_count=3, **{**SMALL[name], **options})


def trained(name, **options):
    """After one step whose learning rates move every weight."""
    gan = small_gan(name, **options)
    gan.compile(labels=LABELS, seed=5, ema_decay=0.5, beta_1=0.5)
    gan.train_step((IMAGES, LABELS))
    return gan


def state(gan):
    parts = [*(network.variables for network in (gan.generator, gan.discriminator, gan.ema_generator))]
    parts += [gan.generator_optimizer.variables, gan.discriminator_optimizer.variables]
    values = {f"{number} {variable.path}": variable.numpy() for number, part in enumerate(parts) for variable in part}
    return {**values, "images_seen": gan.images_seen.numpy()}


def assert_equal(first, second):
    assert len(first) == len(second)
    for (path, one), other in zip(first.items(), second.values(), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=path)


@each_architecture
def test_a_gan_comes_back_and_goes_on(name, tmp_path):
    gan = trained(name, loss="logistic", augmentation={"operations": ["mirror"], "strength": 0.5, "target": 0.6})
    gan.save(tmp_path / "gan.keras")
    with zipfile.ZipFile(tmp_path / "gan.keras") as archive:
        text = archive.read("config.json").decode()
    assert "Lambda" not in text
    assert json.loads(text)["config"] == gan.get_config()
    again = keras.saving.load_model(tmp_path / "gan.keras")
    assert type(again) is type(gan)
    assert (again.config, again.precision, again.name) == (gan.config, gan.precision, gan.name)
    assert int(again.images_seen.numpy()) == 16
    assert_equal(state(again), state(gan))
    assert float(again.augmentation.strength) == float(gan.augmentation.strength) != 0.5
    for one in (gan, again):
        one.train_step((IMAGES, LABELS))
    assert int(again.images_seen.numpy()) == 32
    assert_equal(state(again), state(gan))


def test_fit_goes_on_after_reading(tmp_path):
    """In a graph; each architecture goes on operation by operation above."""
    gan = trained("dcgan")
    gan.save(tmp_path / "gan.keras")
    again = load_gan(tmp_path / "gan.keras")
    for one in (gan, again):
        one.fit(IMAGES, LABELS, batch_size=16, shuffle=False, verbose=0)
    assert int(again.images_seen.numpy()) == 32
    assert_equal(state(again), state(gan))


def test_growth_and_its_phase_come_back(tmp_path):
    gan = small_gan("progressive")
    gan.compile(labels=LABELS)
    gan.images_seen.assign(110)
    gan.enter_phase(Phase(16, True, 100, 132, 8, 0.1, 0.1), begins=True)
    gan.train_step((IMAGES[:8], LABELS[:8]))
    gan.train_step((IMAGES[:8], LABELS[:8]))
    assert float(gan.growth.fade.numpy()) == 18 / 32
    gan.save(tmp_path / "gan.keras")
    again = load_gan(tmp_path / "gan.keras")
    assert again.phase == gan.phase
    assert (again.growth.structure, float(again.growth.fade.numpy())) == ((0, True), 18 / 32)
    assert again.generator.growth is again.discriminator.growth is again.growth
    for one in (gan, again):
        one.train_step((IMAGES[:8], LABELS[:8]))
    assert float(again.growth.fade.numpy()) == 26 / 32
    assert_equal(state(again), state(gan))


def test_a_gan_that_was_not_compiled(tmp_path):
    gan = small_gan("biggan", orthogonal_weight=0.5)
    gan.save(tmp_path / "gan.keras")
    again = load_gan(tmp_path / "gan.keras")
    assert (again.compiled, again.config) == (False, gan.config)
    for one, other in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@each_architecture
def test_each_network_alone(name, tmp_path):
    gan = small_gan(name)
    if name == "progressive":
        gan.level_of_detail = 0.25
    images, latents = IMAGES[:8] / np.float32(127.5) - 1, np.ones((8, gan.config.latent_size), np.float32)
    for network, first in ((gan.generator, latents), (gan.discriminator, images), (gan.ema_generator, latents)):
        network.save(tmp_path / f"{network.name}.keras")
        again = keras.saving.load_model(tmp_path / f"{network.name}.keras")
        assert (type(again), again.name) == (type(network), network.name)
        assert again.get_config() == network.get_config()
        inputs = [tf.constant(first), tf.constant(LABELS[:8])]
        for one, other in zip(tf.nest.flatten(network(inputs)), tf.nest.flatten(again(inputs)), strict=True):
            assert np.abs(one.numpy()).max() > 0
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_read_in_a_new_process(tmp_path):
    """Where nothing of the package was imported before."""
    small_gan("cpd").save(tmp_path / "gan.keras")
    code = f"from medgan_tf.gans import load_gan; print(load_gan({str(tmp_path / 'gan.keras')!r}).config.architecture)"
    done = warm_python.run(["-c", code])
    assert done.stdout == "cpd\n", done.stderr


def test_another_model_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="holds a Keras model that is no GAN"):
        load_gan(tmp_path / "model.keras")
