"""Gradients of units against a loop over them, and the exact sensitivity of their sum."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from private_networks import flat, secret_seeds, small_gan, some_patients, some_terms

from medgan_tf.gans.private.gradients import MARGIN
from medgan_tf.gans.private.halves import fake_sum, real_sum
from medgan_tf.gans.private.sampling import Draw, draw_units

ALL = {"gradient_penalty": 2.0, "drift": 0.5, "r1": 1.0, "r2": 1.0}
AUGMENTED = {"augmentation": {"operations": ["brightness", "translation", "mirror"], "strength": 0.7}}
CASES = {
    "cpd": ("cpd", {"loss": "wasserstein", "gradient_penalty": 2.0, "drift": 0.5}),
    "progressive": ("progressive", {"loss": "hinge", "r1": 2.0}),
    "biggan": ("biggan", {"loss": "hinge", "gradient_penalty": 2.0}),
    "wasserstein": ("dcgan", {"loss": "wasserstein", "gradient_penalty": 2.0, "drift": 0.5}),
    "hinge": ("dcgan", {"loss": "hinge", "r1": 1.0, "r2": 1.0}),
    "non_saturating": ("dcgan", {"loss": "non_saturating", **AUGMENTED}),
    "logistic": ("dcgan", {"loss": "logistic", **ALL}),
}
FAKES = 6


class Sums:
    """Both sums of a GAN as functions of the draw, each traced once."""

    def __init__(self, name, options, clip):
        self.gan, self.patients = small_gan(name, **options), some_patients()
        for variable in self.gan.discriminator.trainable_variables:
            if len(variable.shape) == 0:
                # A gate that is closed at first.
                variable.assign(0.5)
        self.terms = some_terms(clip=clip, images_per_patient=2, chunk=3, sampling_probability=1.0)
        self.fakes = tf.random.stateless_normal([FAKES, 16, 16, 1], [1, 2])
        self.labels = tf.one_hot(np.arange(FAKES) % 3, 3)
        augmentation = self.gan.augmentation
        numbers = int(np.prod(augmentation.draw_shape)) if augmentation else 0
        sampling, images = tf.constant(secret_seeds(1)[0][:2])
        self.draw = draw_units(sampling, images, self.patients.starts, self.terms, FAKES, numbers)
        self.partners = self.fakes if "gradient_norm" in self.gan.objective.penalties else None
        # Of any number of units, so that the sum is traced once.
        kinds = [getattr(self.draw, field.name) for field in dataclasses.fields(Draw)]
        kinds = [tf.TensorSpec([None, *kind.shape[1:]], kind.dtype) for kind in kinds]
        self._real = tf.function(self._real_sum, autograph=False, input_signature=kinds)
        self._by_hand = tf.function(self._image_by_hand, autograph=False)

    def _real_sum(self, *draw):
        return real_sum(self.gan, self.terms, self.patients, Draw(*draw), self.partners).gradients

    def real(self, units):
        """The sum over some of the units, as one vector."""
        units = tf.constant(units, tf.int64)
        return flat(self._real(*(tf.gather(getattr(self.draw, one.name), units) for one in dataclasses.fields(Draw))))

    def unit_by_hand(self, unit):
        """The gradient of one unit's mean loss, image by image, as one vector."""
        draw, total = self.draw, 0.0
        for number in range(2):
            row, share = int(draw.rows[unit, number]), float(draw.shares[unit, number])
            if share:
                drawn = [draw.augmentation[unit, number], draw.partners[unit, number], draw.mix[unit, number]]
                total += share * flat(self._by_hand(self.patients.images[row], self.patients.labels[row], *drawn))
        return total

    def _image_by_hand(self, image, label, numbers, partner, mix):
        gan, network = self.gan, self.gan.discriminator
        real = gan.prepare_images(tf.cast(image[None], tf.float32) / 127.5 - 1.0)
        if gan.augmentation:
            real = gan.augmentation(real, tf.reshape(numbers, [1, *gan.augmentation.draw_shape]))
        variables = [variable.value for variable in network.trainable_variables]
        with tf.GradientTape() as tape:
            loss = gan.objective.real_half(network, real, label[None], tf.gather(self.fakes, [partner]), mix[None])
        return tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)


