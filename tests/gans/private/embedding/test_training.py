"""The generator's steps towards a released embedding."""

import numpy as np
import pytest
import tensorflow as tf
from small_settings import SMALL

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.gans import build_gan
from medgan_tf.gans.private.embedding.features import ImageFeatures
from medgan_tf.gans.private.embedding.training import EmbeddingTraining
from medgan_tf.gans.resolve import plan_phases, resolve_training

VECTORS = np.array([[1, 0], [0, 1]], np.float32)
FEATURES = ImageFeatures.drawn(16, 40, seed=1)


def ready(name="cpd", batch=8, counts=(30.0, 10.0), rate=0.002):
    tf.keras.utils.set_random_seed(1)
    gan = build_gan(name, resolution=16, label_count=2, **SMALL[name])
    settings = TrainingConfig(batch=batch, total_images=1000, generator_learning_rate=rate)
    gan.prepare_training(resolve_training(settings, name, 16), 3, VECTORS)
    gan.enter_phase(plan_phases(gan.config, 16, gan.training_config)[-1], begins=False)
    training = EmbeddingTraining(gan, FEATURES, VECTORS, batch)
    training.prepare()
    # Dark images of the first combination, bright ones of the second.
    images = np.stack([np.full((16, 16, 1), 40), np.full((16, 16, 1), 200)]).astype(np.uint8)
    training.take(FEATURES.of_real(images) * np.array(counts)[:, None])
    return gan, training


NOTHING = np.zeros([1, 1], np.int64)


def expected_loss(gan, batch):
    """The squared distance for the draws of the next step, by NumPy: in 30 of 40 cases the first combination."""
    training, z = gan.private, gan.batch_draws("generator latents", batch, draw_normal, gan.config.latent_size)
    share = gan.batch_draws("generator labels", batch, draw_uniform).numpy()
    rows = (share >= 0.75).astype(int)
    features = FEATURES.of_generated(gan.generator([z, VECTORS[rows]], training=True)).numpy()
    means = np.stack([features[rows == row].sum(axis=0) for row in range(2)]) / batch
    return np.square(means - training.target.numpy() / 40).sum(), rows


def draw_normal(seed, shape):
    return tf.random.stateless_normal(shape, seed, alg="philox")


def draw_uniform(seed, shape):
    return tf.random.stateless_uniform(shape, seed, alg="philox")


def test_a_step_descends_on_the_squared_distance_of_the_means():
    gan, training = ready(batch=16)
    wanted, rows = expected_loss(gan, 16)
    assert set(rows) == {0, 1}
    before = [variable.numpy() for variable in gan.discriminator.variables]
    losses = training.train_step(NOTHING)
    assert float(losses["loss_g"][0]) == pytest.approx(wanted, rel=1e-4)
    assert gan.take_metrics(1)["loss_g"] == pytest.approx(wanted, rel=1e-4)
    assert int(gan.images_seen.numpy()) == 16
    # The discriminator has no part in it.
    for variable, value in zip(gan.discriminator.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert "privacy" in gan.extra_state and gan.metric_names == ("loss_g", "gradients_g")


def test_the_gradient_is_that_of_the_squared_distance():
    gan, training = ready()
    bias = next(one for one in gan.generator.trainable_variables if one.path.endswith("16x16_to_image/bias"))
    value, step = bias.numpy(), 1e-3
    around = []
    for sign in (1, -1):
        bias.assign(value + sign * step)
        around.append(expected_loss(gan, 8)[0])
    bias.assign(value)
    slope = (around[0] - around[1]) / (2 * step)
    seen = {}

    def keep(pairs):
        seen.update({variable.path: gradient.numpy() for gradient, variable in pairs})

    gan.generator_optimizer.apply_gradients = keep
    training.train_step(NOTHING)
    assert seen[bias.path].item() == pytest.approx(slope, rel=0.02)


def test_steps_lower_the_loss_and_the_images_get_the_brightness_of_their_labels():
    gan, _ = ready("dcgan", batch=32, counts=(20.0, 20.0), rate=0.01)
    step = tf.function(gan.train_step, autograph=False)
    losses = [float(step(NOTHING)["loss_g"][0]) for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    z = np.random.default_rng(0).standard_normal((16, gan.config.latent_size)).astype(np.float32)
    dark, bright = (gan.generator([z, np.repeat(VECTORS[[row]], 16, axis=0)]).numpy().mean() for row in range(2))
    assert bright - dark > 0.15


@pytest.mark.parametrize("name", sorted(SMALL))
def test_every_generator_can_be_trained(name):
    gan, training = ready(name)
    before = [variable.numpy() for variable in gan.generator.trainable_variables]
    losses = training.train_step(NOTHING)
    assert np.isfinite(losses["loss_g"].numpy()).all()
    after = [variable.numpy() for variable in gan.generator.trainable_variables]
    assert not all(np.array_equal(first, second) for first, second in zip(before, after, strict=True))


def test_two_replicas_equal_one(two_replicas):
    found = []
    for strategy in (tf.distribute.get_strategy(), two_replicas):
        with strategy.scope():
            gan, _ = ready()
        for _ in range(2):
            strategy.run(gan.train_step, [NOTHING])
        found.append([variable.numpy() for variable in gan.generator.trainable_variables] + [gan.take_metrics(2)])
    for first, second in zip(found[0][:-1], found[1][:-1], strict=True):
        np.testing.assert_allclose(second, first, atol=2e-4)
    assert found[1][-1] == pytest.approx(found[0][-1], rel=1e-3)


def test_a_combination_that_the_noise_took_below_nothing_is_still_generated():
    gan, training = ready(counts=(30.0, -5.0))
    weights, _ = training._frequencies_and_means()
    np.testing.assert_allclose(weights.numpy(), [30 / 31, 1 / 31], rtol=1e-5)
    assert np.isfinite(training.train_step(NOTHING)["loss_g"].numpy()).all()
