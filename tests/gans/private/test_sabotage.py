"""Sabotages of the private step. Each breaks the guarantee, and the check that protects it must notice.

What is sabotaged still trains, and looks well in every log.
"""

import dataclasses

import pytest
import tensorflow as tf
from private_checks import check_generator_is_blind, check_noise, check_poisson, check_secrecy, check_sensitivity

from medgan_tf.gans import draws, penalties, replicas
from medgan_tf.gans.private import gradients, halves, noise, sampling, step


def refused(check, *arguments):
    """The check must see the sabotage, and say what it saw."""
    with pytest.raises(AssertionError):
        check(*arguments)


# --- The sum of the patients' gradients -------------------------------------------------------------------------------


def unclipped(gradients, clip):
    return gradients, tf.ones(tf.shape(gradients[0])[:1])


def clipped_by_variable(gradients, clip):
    """Each variable by its own norm: the whole may be larger than the clip."""
    factors = [gradients_clipped([gradient], clip)[1] for gradient in gradients]
    shapes = [[-1, *[1] * (gradient.shape.rank - 1)] for gradient in gradients]
    rows = zip(gradients, factors, shapes, strict=True)
    return [one * tf.reshape(factor, shape) for one, factor, shape in rows], tf.ones_like(factors[0])


gradients_clipped = gradients.clipped


