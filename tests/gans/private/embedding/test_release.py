"""The release: the exact sensitivity of its sums, and the noise on every entry."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.gans.private.embedding.features import ImageFeatures
from medgan_tf.gans.private.embedding.release import embedding_sums, noisy_embedding, unit_embedding
from medgan_tf.gans.private.patients import Patients

FEATURES = ImageFeatures.drawn(16, 60, seed=1)
VECTORS = np.array([[1, 0], [0, 1], [1, 1]], np.uint8)
UNITS = np.array(["a", "b", "a", "c", "c", "c", "", "d", "d"])
LABELS = VECTORS[[0, 1, 0, 0, 1, 2, 2, 1, 1]]
IMAGES = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 1), dtype=np.uint8)


def sums_of(images, labels, units, vectors=VECTORS):
    patients = Patients.of(images, labels, units)
    return embedding_sums(FEATURES, patients.images.numpy(), patients.labels.numpy(), patients.starts.numpy(), vectors)


def test_each_unit_adds_the_mean_of_its_images():
    found, single = sums_of(IMAGES, LABELS, UNITS), FEATURES.of_real(IMAGES)
    wanted = np.stack(
        [
            (single[0] + single[2]) / 2 + single[3] / 3,
            single[1] + single[4] / 3 + (single[7] + single[8]) / 2,
            single[5] / 3 + single[6],
        ]
    )
    # Each unit is rounded to 2^-24.
    np.testing.assert_allclose(found, wanted, atol=5 * 2.0**-24)


@pytest.mark.parametrize("unit", ["a", "b", "c", "", "d"])
def test_a_unit_more_or_less_changes_the_sums_by_a_norm_of_1_at_most(unit):
    """Exactly, in rational numbers: the sums are whole multiples of 2^-24."""
    rest = unit != UNITS
    change = (sums_of(IMAGES, LABELS, UNITS) - sums_of(IMAGES[rest], LABELS[rest], UNITS[rest])) * 2**24
    whole = [int(value) for value in change.ravel()]
    assert whole == change.ravel().tolist()
    square = sum(value * value for value in whole)
    assert square <= (2**24) ** 2
    if unit in ("b", ""):
        # One image: the bound is reached, up to rounding.
        assert square >= (2**24 - 100) ** 2
    if unit == "c":
        # Three images, each in a row of its own.
        assert square == pytest.approx((2**24) ** 2 / 3, rel=1e-5)


def test_many_equal_images_of_a_unit_count_once():
    same, labels = np.repeat(IMAGES[:1], 50, axis=0), np.repeat(LABELS[:1], 50, axis=0)
    rows, added = unit_embedding(FEATURES, same, labels, VECTORS)
    assert rows.tolist() == [0] and sum(int(value) ** 2 for value in added.ravel()) <= 2**48
    np.testing.assert_allclose(added[0] / 2**24, FEATURES.of_real(IMAGES[:1])[0], atol=2.0**-23)


def test_images_with_other_labels_add_nothing_but_are_images_of_their_unit():
    found = sums_of(IMAGES, LABELS, UNITS, VECTORS[:1])
    single = FEATURES.of_real(IMAGES)
    np.testing.assert_allclose(found, [(single[0] + single[2]) / 2 + single[3] / 3], atol=5 * 2.0**-24)
    rows, added = unit_embedding(FEATURES, IMAGES[:1], LABELS[:1], VECTORS[1:])
    assert rows.shape == (0,) and added.shape == (0, FEATURES.count)


def test_what_a_unit_adds_depends_on_no_other_unit_and_on_no_order():
    order = np.random.default_rng(1).permutation(9)
    order = order[np.argsort(UNITS[order], kind="stable")]
    for unit in "acd":
        order[UNITS[order] == unit] = np.flatnonzero(UNITS == unit)
    found = sums_of(IMAGES[order], LABELS[order], UNITS[order])
    np.testing.assert_array_equal(found, sums_of(IMAGES, LABELS, UNITS))


def test_noise_has_the_stated_deviation_in_every_entry():
    sums, noise, count = np.full((3, 5), 7.0), 2.5, 4000
    draws = np.stack([noisy_embedding(sums, noise, np.random.default_rng(seed)) for seed in range(count)])
    squares = (np.square(draws - sums) / noise**2).sum(axis=0)
    low, high = stats.chi2.ppf([1e-5, 1 - 1e-5], count)
    assert ((low < squares) & (squares < high)).all()
    assert np.abs(draws.mean(axis=0) - sums).max() < 5 * noise / np.sqrt(count)
    correlations = np.corrcoef((draws - sums).reshape(count, -1).T) - np.eye(15)
    assert np.abs(correlations).max() < 5 / np.sqrt(count)
    assert stats.kstest((draws[:, 0, 0] - 7.0) / noise, "norm").pvalue > 1e-4


def test_without_noise_the_sums_are_released_as_they_are():
    sums = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(noisy_embedding(sums, 0.0, np.random.default_rng(0)), sums)
