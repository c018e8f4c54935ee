"""Loss increases and agreement of maps, by hand."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from medgan_tf.evidence.importance.map_agreement import (
    flat_below,
    importance_map,
    loss_increase,
    partial_rank_correlation,
    rank_correlation,
    top_overlap,
)


def test_loss_increase_by_hand():
    before, after = np.array([0.8, 0.1]), np.array([[[0.4, 0.1], [0.8, 0.55]]])
    found = loss_increase(before, after, np.array([1.0, 0.0]))
    np.testing.assert_allclose(found, [[[np.log(2), 0], [0, np.log(2)]]], atol=1e-15)


def test_certain_answers_stay_finite():
    found = loss_increase(np.array([1.0]), np.array([[[0.0]]]), np.array([1.0]))
    assert found[0, 0, 0] == pytest.approx(np.log(1e7), rel=1e-6)


def test_maps_are_floored_and_add_up_to_one():
    increase = np.array([[[0.3, -0.1], [-1.0, 0.2]]])
    np.testing.assert_allclose(importance_map(increase), [[1, 1e-6]], atol=1e-6)
    np.testing.assert_allclose(importance_map(increase, 1), [[5e-7, 1]], atol=1e-6)
    assert importance_map(increase).sum() == pytest.approx(1)


def test_agreement_with_itself_is_one():
    maps = np.random.default_rng(0).random((7, 7))
    assert rank_correlation(maps, maps) == pytest.approx(1) and top_overlap(maps, maps, 0.1) == 1
    assert rank_correlation(maps, -maps) == pytest.approx(-1)
    assert np.isnan(rank_correlation(maps, np.ones((7, 7))))


def test_rank_correlation_is_spearmans_with_ties():
    first = np.random.default_rng(1).integers(0, 4, (6, 6))
    second = first + np.random.default_rng(2).integers(0, 3, (6, 6))
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first.ravel(), second.ravel()).statistic)


def test_top_overlap_by_hand():
    first, second = np.array([[9, 8, 1, 0]]), np.array([[9, 0, 8, 1]])
    assert top_overlap(first, second, 0.5) == 0.5
    assert top_overlap(first, second, 0.01) == 1


def test_partial_rank_correlation_is_that_of_the_rests():
    """Ranks after linear regression on the third's ranks, by least squares."""
    random = np.random.default_rng(4)
    third = random.normal(size=(6, 6))
    first, second = (third + random.normal(0, 0.7, (6, 6)) for _ in range(2))
    ranks = [rankdata(part.ravel()) for part in (first, second, third)]
    design = np.column_stack([np.ones(36), ranks[2]])
    rests = [part - design @ np.linalg.lstsq(design, part, rcond=None)[0] for part in ranks[:2]]
    expected = np.corrcoef(*rests)[0, 1]
    assert partial_rank_correlation(first, second, third) == pytest.approx(expected)
    # What is the third alone has no rest, and a constant map has no ranks.
    assert np.isnan(partial_rank_correlation(third, second, third))
    assert np.isnan(partial_rank_correlation(np.ones((6, 6)), second, third))


def test_maps_of_brightness_alone_agree_only_through_it():
    random = np.random.default_rng(5)
    third = random.normal(size=(40, 40))
    first, second = (third + random.normal(size=(40, 40)) for _ in range(2))
    assert rank_correlation(first, second) > 0.4
    assert abs(partial_rank_correlation(first, second, third)) < 0.1


def test_flat_below_by_hand():
    limits = flat_below(np.array([0.5, 0.5, 0.999]), np.array([1, 0, 0]), 0.01)
    # 1 % of ln 2, the same, and 1 % of -ln 0.001.
    assert limits == pytest.approx([0.01 * np.log(2), 0.01 * np.log(2), max(-0.01 * np.log(0.001), 2e-6 / 0.001)])
    # A sure and right answer has no loss to take a share of: there rounding decides.
    assert flat_below(np.array([1.0]), np.array([1]), 0.01) == pytest.approx([2e-6], rel=1e-3)
