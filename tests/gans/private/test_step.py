"""Whole private steps: noise in every parameter, replicas, cadence, and what the metrics can tell."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from private_networks import private_gan, secret_seeds, small_gan, some_patients, some_terms, take_private_steps
from scipy.stats import chi2

from medgan_tf.errors import ConfigError
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.terms import SECRET_STREAMS
from medgan_tf.training.multi_step import MultiStepFunction


def networks_of(gan):
    return [v.numpy() for network in (gan.generator, gan.discriminator, gan.ema_generator) for v in network.variables]


def steps_under(strategy, seeds, name="dcgan", plain=False, **options):
    """The GAN after the steps, in a graph as the training loop runs it. `plain`: D moves by its mean gradient."""
    replicas = strategy.num_replicas_in_sync
    with strategy.scope():
        gan = private_gan(name, **options)
        if plain:
            gan.discriminator_optimizer = keras.optimizers.SGD(1.0)
            gan.discriminator_optimizer.build(gan.discriminator.trainable_variables)
    repeated = np.repeat(seeds[:, None], replicas, axis=1).reshape(-1, len(SECRET_STREAMS), 2)
    batches = tf.data.Dataset.from_tensor_slices(repeated).batch(replicas, drop_remainder=True)
    MultiStepFunction(gan, 2).run(iter(strategy.experimental_distribute_dataset(batches)), len(seeds))
    return gan


def moves(strategy, noise_multiplier, **options):
    """The change of each parameter of the discriminator in one step in which nobody takes part."""
    terms = some_terms(noise_multiplier=noise_multiplier, clip=0.5, sampling_probability=0.0, **options)
    before = [v.numpy() for v in small_gan("progressive").discriminator.trainable_variables]
    gan = steps_under(strategy, secret_seeds(1), "progressive", plain=True, terms=terms)
    after = [v.numpy() for v in gan.discriminator.trainable_variables]
    return [new.astype(np.float64) - old for new, old in zip(after, before, strict=True)]


@pytest.mark.parametrize("replicas", [1, 2])
def test_noise_has_its_variance_in_every_parameter(replicas, two_replicas):
    """Also in the layers that progressive growing does not use yet, and once however many replicas there are."""
    strategy = two_replicas if replicas == 2 else tf.distribute.get_strategy()
    silent, noisy = moves(strategy, 0.0), moves(strategy, 3.0)
    # The mean gradient's noise is clip * multiplier / expected batch; the generated half is the same in both.
    deviation = 0.5 * 3.0 / 4
    for still, moved in zip(silent, noisy, strict=True):
        total = np.sum(((moved - still) / deviation) ** 2)
        assert 1e-5 < chi2.cdf(total, moved.size) < 1 - 1e-5
    unused = [still for still in silent if not still.any()]
    assert len(unused) >= 2


@pytest.mark.parametrize(("name", "options"), [("dcgan", {"gradient_penalty": 2.0, "loss": "hinge"}), ("biggan", {})])
def test_two_replicas_compute_what_one_does(name, options, two_replicas):
    terms = some_terms(images_per_patient=2, chunk=2, sampling_probability=0.7)
    seeds = secret_seeds(3)
    one, two = (
        steps_under(strategy, seeds, name, terms=terms, training={"ema_decay": 0.5}, **options)
        for strategy in (tf.distribute.get_strategy(), two_replicas)
    )
    for first, second in zip(networks_of(one), networks_of(two), strict=True):
        # Adam divides by the gradient's size: where that is nearly 0 its rounding shows.
        assert np.mean(np.abs(first - second) > 1e-5) < 0.01
    for name, value in one.take_metrics(3).items():
        assert two.take_metrics(3)[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name
        break


def test_loop_and_single_steps_agree():
    seeds, options = secret_seeds(3), {"terms": some_terms(discriminator_steps=2)}
    loop, single = steps_under(tf.distribute.get_strategy(), seeds, **options), private_gan(**options)
    take_private_steps(single, seeds)
    for first, second in zip(networks_of(loop), networks_of(single), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_equal_seeds_give_equal_bits_and_other_seeds_other_ones():
    results = []
    for number in (5, 5, 6):
        gan = private_gan()
        take_private_steps(gan, secret_seeds(2, number))
        results.append(networks_of(gan))
    assert all(np.array_equal(first, second) for first, second in zip(*results[:2], strict=True))
    assert not all(np.array_equal(first, second) for first, second in zip(*results[1:], strict=True))


def test_cadence_counters_and_metrics():
    gan = private_gan(terms=some_terms(discriminator_steps=2))
    found, generators = [], []
    step = tf.function(gan.train_step, autograph=False)
    for one in secret_seeds(4):
        losses = step(tf.constant(one[None]))
        generators.append(gan.generator.variables[0].numpy())
        found.append(gan.take_metrics(1))
    # The expected batch counts, whatever was drawn.
    assert int(gan.images_seen.numpy()) == 4 * 4
    moved = [not np.array_equal(before, after) for before, after in zip(generators, generators[1:], strict=False)]
    assert moved == [False, True, False]
    assert losses["loss_d"].shape == losses["loss_g"].shape == (1,)
    for values in found:
        assert set(values) == set(gan.metric_names)
        assert all(map(math.isfinite, values.values()))
        assert values["discriminator_steps"] == 2.0
        assert 0 <= values["accuracy_fake"] <= 1
    # Steps without a generator step repeat its values.
    assert found[0]["loss_g"] == found[1]["loss_g"] != found[2]["loss_g"]
    assert len(gan.extra_state["privacy"]) == 5
    assert [v.numpy() for v in gan.extra_state["privacy"]][:3] == [2, 1, 2]


def test_metrics_tell_nothing_of_real_images_but_through_the_networks():
    """With a discriminator that does not move, other patients, labels and draws change no value but its noisy gradient."""
    found = []
    images, labels = np.full((7, 16, 16, 1), 255, np.uint8), np.ones((7, 3), np.float32)
    others = Patients.of(images, labels, np.array([""] * 7))
    options = {"loss": "logistic", "gradient_penalty": 2.0, "drift": 0.5, "r1": 1.0, "r2": 1.0, "penalty_every": 2}
    for patients, number in ((some_patients(), 5), (others, 6)):
        gan = private_gan(patients=patients, **options)
        gan.discriminator_optimizer.learning_rate = 0.0
        found.append(take_private_steps(gan, secret_seeds(2, number)))
    for first, second in zip(*found, strict=True):
        assert first.pop("gradients_d") != second.pop("gradients_d")
        assert first.pop("r2") == pytest.approx(second.pop("r2"), nan_ok=True)
        assert first == second
    assert set(first) == {"loss_d", "loss_g", "score_fake", "gradients_g", "accuracy_fake", "discriminator_steps"}


def test_auxiliary_classifier_and_wasserstein_metrics():
    gan = private_gan("progressive")
    names = {"loss_d", "loss_g", "score_fake", "gradients_g", "gradients_d", "discriminator_steps", "auxiliary_fake"}
    # Scores of the Wasserstein loss have no zero point, so there is no accuracy.
    assert set(gan.metric_names) == names


def test_everybody_and_several_chunks():
    """A draw of nine units in chunks of two moves the discriminator as one chunk of nine does."""
    results = []
    for chunk in (2, 9):
        gan = private_gan(terms=some_terms(chunk=chunk, sampling_probability=1.0, noise_multiplier=0.0))
        gan.discriminator_optimizer = keras.optimizers.SGD(1.0)
        take_private_steps(gan, secret_seeds(1))
        results.append([v.numpy() for v in gan.discriminator.variables])
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_bfloat16_networks():
    gan = private_gan(precision="mixed_bfloat16", gradient_penalty=1.0)
    (values,) = take_private_steps(gan, secret_seeds(1))
    assert all(map(math.isfinite, values.values()))


def test_what_is_missing_is_said():
    gan = small_gan()
    gan.label_table = None
    with pytest.raises(ValueError, match="table of labels"):
        gan.prepare_private(some_terms(), some_patients())
    with pytest.raises(ConfigError, match="gan.mbstd_group_size: 1"):
        small_gan(mbstd_group_size=4).prepare_private(some_terms(), some_patients())
    gan = small_gan()
    gan.discriminator.normalised = keras.layers.BatchNormalization()
    with pytest.raises(ConfigError, match="batch normalisation in the discriminator"):
        gan.prepare_private(some_terms(), some_patients())
    with pytest.raises(ConfigError, match="a number, e.g. privacy.dp.discriminator_steps: 5"):
        small_gan("cpd").prepare_private(dataclasses.replace(some_terms(), discriminator_steps=None), some_patients())
