"""Directions of pairs and rank intervals, by hand and by enumeration."""

import itertools

import numpy as np
import pytest

from medgan_tf.metrics.ranks import LARGER, NOT_SHOWN, SMALLER, connected, rank_intervals, shown_directions


def test_both_directions_of_all_pairs_are_corrected_together():
    """Two pairs have four p-values. By Holm 0.01 counts 4 times, 0.02 counts 3 times, and neither counts for less."""
    first, second = shown_directions([0.01, 0.98], [0.99, 0.02])
    assert (first.sign, second.sign) == (SMALLER, NOT_SHOWN)
    assert (first.p, second.p) == pytest.approx((0.02, 0.04))
    assert (first.corrected, second.corrected) == pytest.approx((0.04, 0.06))
    [alone] = shown_directions([0.98], [0.02])
    assert alone.sign == LARGER and alone.corrected == pytest.approx(0.04)


def test_a_pair_without_a_test_does_not_count():
    first, second = shown_directions([None, 0.02], [float("nan"), 0.98])
    assert (first.sign, second.sign) == (NOT_SHOWN, SMALLER)
    assert np.isnan([first.p, first.corrected]).all() and second.corrected == pytest.approx(0.04)
    assert shown_directions([], []) == []


def test_ranks_by_hand():
    """0 is shown to be better than 2 and 3: it has rank 1 or 2, and these have 2 to 4."""
    assert rank_intervals(range(4), {(0, 2), (0, 3)}) == {0: (1, 2), 1: (1, 4), 2: (2, 4), 3: (2, 4)}
    assert rank_intervals([1, 2], {(0, 2), (1, 2)}) == {1: (1, 1), 2: (2, 2)}
    assert rank_intervals([5], ()) == {5: (1, 1)}


def test_rank_intervals_hold_every_order_that_what_is_shown_allows():
    shown = {(0, 1), (0, 2), (3, 2)}
    allowed = [
        order
        for order in itertools.permutations(range(4))
        if all(order.index(better) < order.index(worse) for better, worse in shown)
    ]
    ranks = {one: [order.index(one) + 1 for order in allowed] for one in range(4)}
    assert rank_intervals(range(4), shown) == {one: (min(found), max(found)) for one, found in ranks.items()}


def test_groups_that_pairs_connect():
    assert connected(5, [(0, 3), (4, 1), (3, 2)]) == [[0, 2, 3], [1, 4]]
    assert connected(2, []) == [[0], [1]]
