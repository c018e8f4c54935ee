"""Checks of what the guarantee of a private training rests on. Each raises `AssertionError` where it does not hold.

They see the code from outside: what a step makes of patients and of seeds. So they hold whatever a step is made of, and
they can be tried on steps that were sabotaged.
"""

import dataclasses
import functools

import keras
import numpy as np
import tensorflow as tf
from private_networks import LABELS, SIDE, flat, private_gan, secret_seeds, small_gan, some_patients, some_terms
from scipy.stats import binom, chi2, chisquare

from medgan_tf.gans.private import sampling
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.terms import SECRET_STREAMS
from medgan_tf.training.multi_step import MultiStepFunction

CLIP = 0.05
SIZED = {"sampling_probability": 1.0, "noise_multiplier": 0.0, "chunk": 8}
PENALISED = {"loss": "hinge", "r1": 10.0}


class Recorder:
    """In place of the discriminator's optimizer: keeps the gradient, and the discriminator stands still."""

    def apply_gradients(self, pairs):
        self.gradient = flat(gradient for gradient, _ in pairs)


def gradient(terms, patients=None, secret=5, public=3, **options) -> np.ndarray:
    """The discriminator's gradient in one step, times the expected batch.

    Args:
        terms: What the step is charged for.
        patients: The data; None: nine patients.
        secret, public: Seeds of the draws.
        **options: Options of the networks.
    """
    gan = private_gan(terms=terms, patients=patients, **options)
    gan.batch_draws = dataclasses.replace(gan.batch_draws, seed=public)
    gan.discriminator_optimizer = recorder = Recorder()
    # No generator step, which would take time.
    gan.private.steps.since.assign(-1)
    gan.train_step(tf.constant(secret_seeds(1, secret)))
    return recorder.gradient * terms.expected_batch


def other_patients() -> Patients:
    """As many patients as `some_patients`, with other images, and all with the same labels."""
    images = np.full((9, SIDE, SIDE, 1), 200, np.uint8)
    return Patients.of(images, np.ones((9, LABELS), np.float32), np.array([f"q{number}" for number in range(9)]))


def without_the_last() -> Patients:
    """`some_patients` without the last one. The draws of the others are the same."""
    whole = some_patients()
    rows = int(whole.starts[-2])
    return dataclasses.replace(whole, images=whole.images[:rows], labels=whole.labels[:rows], starts=whole.starts[:-1])


def check_sensitivity() -> None:
    """A patient more moves the sum of gradients by the clip, whose gradient is larger: not by more, and not by less."""
    terms = some_terms(clip=CLIP, images_per_patient=2, **SIZED)
    whole, rest = (gradient(terms, one, **PENALISED) for one in (some_patients(), without_the_last()))
    moved = np.linalg.norm(whole - rest) / CLIP
    assert 0.99 < moved < 1 + 1e-4, f"a patient moved the sum by {moved} times the clip"


@functools.lru_cache(maxsize=2)
def generated_half(public: int) -> np.ndarray:
    """The gradient of a step in which nobody takes part, without noise."""
    return gradient(some_terms(sampling_probability=0.0, noise_multiplier=0.0), public=public)


def check_secrecy(what: str) -> None:
    """The `noise`, the `sampling` or the choice of `images` follows the secret seeds, and nothing public."""
    patients, terms = None, some_terms(**SIZED)
    if what == "noise":
        terms = some_terms(sampling_probability=0.0)
    if what == "sampling":
        # One image each, so that there is nothing to choose.
        terms, starts = some_terms(noise_multiplier=0.0), tf.range(17, dtype=tf.int64)
        patients = dataclasses.replace(some_patients(), starts=starts)
    first, other_key, other_seed = (
        gradient(terms, patients, secret=secret, public=public) - generated_half(public)
        for secret, public in ((5, 3), (6, 3), (5, 4))
    )
    assert np.linalg.norm(first) > 0.1, f"no {what}"
    assert np.linalg.norm(first - other_key) > 1e-3 * np.linalg.norm(first), f"{what}: the key changes nothing"
    np.testing.assert_allclose(first, other_seed, atol=1e-4, err_msg=f"{what} is a function of the public seed")


@functools.lru_cache(maxsize=2)
def silent_moves(strategy: tf.distribute.Strategy) -> list[np.ndarray]:
    """`moves` without noise."""
    return moves(strategy, 0.0)


