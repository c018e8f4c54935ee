"""Scores of membership attacks: known densities, exact copies, and what a patient's score is."""

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from medgan_tf.metrics.privacy.membership import (
    density_scores,
    distance_scores,
    log_distance,
    patient_maxima,
    patient_means,
)


def test_members_at_synthetic_images_score_highest():
    random = np.random.default_rng(0)
    members, non_members, reference = (random.standard_normal((n, 16)) for n in (120, 120, 100))
    copies = members[:60] + 0.01 * random.standard_normal((60, 16))
    synthetic = np.concatenate([copies, random.standard_normal((60, 16))])
    found = distance_scores(members, synthetic, reference)
    assert found[:60].min() > distance_scores(non_members, synthetic, reference).max()
    # An exact copy has a finite score.
    assert np.isfinite(distance_scores(members, members, reference)).all()


def test_distances_by_hand():
    # Cosine distances of (1, 0) to (0, 1) and to (-1, 0) are 1 and 2.
    candidate, near, far = (np.array([[x, y]], np.float64) for x, y in ((1, 0), (0, 1), (-1, 0)))
    assert distance_scores(candidate, near, far)[0] == pytest.approx(np.log(2))
    assert log_distance(candidate, np.concatenate([far, near]))[0] == pytest.approx(0)


def test_densities_are_those_of_scipy_in_one_dimension():
    random = np.random.default_rng(1)
    synthetic, reference = random.standard_normal((200, 1)), random.standard_normal((200, 1)) + 1
    points = np.linspace(-2, 3, 7)[:, None]
    # Half of Scott's width of the pooled and whitened values, for both sets.
    width = 0.5 * 200 ** (-1 / 5) * np.concatenate([synthetic, reference]).std()
    expected = [
        np.log(gaussian_kde(part[:, 0], bw_method=width / part.std(ddof=1))(points[:, 0]))
        for part in (synthetic, reference)
    ]
    np.testing.assert_allclose(density_scores(points, synthetic, reference), expected[0] - expected[1], atol=1e-3)
    assert (density_scores(points, np.ones((5, 1)), np.ones((5, 1))) == 0).all()


def test_few_vectors_of_many_dimensions_have_the_scores_of_their_own_subspace():
    """30 vectors in 12 dimensions go through the covariance; turned into 200 dimensions, through scalar products."""
    random = np.random.default_rng(2)
    axes = np.linalg.qr(random.standard_normal((200, 12)))[0].T
    parts = [random.standard_normal((count, 12)) * np.arange(1, 13) for count in (9, 40, 15)]
    parts[1] += 0.5
    found = density_scores(*(part @ axes + 3 for part in parts), dimensions=5)
    assert np.abs(found).max() > 0.5
    np.testing.assert_allclose(found, density_scores(*parts, dimensions=5), atol=1e-3)


def test_scores_of_patients():
    scores, patients = np.array([1.0, 3, 5, -7]), np.array([1, 1, 0, 2])
    assert patient_means(scores, patients).tolist() == [5, 2, -7]
    assert patient_maxima(scores, patients).tolist() == [5, 3, -7]
