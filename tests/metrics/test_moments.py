"""Streaming moments equal those of the whole."""

import numpy as np
import pytest
from formula_features import formula_features

from medgan_tf.metrics.moments import Moments

FEATURES = formula_features(60, 8, 0.0) + 100.0


def test_equal_numpy():
    moments = Moments.of(FEATURES)
    np.testing.assert_allclose(moments.mean, FEATURES.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.covariance, np.cov(FEATURES, rowvar=False), rtol=1e-12)


@pytest.mark.parametrize("cuts", [[30], [1, 2, 59], [60], [0, 17]])
def test_parts_merged_equal_the_whole(cuts):
    whole, parts = Moments.of(FEATURES), Moments.empty(8)
    for part in np.split(FEATURES, cuts):
        parts = parts.add(part)
    assert parts.count == 60
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(parts.scatter, whole.scatter, rtol=1e-11)


def test_halves_merge_in_either_order():
    first, second = Moments.of(FEATURES[:13]), Moments.of(FEATURES[13:])
    np.testing.assert_allclose(first.merge(second).scatter, second.merge(first).scatter, rtol=1e-13)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"\[N, D\]. Received: shape=\(3,\)"):
        Moments.of(np.zeros(3))
    with pytest.raises(ValueError, match="must be finite"):
        Moments.of(np.array([[1.0, np.nan]]))
    with pytest.raises(ValueError, match="must have 8 dimensions. Received: 2"):
        Moments.of(FEATURES).merge(Moments.of(np.zeros((3, 2))))
    with pytest.raises(ValueError, match="at least two feature vectors. Received: 1"):
        _ = Moments.of(FEATURES[:1]).covariance


def test_without_a_part_is_the_reverse_of_merge():
    features = np.random.default_rng(3).standard_normal((40, 5)) + 2
    whole, part, rest = Moments.of(features), Moments.of(features[:13]), Moments.of(features[13:])
    left = whole.without(part)
    assert left.count == 27
    np.testing.assert_allclose(left.mean, rest.mean, atol=1e-12)
    np.testing.assert_allclose(left.scatter, rest.scatter, atol=1e-10)
    assert whole.without(whole).count == 0 and whole.without(Moments.empty(5)) is whole