@pytest.mark.parametrize("case", CASES)
def test_units_equal_a_loop_and_one_unit_moves_the_sum_by_no_more_than_the_clip(case):
    sums = Sums(*CASES[case], clip=1e9)
    by_hand = np.array([sums.unit_by_hand(unit) for unit in range(sums.patients.count)])
    norms = np.linalg.norm(by_hand, axis=1)
    # Some units are below the clip, the others above.
    clip = float(np.median(norms))
    sums.terms = some_terms(clip=clip, images_per_patient=2, chunk=3)
    everyone = list(range(sums.patients.count))
    whole = sums.real(everyone)
    expected = by_hand * np.minimum(1.0, clip * (1.0 - MARGIN) / norms)[:, None]
    np.testing.assert_allclose(whole, expected.sum(0), rtol=1e-5, atol=1e-6 * clip)
    for unit in everyone:
        # Without the unit the others take other places in the chunks.
        difference = whole - sums.real([number for number in everyone if number != unit])
        assert np.linalg.norm(difference) <= clip * (1 + 1e-5)
        np.testing.assert_allclose(difference, expected[unit], rtol=1e-5, atol=2e-6 * clip)


def test_no_unit_at_all():
    sums = Sums(*CASES["non_saturating"], clip=1.0)
    found = sums.real([])
    assert len(found) == sum(variable.shape.num_elements() for variable in sums.gan.discriminator.trainable_variables)
    assert not found.any()


def test_generated_half_is_clipped_image_by_image():
    sums = Sums(*CASES["hinge"], clip=1e9)
    gan, network = sums.gan, sums.gan.discriminator
    variables, rows, losses = [variable.value for variable in network.trainable_variables], [], []
    for number in range(FAKES):
        with tf.GradientTape() as tape:
            loss, parts = gan.objective.fake_half(network, sums.fakes[number][None], sums.labels[number][None])
        losses.append({"loss_d": float(loss[0]), **{name: float(value[0]) for name, value in parts.items()}})
        rows.append(flat(tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)))
    norms = np.linalg.norm(rows, axis=1)
    clip = float(np.median(norms))
    found = tf.function(lambda: fake_sum(gan, some_terms(clip=clip), sums.fakes, sums.labels), autograph=False)()
    expected = (np.array(rows) * np.minimum(1.0, clip * (1.0 - MARGIN) / norms)[:, None]).sum(0)
    np.testing.assert_allclose(flat(found.gradients), expected, rtol=1e-5, atol=1e-6 * clip)
    assert set(found.values) == set(losses[0])
    for name, value in found.values.items():
        assert float(value) == pytest.approx(sum(one[name] for one in losses), rel=1e-4)


@pytest.mark.parametrize("case", ["progressive", "logistic"])
def test_halves_are_the_whole(case):
    """Of the same images the halves give the joint loss."""
    sums = Sums(*CASES[case], clip=1.0)
    objective, network = sums.gan.objective, sums.gan.discriminator
    real, mix = tf.random.stateless_normal([FAKES, 16, 16, 1], [3, 4]), tf.linspace(0.1, 0.9, FAKES)
    whole, parts = objective.discriminator(network, real, sums.fakes, sums.labels, mix)
    half = objective.real_half(network, real, sums.labels, sums.fakes, mix)
    other, other_parts = objective.fake_half(network, sums.fakes, sums.labels)
    np.testing.assert_allclose(half + other, whole, rtol=1e-4, atol=1e-4)
    for name, value in other_parts.items():
        np.testing.assert_allclose(value, parts[name], rtol=1e-4, atol=1e-4)
    plain = objective.discriminator(network, real, sums.fakes, sums.labels, mix, penalised=False)[0]
    half = objective.real_half(network, real, sums.labels, penalised=False)
    np.testing.assert_allclose(
        half + objective.fake_half(network, sums.fakes, sums.labels, penalised=False)[0], plain, rtol=1e-4, atol=1e-4
    )
