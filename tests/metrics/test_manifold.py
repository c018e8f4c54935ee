"""Precision, recall, density and coverage: equal to prdc's to the last count, whatever the tiling."""

import numpy as np
import pytest
from formula_features import formula_features

from medgan_tf.metrics import manifold
from medgan_tf.metrics.manifold import manifold_counts

FIRST, SECOND = formula_features(60, 8, 0.0), formula_features(50, 8, 0.25)


@pytest.mark.parametrize(
    ("neighbours", "precision", "recall", "density", "coverage"),
    [(1, 25, 41, 31, 21), (3, 45, 53, 114, 45), (5, 48, 59, 190, 51)],
)
def test_equals_prdc(neighbours, precision, recall, density, coverage):
    """prdc 0.2: counts of 50 synthetic, 60 real vectors, and of real balls times k."""
    counts = manifold_counts(FIRST, SECOND, neighbours)
    assert int(counts.precision.sum()) == precision
    assert int(counts.recall.sum()) == recall
    assert int(np.rint(counts.density.sum() * neighbours)) == density
    assert int(counts.coverage.sum()) == coverage
    expected = {"precision": precision / 50, "recall": recall / 60}
    expected |= {"density": density / 50 / neighbours, "coverage": coverage / 60}
    assert counts.values() == pytest.approx(expected, rel=1e-14)


def test_tiles_change_nothing(monkeypatch):
    whole = manifold_counts(FIRST, SECOND, 3)
    monkeypatch.setattr(manifold, "_TILE_VALUES", 7 * 50)
    seen = []
    tiled = manifold_counts(FIRST, SECOND, 3, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 10 and seen[-1] == (170, 170)
    for name in ("precision", "recall", "density", "coverage"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(tiled, name))


def test_by_hand_on_a_line():
    """Real 0, 1, 3 and synthetic 0.5, 10, 11, k = 1: real radii 1, 1, 2; synthetic radii 9.5, 1, 1."""
    counts = manifold_counts(np.array([[0.0], [1.0], [3.0]]), np.array([[0.5], [10.0], [11.0]]), 1)
    assert counts.precision.tolist() == [True, False, False]
    assert counts.recall.tolist() == [True, True, True]
    assert counts.density.tolist() == [2.0, 0.0, 0.0]
    assert counts.coverage.tolist() == [True, True, False]


def test_far_from_the_origin():
    near, far = manifold_counts(FIRST, SECOND, 3), manifold_counts(FIRST + 1e4, SECOND + 1e4, 3)
    assert near.values() == pytest.approx(far.values())


def test_too_few_vectors_are_refused():
    with pytest.raises(ValueError, match="more than 5 vectors. Received: 5 real and 50 synthetic"):
        manifold_counts(FIRST[:5], SECOND, 5)
