"""Loss increases and agreement of maps, by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from medgan_tf.metrics.map_agreement import importance_map, loss_increase, rank_correlation, top_overlap


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
