"""Nearest neighbours: equal to a plain search over all pairs in float64, ties included, whatever the tiles."""

import numpy as np
import pytest

from medgan_tf.metrics import neighbours
from medgan_tf.metrics.neighbours import nearest, unit_rows


def brute_force(queries, base, count):
    """All pairs one by one; equal distances: lower row first."""
    base = unit_rows(base)
    index, distance = [], []
    for query in unit_rows(queries):
        all_distances = np.clip(1.0 - (query * base).sum(axis=1), 0, 2)
        order = np.lexsort((np.arange(len(base)), all_distances))[:count]
        index.append(order)
        distance.append(all_distances[order])
    return np.array(index), np.array(distance)


@pytest.mark.parametrize("tile", [7, 64, 8192])
@pytest.mark.parametrize("count", [1, 3, 10])
def test_equals_brute_force_in_float64(tile, count, monkeypatch):
    monkeypatch.setattr(neighbours, "_BASE_ROWS", tile)
    monkeypatch.setattr(neighbours, "_QUERY_ROWS", 13)
    random = np.random.default_rng(0)
    queries, base = random.standard_normal((40, 33), np.float32), random.standard_normal((300, 33), np.float32)
    # Equal vectors all over the base, and queries that are in it.
    base[50:290:8], base[1::90] = base[3], 2 * base[3]
    queries[:3], queries[5] = base[3], base[7]
    found = nearest(queries, base, count)
    index, distance = brute_force(queries, base, count)
    np.testing.assert_array_equal(found.index, index)
    np.testing.assert_array_equal(found.distance, distance)


def test_small_cases_by_hand():
    base = np.array([[1, 0], [0, 1], [1, 1], [-1, 0]])
    found = nearest(np.array([[2.0, 0], [0, 0]]), base, 4)
    assert found.index.tolist() == [[0, 2, 1, 3], [0, 1, 2, 3]]
    np.testing.assert_allclose(found.distance, [[0, 1 - np.sqrt(0.5), 1, 2], [1, 1, 1, 1]], atol=1e-15)


def test_all_tied_is_slow_but_right(monkeypatch):
    monkeypatch.setattr(neighbours, "_PAIRS_AT_A_TIME", 11)
    found = nearest(np.ones((5, 4)), np.ones((30, 4)), 2)
    assert found.index.tolist() == [[0, 1]] * 5


def test_progress_counts_tiles(monkeypatch):
    monkeypatch.setattr(neighbours, "_BASE_ROWS", 10)
    seen = []
    nearest(np.ones((2, 3)), np.ones((25, 3)), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    "queries, base, count, message",
    [
        (np.ones((2, 3)), np.ones((2, 4)), 1, "equal length"),
        (np.ones((2, 3)), np.ones((2, 3)), 3, "3 neighbours need at least as many vectors. Received: 2"),
        (np.full((2, 3), np.nan), np.ones((2, 3)), 1, "finite"),
    ],
)
def test_bad_input(queries, base, count, message):
    with pytest.raises(ValueError, match=message):
        nearest(queries, base, count)


@pytest.mark.parametrize("count, size", [(4, 1030), (5, 300), (200, 1030)])
def test_the_kth_largest_is_bounded_by_groups(count, size):
    """At least k values of each row reach the bound, and few more do; small rows have it exactly."""
    values = np.random.default_rng(count).normal(size=(40, size))
    bound = neighbours._at_most_the_kth_largest(values, count)
    reach = (values >= bound[:, None]).sum(axis=1)
    assert (reach >= count).all() and reach.max() <= 2 * count
