"""KID against another implementation and by hand."""

import numpy as np
import pytest
from formula_features import formula_features

from medgan_tf.metrics.kernel import discrepancy_influences, kernel_distance, squared_discrepancy
from medgan_tf.metrics.streams import stream

FIRST, SECOND = formula_features(60, 8, 0.0), formula_features(50, 8, 0.25)


def test_equals_clean_fid():
    """clean-fid 0.1.35, one subset that is the whole of both sets."""
    assert squared_discrepancy(FIRST[:50], SECOND) == pytest.approx(0.023743438299394484, rel=1e-9)
    result = kernel_distance(FIRST[:50], SECOND, stream(0, "subsets"))
    assert result.value == pytest.approx(0.023743438299394484, rel=1e-9)
    assert (result.subsets, result.subset_size) == (1, 50)
    assert np.isnan(result.standard_error)


def test_worked_by_hand():
    """k(x, y) = (xy + 1)^3 in one dimension: {0, 1} against {1, 1}: 1 + 8 - 2 (1 + 8) / 2 = 0; {0, 0}: 1 + 8 - 2."""
    assert squared_discrepancy(np.array([[0.0], [1.0]]), np.array([[1.0], [1.0]])) == pytest.approx(0.0, abs=1e-15)
    assert squared_discrepancy(np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]])) == pytest.approx(7.0)


def test_subsets_agree_with_the_whole():
    result = kernel_distance(FIRST, SECOND, stream(0, "subsets"), subsets=400, subset_size=40)
    assert result.value == pytest.approx(squared_discrepancy(FIRST, SECOND), abs=4 * result.standard_error)
    assert 0 < result.standard_error < 0.01
    assert result == kernel_distance(FIRST, SECOND, stream(0, "subsets"), subsets=400, subset_size=40)


def test_influences_are_what_a_vector_adds():
    """Doubling the weight of one vector moves the value by its influence / n, up to terms of order 1/n^2."""
    value, first, _ = discrepancy_influences(FIRST, SECOND)
    assert first.mean() == pytest.approx(0.0, abs=1e-12)
    without = np.array([squared_discrepancy(np.delete(FIRST, row, axis=0), SECOND) for row in range(len(FIRST))])
    jackknife = (len(FIRST) - 1) * (value - without)
    assert np.corrcoef(jackknife, first)[0, 1] > 0.98
    assert np.std(jackknife) == pytest.approx(np.std(first), rel=0.1)


def test_one_vector_is_refused():
    with pytest.raises(ValueError, match="needs two vectors of each. Received: 1 and 50"):
        kernel_distance(FIRST[:1], SECOND, stream(0, "subsets"))
