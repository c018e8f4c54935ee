"""Poisson sampling: rate, independence, and what is drawn for each unit."""

import numpy as np
import tensorflow as tf
from private_checks import check_poisson
from private_networks import some_terms
from scipy.stats import chisquare

from medgan_tf.gans.private.sampling import distinct_places, draw_units, take_part


def seed(number):
    return tf.constant([number, -number], tf.int64)


def test_each_unit_takes_part_with_the_probability():
    check_poisson()


def test_probability_of_one_takes_all_and_none_is_rounded_up():
    assert bool(tf.reduce_all(take_part(seed(1), 1000, 1.0)))
    assert not bool(tf.reduce_any(take_part(seed(1), 1000, 0.0)))
    # With 2**-40 nobody of a million: a comparison of 24 bits would take those with the bits 0.
    assert not bool(tf.reduce_any(take_part(seed(2), 1_000_000, 2.0**-40)))
    almost = take_part(seed(3), 1_000_000, 1.0 - 2.0**-30)
    assert int(tf.reduce_sum(tf.cast(almost, tf.int64))) >= 999_990


def test_signed_bits_are_compared_as_numbers():
    """A half is the sign bit: exactly those with negative bits take part."""
    bits = tf.random.stateless_uniform([100], seed(4), minval=None, maxval=None, dtype=tf.int64, alg="philox")
    np.testing.assert_array_equal(take_part(seed(4), 100, 0.5), bits.numpy() < 0)


def test_every_choice_of_distinct_images_is_equally_likely():
    bits = tf.constant(np.random.default_rng(0).integers(-(2**63), 2**63 - 1, (6000, 2)))
    places = distinct_places(bits, tf.fill([6000], tf.constant(4, tf.int64))).numpy()
    assert (places[:, 0] != places[:, 1]).all()
    counts = np.unique(places @ [4, 1], return_counts=True)[1]
    assert len(counts) == 12
    assert chisquare(counts).pvalue > 1e-3


def test_places_by_hand():
    # 7 mod 3 = 1. Then 1 of the two that are left, {0, 2}: 2. Then 0.
    np.testing.assert_array_equal(
        distinct_places(tf.constant([[7, 1, 4]], tf.int64), tf.constant([3], tf.int64)), [[1, 2, 0]]
    )


def test_up_to_k_images_and_their_shares():
    starts = tf.constant([0, 1, 3, 7], tf.int64)
    terms = some_terms(sampling_probability=1.0, images_per_patient=2)
    draw = draw_units(seed(1), seed(2), starts, terms, partners=5, augmentation_numbers=3)
    np.testing.assert_array_equal(draw.units, [0, 1, 2])
    np.testing.assert_array_equal(draw.shares, [[1, 0], [0.5, 0.5], [0.5, 0.5]])
    assert draw.rows.numpy()[0, 0] == 0
    assert sorted(draw.rows.numpy()[1]) == [1, 2]
    assert set(draw.rows.numpy()[2]) <= {3, 4, 5, 6}
    assert len(set(draw.rows.numpy()[2])) == 2
    assert draw.partners.shape == draw.mix.shape == (3, 2)
    assert draw.augmentation.shape == (3, 2, 3)


def test_draws_of_a_unit_are_its_own():
    """Whether another unit takes part changes nothing of what is drawn for a unit."""
    starts, fixed = tf.range(51, dtype=tf.int64), seed(7)
    whole = draw_units(seed(1), fixed, starts, some_terms(sampling_probability=1.0), 5, 2)
    part = draw_units(seed(1), fixed, starts, some_terms(sampling_probability=0.5), 5, 2)
    units = part.units.numpy()
    assert 10 < len(units) < 40
    for name in ("rows", "partners", "mix", "augmentation"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name).numpy()[units], err_msg=name)
    assert 0 <= whole.mix.numpy().min() < 0.2 < 0.8 < whole.mix.numpy().max() < 1
    assert set(np.ravel(whole.partners)) == set(range(5))


def test_an_empty_draw():
    draw = draw_units(seed(1), seed(2), tf.range(4, dtype=tf.int64), some_terms(sampling_probability=0.0), 5)
    assert draw.units.shape == (0,)
    assert draw.rows.shape == (0, 1)