def penalty_outside(gan, terms, patients, draw, partners, penalised=True):
    """The losses are clipped; the penalty of the whole draw is added, as a penalty on weights is."""
    clipped = halves.real_sum(gan, terms, patients, draw, partners, penalised=False)
    rows = draw.rows[:, 0]
    images = tf.cast(tf.gather(patients.images, rows), tf.float32) / 127.5 - 1.0
    variables = [variable.value for variable in gan.discriminator.trainable_variables]
    with tf.GradientTape() as tape:
        square = penalties.squared_gradient(gan.discriminator, images, tf.gather(patients.labels, rows))
        total = tf.reduce_sum(gan.objective.penalties["r1"] * penalties.zero_centred_penalty(square)[0])
    added = tape.gradient(total, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return clipped._replace(gradients=[a + b for a, b in zip(clipped.gradients, added, strict=True)])


def cut_off(gan, terms, patients, draw, partners, penalised=True):
    """One chunk, and whoever else was drawn is left out."""
    names = [field.name for field in dataclasses.fields(draw)]
    first = dataclasses.replace(draw, **{name: getattr(draw, name)[: terms.chunk] for name in names})
    return halves.real_sum(gan, terms, patients, first, partners, penalised)


def mean_of_the_drawn(gan, terms, patients, draw, partners, penalised=True):
    """The mean over those who were drawn, whose number is secret, in place of the expected batch."""
    found = halves.real_sum(gan, terms, patients, draw, partners, penalised)
    drawn = tf.cast(tf.shape(draw.units)[0], tf.float32)
    return found._replace(gradients=[one * terms.expected_batch / drawn for one in found.gradients])


def test_sum_is_sound():
    check_sensitivity()


@pytest.mark.parametrize(
    ("module", "name", "sabotage"),
    [
        (gradients, "clipped", unclipped),
        (gradients, "clipped", clipped_by_variable),
        (step, "real_sum", penalty_outside),
        (step, "real_sum", cut_off),
        (step, "real_sum", mean_of_the_drawn),
    ],
)
def test_a_patient_who_moves_the_sum_too_much_is_seen(module, name, sabotage, monkeypatch):
    monkeypatch.setattr(module, name, sabotage)
    refused(check_sensitivity)


# --- The noise --------------------------------------------------------------------------------------------------------


def noise_of_each_replica(seeds, shapes, deviation):
    """Each replica draws its own, and the mean of the replicas has less."""
    number = tf.cast(replicas.replica_number(), tf.int64)
    return noise.gaussian_noise(seeds + 1000 * number, shapes, deviation)


def noise_without_unused(seeds, shapes, deviation):
    """None where the gradient is zero: it would show whose labels were drawn."""
    *used, last = noise.gaussian_noise(seeds, shapes, deviation)
    return [*used, tf.zeros_like(last)]


def test_noise_that_replicas_divide_away_is_seen(monkeypatch, two_replicas):
    """The sound step on two replicas passes in test_step.py."""
    monkeypatch.setattr(step, "gaussian_noise", noise_of_each_replica)
    refused(check_noise, two_replicas)


def test_a_parameter_without_noise_is_seen(monkeypatch):
    monkeypatch.setattr(step, "gaussian_noise", noise_without_unused)
    refused(check_noise, tf.distribute.get_strategy())


# --- The secret -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["noise", "sampling", "images"])
def test_draws_are_secret(what):
    check_secrecy(what)


PUBLIC = 3


def public_noise(seeds, shapes, deviation):
    seeds = [public_seed(f"noise {number}") for number in range(4)]
    return noise.gaussian_noise(tf.stack(seeds), shapes, deviation)


def public_seed(stream):
    return tf.cast(draws.draw_seed(PUBLIC, stream, 0), tf.int64)


def public_sampling(seed, *arguments):
    return sampling.draw_units(public_seed("sampling"), *arguments)


def public_images(seed, image_seed, *arguments):
    return sampling.draw_units(seed, public_seed("images"), *arguments)


@pytest.mark.parametrize(
    ("what", "name", "sabotage"),
    [
        ("noise", "gaussian_noise", public_noise),
        ("sampling", "draw_units", public_sampling),
        ("images", "draw_units", public_images),
    ],
)
def test_draws_from_the_public_seed_are_seen(what, name, sabotage, monkeypatch):
    monkeypatch.setattr(step, name, sabotage)
    refused(check_secrecy, what)


# --- The generator ----------------------------------------------------------------------------------------------------


def test_generator_sees_no_patient():
    check_generator_is_blind()


def step_with_real_labels(gan, labels):
    table, gan.label_table = gan.label_table, None
    values = steps_generator(gan, gan.private.patients.labels[:4])
    gan.label_table = table
    return values


def step_with_real_images(gan, labels):
    """Generated images shall have the mean of real ones."""
    original = gan.generator_loss

    def matched(z, labels, *augmentation):
        loss, parts = original(z, labels, *augmentation)
        real = tf.reduce_mean(tf.cast(gan.private.patients.images, tf.float32) / 127.5 - 1.0, axis=0)
        return loss + tf.reduce_sum((tf.reduce_mean(parts["images"], axis=0) - real) ** 2), parts

    gan.generator_loss = matched
    values = steps_generator(gan, labels)
    gan.generator_loss = original
    return values


steps_generator, begin_private = step.generator_step, step.PrivateTraining.__init__


def with_exact_labels(self, gan, terms, patients):
    gan.label_table = draws.LabelTable.of(patients.labels.numpy())
    begin_private(self, gan, terms, patients)


@pytest.mark.parametrize(
    ("owner", "name", "sabotage"),
    [
        (step, "generator_step", step_with_real_labels),
        (step, "generator_step", step_with_real_images),
        (step.PrivateTraining, "__init__", with_exact_labels),
    ],
)
def test_real_data_in_the_step_of_the_generator_is_seen(owner, name, sabotage, monkeypatch):
    monkeypatch.setattr(owner, name, sabotage)
    refused(check_generator_is_blind)


# --- Who takes part ---------------------------------------------------------------------------------------------------


def bits_of(seed, count):
    return tf.random.stateless_uniform([count], seed, minval=None, maxval=None, dtype=tf.int64, alg="philox")


def fixed_batch(seed, count, probability):
    """As many as are expected, in every step."""
    first = tf.argsort(bits_of(seed, count))[: round(count * probability)]
    return tf.reduce_any(tf.range(count)[:, None] == first, axis=1)


def at_most(seed, count, probability):
    """A step that is too large is cut."""
    taken = sampling_part(seed, count, probability)
    return taken & (tf.cumsum(tf.cast(taken, tf.int32)) <= round(1.15 * count * probability))


def neighbours(seed, count, probability):
    """Pairs of neighbours share a coin."""
    return tf.repeat(sampling_part(seed, count // 2, probability), 2)


def more_often(seed, count, probability):
    """The first quarter of the patients takes part more often than is charged, the others less often."""
    first = sampling_part(seed, count, 4 * probability / 3)
    others = sampling_part(seed, count, 8 * probability / 9)
    return tf.where(tf.range(count) < count // 4, first, others)


sampling_part = sampling.take_part


@pytest.mark.parametrize("sabotage", [fixed_batch, at_most, neighbours, more_often])
def test_draws_that_are_not_poisson_are_seen(sabotage, monkeypatch):
    """The sound draw passes in test_sampling.py."""
    monkeypatch.setattr(sampling, "take_part", sabotage)
    refused(check_poisson)
