"""Whole private steps: noise in every parameter, replicas, cadence, and what the metrics can tell."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from private_checks import check_noise, silent_moves, steps_under
from private_networks import private_gan, secret_seeds, small_gan, some_patients, some_terms, take_private_steps

from medgan_tf.errors import ConfigError
from medgan_tf.gans.private.patients import Patients


def networks_of(gan):
    return [v.numpy() for network in (gan.generator, gan.discriminator, gan.ema_generator) for v in network.variables]


@pytest.mark.parametrize("replicas", [1, 2])
def test_noise_has_its_variance_in_every_parameter(replicas, two_replicas):
    """Also in one that no loss depends on, and once however many replicas there are."""
    strategy = two_replicas if replicas == 2 else tf.distribute.get_strategy()
    check_noise(strategy)
    if replicas == 1:
        assert [still.any() for still in silent_moves(strategy)] == [True, True, False]


def test_two_replicas_compute_what_one_does(two_replicas):
    """The chunks, the generated images and the images to mix with are shared out, and the noise is there once."""
    terms = some_terms(images_per_patient=2, chunk=2, sampling_probability=0.7, noise_multiplier=0.3)
    seeds, options = secret_seeds(3), {"gradient_penalty": 2.0, "drift": 0.5, "loss": "hinge", "plain": True}
    one, two = (
        steps_under(strategy, seeds, terms=terms, training={"ema_decay": 0.5}, **options)
        for strategy in (tf.distribute.get_strategy(), two_replicas)
    )
    for first, second in zip(networks_of(one), networks_of(two), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)
    values = two.take_metrics(3)
    for name, value in one.take_metrics(3).items():
        assert values[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name


def test_loop_and_single_steps_agree():
    seeds, options = secret_seeds(3), {"terms": some_terms(discriminator_steps=2)}
    loop, single = steps_under(tf.distribute.get_strategy(), seeds, **options), private_gan(**options)
    take_private_steps(single, seeds)
    for first, second in zip(networks_of(loop), networks_of(single), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_equal_seeds_give_equal_bits_and_other_seeds_other_ones():
    gan, results = private_gan(), []
    step = tf.function(gan.train_step, autograph=False)
    state = [*gan.generator.variables, *gan.discriminator.variables, *gan.discriminator_optimizer.variables]
    state += [*gan.generator_optimizer.variables, gan.images_seen, *gan.extra_state["privacy"]]
    start = [variable.numpy() for variable in state]
    for number in (5, 5, 6):
        for variable, value in zip(state, start, strict=True):
            variable.assign(value)
        for seeds in secret_seeds(2, number):
            step(tf.constant(seeds[None]))
        results.append([variable.numpy() for variable in state])
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
    """With a discriminator that stands still, other patients and draws change no value but its noisy gradient."""
    found = []
    images, labels = np.full((7, 16, 16, 1), 255, np.uint8), np.ones((7, 3), np.float32)
    others = Patients.of(images, labels, np.array([""] * 7))
    options = {"loss": "logistic", "gradient_penalty": 2.0, "r2": 1.0, "penalty_every": 2}
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
    gan = private_gan("dcgan", precision="mixed_bfloat16", gradient_penalty=1.0)
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
    gan.discriminator = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])
    with pytest.raises(ConfigError, match="batch normalisation in the discriminator"):
        gan.prepare_private(some_terms(), some_patients())
    with pytest.raises(ConfigError, match="a number, e.g. privacy.dp.discriminator_steps: 5"):
        small_gan("cpd").prepare_private(dataclasses.replace(some_terms(), discriminator_steps=None), some_patients())
