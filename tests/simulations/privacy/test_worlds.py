"""Made-up patients: pictures hold their points, and a leak is what it says."""

import numpy as np
import pytest

from medgan_tf.simulations.privacy.worlds import DIMENSIONS, PointExtractor, World, drawn, pictures, waves


def copies(released, real):
    """Rows of released images that are a real one, mirrored or not."""
    known = {image.tobytes() for image in real}
    mirrored = np.ascontiguousarray(released[:, :, ::-1])
    return [row for row, pair in enumerate(zip(released, mirrored, strict=True)) if {p.tobytes() for p in pair} & known]


def test_waves_are_apart():
    flat = waves().reshape(DIMENSIONS, -1)
    np.testing.assert_allclose(flat @ flat.T / flat.shape[1], np.eye(DIMENSIONS), atol=1e-9)


def test_features_are_the_points():
    points = 0.5 * np.random.default_rng(0).normal(size=(20, DIMENSIONS))
    found = PointExtractor().features(pictures(points))
    # Grey values are whole numbers, and few are cut off at black or white.
    assert np.abs(found - points).max() < 0.02 and found.dtype == np.float32


def test_sets_of_a_world():
    sets = drawn(World(300), np.random.default_rng(0))
    counts = np.unique(sets.train.patients, return_counts=True)[1]
    assert len(counts) == 300 and set(counts) == {1, 2, 3, 4}
    assert len(sets.synthetic) == len(sets.train) == counts.sum()
    assert len(drawn(World(300, released=250), np.random.default_rng(0)).synthetic) == 250
    assert not set(sets.train.patients) & set(sets.held_out.patients)
    assert copies(sets.synthetic.images, sets.train.images) == []


def test_verbatim_copies():
    sets = drawn(World(100, "verbatim", 3), np.random.default_rng(0))
    assert len(copies(sets.synthetic.images, sets.train.images)) == 3


@pytest.mark.parametrize(("leak", "share", "number"), [("noisy copies", 0.02, 4), ("memorised", 0.03, 6)])
def test_near_copies(leak, share, number):
    """So many released images are far nearer to a training image than any other one is to a held-out image."""
    sets = drawn(World(200, leak, share, released=200), np.random.default_rng(1))
    train, held_out, released = (
        PointExtractor().features(one.images) for one in (sets.train, sets.held_out, sets.synthetic)
    )
    to_train, to_held_out = (
        np.linalg.norm(released[:, None] - real[None], axis=2).min(axis=1) for real in (train, held_out)
    )
    assert np.count_nonzero(to_train < 0.6) == number and np.count_nonzero(to_held_out < 0.6) == 0
    assert len(copies(sets.synthetic.images, sets.train.images)) == 0


def test_a_shift_and_swapped_sets():
    shifted = drawn(World(400, shift=2.0), np.random.default_rng(2))
    train, held_out, released = (
        PointExtractor().features(one.images)[:, 0].mean()
        for one in (shifted.train, shifted.held_out, shifted.synthetic)
    )
    assert train - held_out == pytest.approx(2, abs=0.3) and released == pytest.approx(train, abs=0.3)
    swapped = drawn(World(100, "verbatim", 3, swapped=True), np.random.default_rng(0))
    assert len(copies(swapped.synthetic.images, swapped.held_out.images)) == 3
    assert copies(swapped.synthetic.images, swapped.train.images) == [] and swapped.train.name == "training"


def test_the_truth_in_words():
    assert World(400).truth == "no leak" and World(400, "noisy copies", 0.02).truth == "2% noisy copies"
    assert World(9, "verbatim", 1).truth == "1 released image verbatim"
    swapped = World(9, "memorised", 0.3, swapped=True).truth
    assert swapped == "30% of the patients memorised, training and held-out images swapped"
