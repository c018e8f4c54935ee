"""Orientation: phantoms as they are and changed, sets without an answer, and the margin against a bootstrap."""

import numpy as np
import pytest
from phantom_sets import phantom_set

from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG
from medgan_tf.synthesis.external.checks.orientation import check_orientation, likeness, strength, wrong_change
from medgan_tf.synthesis.external.checks.symmetries import IDENTITY, OTHERS, Symmetry

MIRRORED, INVERTED = Symmetry(0, True), Symmetry(inverted=True)


@pytest.fixture(scope="module")
def chests():
    """Synthetic ones and real ones, uint8 [40, 24, 24], all of different persons."""
    images = phantom_set("chests", 40, 3, side=24).images[..., 0]
    return images[:40], images[40:]


def test_images_that_lie_as_the_real_ones(chests):
    found = check_orientation(*chests)
    assert (found.status, found.name) == (RIGHT, "orientation")
    assert found.numbers["score"] > 0.98 and found.numbers["interval"][1] < 0 and found.numbers["possible"] == []


@pytest.mark.parametrize("change", OTHERS, ids=lambda one: one.words)
def test_every_change_is_found_and_named(chests, change):
    synthetic, real = chests
    changed = change.of_images(synthetic)
    found = check_orientation(changed, real)
    assert (found.status, found.numbers["change"]) == (WRONG, change.words)
    assert wrong_change(changed, real) == change
    assert f"received images that are {change.words}" in found.words and "\n" not in found.words


def test_the_score_is_a_correlation(chests):
    synthetic, real = chests
    numbers = check_orientation(synthetic, real).numbers
    means = synthetic.mean(axis=0).ravel(), real.mean(axis=0)
    assert numbers["score"] == pytest.approx(np.corrcoef(means[0], means[1].ravel())[0, 1])
    best = next(one for one in OTHERS if one.words == numbers["best"])
    expected = np.corrcoef(means[0], best.of_pattern(means[1]).ravel())[0, 1]
    assert numbers["best_score"] == pytest.approx(expected)


def test_the_error_is_that_of_a_bootstrap_over_images_and_patients(chests):
    synthetic, real = chests
    patients = np.repeat([f"p{number}" for number in range(20)], 2)
    low, high = check_orientation(synthetic, real, patients).numbers["interval"]
    best = next(one for one in OTHERS if one.words == check_orientation(synthetic, real).numbers["best"])
    random, margins = np.random.default_rng(1), []
    for _ in range(400):
        own = synthetic[random.integers(0, 40, 40)].mean(axis=0)
        chosen = random.integers(0, 20, 20)
        other = real[np.stack([2 * chosen, 2 * chosen + 1]).ravel()].mean(axis=0)
        scores = [np.corrcoef(own.ravel(), one.of_pattern(other).ravel())[0, 1] for one in (best, IDENTITY)]
        margins.append(scores[0] - scores[1])
    # Student's t with 20 to 60 degrees of freedom is near to 2 standard errors on each side.
    assert (high - low) / 4 == pytest.approx(np.std(margins), rel=0.2)


def test_few_images_are_undecided(chests):
    synthetic, real = chests
    found = check_orientation(INVERTED.of_images(synthetic[:4]), real)
    assert found.status == UNDECIDED and "4 images and 40 real ones are too few" in found.words
    alone = check_orientation(synthetic, real, np.full(40, "p"))
    assert alone.status == UNDECIDED and "1 real ones are too few" in alone.words


def test_symmetric_sets_are_undecided(chests):
    real = np.concatenate([chests[1], MIRRORED.of_images(chests[1])])
    for change in (IDENTITY, MIRRORED):
        found = check_orientation(change.of_images(chests[0]), real)
        assert found.status == UNDECIDED and "mirrored left to right" in found.numbers["possible"]
    # As much one way as the other: from a generator that was trained on mirrored copies, too.
    both = np.concatenate([chests[0], MIRRORED.of_images(chests[0])])
    found = check_orientation(both, chests[1])
    assert found.status == UNDECIDED and found.numbers["possible"] == ["mirrored left to right"]
    assert "cannot tell whether the images are mirrored left to right" in found.words


def test_flat_images_are_undecided(chests):
    flat = np.full((40, 24, 24), 100, np.uint8)
    assert "mean of the synthetic images is flat" in check_orientation(flat, chests[1]).words
    assert "mean of the real images is flat" in check_orientation(chests[0], flat).words


def test_large_images_are_averaged():
    images = phantom_set("chests", 8, 3, side=64).images[..., 0]
    found = check_orientation(MIRRORED.of_images(images[:8]), images[8:])
    assert found.status in (UNDECIDED, WRONG) and 0.9 < found.numbers["best_score"] < 1


def test_an_asymmetry_of_its_own_is_no_mirror_image():
    """A synthetic mean with another asymmetric part, of which the mirrored real one explains 30 %."""
    random = np.random.default_rng(0)
    x = np.arange(8) - 3.5
    even, odd, other = np.cos(x), np.sin(x), np.sin(2 * x)
    other -= odd * (odd @ other) / (odd @ odd)
    odd, other = odd / np.linalg.norm(odd), other / np.linalg.norm(other)
    noise = [0.05 * random.normal(size=(300, 8, 8)) for _ in range(2)]
    real = even + 0.3 * odd + noise[0]
    found = check_orientation(even - 0.3 * odd + other + noise[1], real)
    # The mirror image fits better, by far more than chance; yet it is not what happened.
    assert found.numbers["margin"] > 0.02 and found.numbers["interval"][0] > 0
    assert found.status == UNDECIDED and "mirrored left to right" in found.words
    assert check_orientation(even - 0.3 * odd + noise[1], real).status == WRONG


def test_strength_and_likeness_by_hand():
    """A pattern with an even part of (1, 1) and an odd part of (1, -1), all four values around 0."""
    even, odd = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([[1.0, -1.0], [1.0, -1.0]])
    real = (even + odd) / np.sqrt(8)
    for share, expected in ((-1.0, 1.0), (0.0, 0.0), (1.0, -1.0), (-0.5, 0.5)):
        own = (even + share * odd) / np.sqrt(8)
        assert strength(own, real, MIRRORED) == pytest.approx(expected)
    assert likeness((even - 0.5 * odd) / 3, real, MIRRORED) == pytest.approx(1.0)
    assert likeness((even + 0.5 * odd) / 3, real, MIRRORED) == pytest.approx(-1.0)
    assert np.isnan(strength(even, even / 2, MIRRORED)) and np.isnan(likeness(even, even, MIRRORED))