def check_noise(strategy: tf.distribute.Strategy) -> None:
    """The noise of a mean gradient has its variance in every parameter, however many replicas there are."""
    silent, noisy = silent_moves(strategy), moves(strategy, 3.0)
    # The mean gradient's noise is clip * multiplier / expected batch; the generated half is the same in both.
    deviation = 0.5 * 3.0 / 4
    for still, moved in zip(silent, noisy, strict=True):
        total = np.sum(((moved - still) / deviation) ** 2)
        assert 1e-5 < chi2.cdf(total, moved.size) < 1 - 1e-5, f"variance {total / moved.size} times what is charged"


def check_generator_is_blind() -> None:
    """Real images and labels reach the generator through the noisy steps of the discriminator only."""
    standing = [generator_after(patients, standing=True) for patients in (some_patients(), other_patients())]
    assert np.array_equal(*standing), "the generator's step depends on real images or labels"
    nobody = some_terms(sampling_probability=0.0, discriminator_steps=1)
    drawn = [generator_after(patients, terms=nobody) for patients in (some_patients(), other_patients())]
    assert np.array_equal(*drawn), "patients who were not drawn count"


def generator_after(patients: Patients, standing=False, terms=None) -> np.ndarray:
    """All weights after a step. `standing`: with a discriminator that stands still."""
    gan = private_gan(terms=terms or some_terms(discriminator_steps=1), patients=patients)
    if standing:
        gan.discriminator_optimizer = Recorder()
    before = flat(gan.generator.trainable_variables)
    gan.train_step(tf.constant(secret_seeds(1)))
    assert not np.array_equal(before, flat(gan.generator.trainable_variables))
    return flat([*gan.generator.variables, *gan.discriminator.variables, *gan.ema_generator.variables])


def check_poisson(steps=500, units=40, probability=0.3) -> None:
    """Who takes part in a step: each unit by a coin of its own, so sizes are binomial and pairs are independent."""
    terms = some_terms(sampling_probability=probability)
    starts = tf.range(units + 1, dtype=tf.int64)

    @tf.function(autograph=False)
    def drawn(seeds):
        found = sampling.draw_units(seeds[0], seeds[1], starts, terms, partners=4).units
        return tf.math.bincount(tf.cast(found, tf.int32), minlength=units, maxlength=units)

    taken = np.array([drawn(tf.constant(seeds)) for seeds in secret_seeds(steps)])
    sizes, expected = taken.sum(1), binom.pmf(range(units + 1), units, probability)
    bins = [range(9), *([number] for number in range(9, 16)), range(16, units + 1)]
    seen = [np.isin(sizes, list(group)).sum() for group in bins]
    assert chisquare(seen, [steps * expected[list(group)].sum() for group in bins]).pvalue > 1e-3, "sizes"
    rates = taken.sum(0)
    assert chisquare(rates, np.full(units, rates.sum() / units)).pvalue > 1e-3, "not all units equally often"
    # Two units take part together as often as independent ones do.
    together = (taken.T.astype(float) @ taken / steps)[np.triu_indices(units, 1)]
    both = probability**2
    assert abs(together.mean() - both) < 0.006, "pairs"
    deviation = np.sqrt(both * (1 - both) / steps)
    assert abs(together.std() / deviation - 1) < 0.15, "some pairs are drawn together more often than others"
    # A unit's coin in one step says nothing on that in the next one.
    again = np.mean(taken[1:] * taken[:-1])
    assert abs(again - both) < 5 * np.sqrt(both / (steps * units)), "coins are remembered from step to step"


def steps_under(strategy: tf.distribute.Strategy, seeds: np.ndarray, name="tiny", plain=False, **options):
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


def moves(strategy: tf.distribute.Strategy, noise_multiplier: float, **options) -> list[np.ndarray]:
    """The change of each parameter of the discriminator in one step in which nobody takes part."""
    terms = some_terms(noise_multiplier=noise_multiplier, clip=0.5, sampling_probability=0.0, **options)
    before = [v.numpy() for v in small_gan().discriminator.trainable_variables]
    gan = steps_under(strategy, secret_seeds(1), plain=True, terms=terms)
    after = [v.numpy() for v in gan.discriminator.trainable_variables]
    return [new.astype(np.float64) - old for new, old in zip(after, before, strict=True)]
