"""FID: closed forms, other implementations, and the covariances that make other implementations imaginary."""

import numpy as np
import pytest
from formula_features import formula_features

from medgan_tf.metrics.frechet import DistanceWithout, frechet_distance, frechet_distance_of
from medgan_tf.metrics.moments import Moments

FIRST, SECOND = formula_features(60, 8, 0.0), formula_features(50, 8, 0.25)


def gaussian(mean, covariance, count=101):
    return Moments(count, np.asarray(mean, float), np.asarray(covariance, float) * (count - 1))


def test_equals_pytorch_fid_and_clean_fid():
    """pytorch-fid 0.3.0 and clean-fid 0.1.35, both by scipy's matrix square root, on the same features."""
    published = 0.18254977451776977
    assert frechet_distance(Moments.of(FIRST), Moments.of(SECOND)) == pytest.approx(published, rel=1e-12)
    assert frechet_distance_of(FIRST, SECOND) == pytest.approx(published, rel=1e-12)


def test_commuting_covariances():
    """|m1 - m2|^2 + sum of (s1 - s2)^2 over the axes."""
    first = gaussian([0, 0, 0], np.diag([1.0, 4.0, 9.0]))
    second = gaussian([1, 2, 0], np.diag([4.0, 4.0, 0.0]))
    assert frechet_distance(first, second) == pytest.approx((1 + 4) + (1 + 0 + 9), rel=1e-12)


def test_covariances_that_do_not_commute():
    """In two dimensions tr (S1 S2)^1/2 = (tr(S1 S2) + 2 det(S1 S2)^1/2)^1/2."""
    first, second = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[5.0, -2.0], [-2.0, 1.0]])
    root = np.sqrt(np.trace(first @ second) + 2 * np.sqrt(np.linalg.det(first @ second)))
    expected = 9 + np.trace(first) + np.trace(second) - 2 * root
    assert frechet_distance(gaussian([0, 0], first), gaussian([3, 0], second)) == pytest.approx(expected, rel=1e-12)


def test_identical_sets_are_at_zero():
    moments = Moments.of(FIRST * np.logspace(-4, 4, 8))
    assert frechet_distance(moments, moments) < 1e-9 * np.trace(moments.covariance)


def test_fewer_images_than_dimensions():
    """Rank-deficient, 50 vectors of 512 dimensions: from moments and from features alike, finite and >= 0."""
    random = np.random.default_rng(1)
    first, second = random.standard_normal((50, 512)), random.standard_normal((50, 512)) + 0.1
    by_moments = frechet_distance(Moments.of(first), Moments.of(second))
    by_features = frechet_distance_of(first, second)
    assert by_features == pytest.approx(by_moments, rel=1e-6)
    assert 700 < by_features < 900
    same = frechet_distance_of(first, first)
    assert 0 <= same < 1e-9 * np.var(first, axis=0).sum()
    assert 0 <= frechet_distance(Moments.of(first), Moments.of(first)) < 1e-6 * np.var(first, axis=0).sum()


def test_constant_features_have_no_covariance():
    assert frechet_distance_of(np.zeros((5, 3)), np.ones((5, 3))) == pytest.approx(3.0)
    assert frechet_distance(Moments.of(np.zeros((5, 3))), Moments.of(np.ones((5, 3)))) == pytest.approx(3.0)


def test_quick_form_differs_little():
    random = np.random.default_rng(4)
    scales = np.logspace(-3, 0, 64)
    for count in (40, 300):
        first, second = random.standard_normal((2, count, 64)) * scales
        exact, quick = frechet_distance_of(first, second), frechet_distance_of(first, second, quick=True)
        assert quick == pytest.approx(exact, abs=1e-6 * np.square(scales).sum())


@pytest.mark.parametrize("counts", [(90, 70), (20, 18)])
def test_distances_without_a_part_are_those_of_the_rest(counts):
    """More and fewer vectors than the 24 dimensions; parts that lie beside the rest."""
    random = np.random.default_rng(5)
    sets = [random.standard_normal((count, 24)) * np.linspace(0.2, 2, 24) + 0.3 * i for i, count in enumerate(counts)]
    rows = [np.array([3, 7, 8, 11]), np.arange(5)]
    sets[1][rows[1]] += 4
    distances = DistanceWithout(sets)
    assert distances.whole() == pytest.approx(frechet_distance_of(*sets), rel=1e-6)
    for sample in (0, 1):
        left = [np.delete(one, rows[sample], axis=0) if i == sample else one for i, one in enumerate(sets)]
        expected = frechet_distance_of(*left)
        assert distances.without(sample, rows[sample]) == pytest.approx(expected, rel=1e-6)
        assert abs(expected - frechet_distance_of(*sets)) > 0.1


def test_one_image_is_refused():
    with pytest.raises(ValueError, match="needs two vectors of each. Received: 1 and 50"):
        frechet_distance_of(FIRST[:1], SECOND)
