"""The public way to make a GAN: sizes, options and refusals."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.errors import ConfigError
from medgan_tf.gans import build_gan
from medgan_tf.gans.channels import resolution_stages, stage_channels


@pytest.mark.parametrize("resolution", [16, 64, 512])
def test_networks_work_at_every_resolution(resolution):
    gan = build_gan("cpd", resolution=resolution, label_count=3, max_channels=2, latent_size=5)
    labels = np.eye(4, 3, dtype=np.float32)
    images = gan.generator([tf.ones([4, 5]), labels])
    logits = gan.discriminator([images, labels])
    assert images.shape == (4, resolution, resolution, 1)
    assert logits.shape == (4,)
    # The projection: without a positive label the score is exactly 0.
    assert logits.numpy()[3] == 0.0
    assert np.all(logits.numpy()[:3] != 0.0)


def test_score_is_linear_in_the_labels():
    gan = build_gan("cpd", resolution=16, label_count=3, max_channels=4, latent_size=5)
    images = tf.random.stateless_normal([4, 16, 16, 1], [1, 2])
    single = [gan.discriminator([images, tf.one_hot([label] * 4, 3)]).numpy() for label in range(3)]
    together = gan.discriminator([images, tf.constant([[1.0, 0.0, 1.0]] * 4)]).numpy()
    np.testing.assert_allclose(together, single[0] + single[2], rtol=1e-4)


def test_averaged_generator_starts_as_the_generator():
    gan = build_gan("cpd", resolution=16, label_count=1, max_channels=4, latent_size=4)
    for average, weight in zip(gan.ema_generator.variables, gan.generator.variables, strict=True):
        np.testing.assert_array_equal(average.numpy(), weight.numpy())
    assert np.abs(gan.generator.variables[0].numpy()).sum() > 0


def test_widths_follow_the_published_rule():
    # min(16384 / 2**s, 512): the stages of cpD-GAN up to 512 pixels.
    assert [stage_channels(stage, 16384, 512) for stage in range(9)] == [512, 512, 512, 512, 512, 512, 256, 128, 64]
    assert stage_channels(8, 64, 512) == 1
    assert list(resolution_stages(32)) == [3, 4, 5]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"architecture": "cpdd"}, ConfigError, "unknown GAN architecture 'cpdd'; known: .*cpd"),
        ({"resolution": 48}, ValueError, "power of two from 16 to 512. Received: resolution=48"),
        ({"label_count": 0}, ValueError, "at least one label. Received: label_count=0"),
        ({"max_chanels": 8}, ValueError, "max_chanels"),
    ],
)
def test_bad_settings_are_explained(settings, error, message):
    values = {"architecture": "cpd", "resolution": 16, "label_count": 2, **settings}
    with pytest.raises(error, match=message):
        build_gan(values.pop("architecture"), **values)
