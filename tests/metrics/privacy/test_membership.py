"""Membership attacks: known densities, hand-worked rates, and the coverage of the interval without a leak."""

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from medgan_tf.metrics.privacy.membership import (
    attack_result,
    density_scores,
    distance_scores,
    patient_means,
    true_positive_rates,
)


def test_true_positive_rates_by_hand():
    truth = np.array([1, 1, 0, 1, 0, 0, 0])
    scores = np.array([9.0, 8, 7, 6, 5, 4, 3])
    once = np.ones((1, 7))
    np.testing.assert_allclose(true_positive_rates(truth, scores, once, [0, 0.2, 0.25, 1]), [[2 / 3, 2 / 3, 1, 1]])
    # The second of the non-members counts double, so one false alarm is 1 of 5.
    weights = np.array([[1, 1, 1, 1, 2, 1, 1], [0, 0, 1, 0, 1, 1, 1]])
    found = true_positive_rates(truth, scores, weights, [0.2])
    assert found[0, 0] == 1 and np.isnan(found[1, 0])


def test_ties_share_a_threshold():
    truth, scores = np.array([1, 1, 0, 0]), np.array([2.0, 1, 1, 0])
    assert true_positive_rates(truth, scores, np.ones((1, 4)), [0, 0.5]).tolist() == [[0.5, 1.0]]


def test_few_non_members_have_no_small_rate():
    result = attack_result(np.arange(50.0), np.arange(150.0), np.full(200, ""), 0, draws=200)
    assert np.isfinite(result.true_positives[0.01][0]) and np.isnan(result.true_positives[0.001][0])
    assert (result.members, result.non_members, result.patients) == (50, 150, 200)


def test_members_at_synthetic_images_are_found():
    random = np.random.default_rng(0)
    members, non_members, reference = (random.standard_normal((n, 16)) for n in (120, 120, 100))
    synthetic = np.concatenate(
        [members[:60] + 0.01 * random.standard_normal((60, 16)), random.standard_normal((60, 16))]
    )
    scores = [distance_scores(part, synthetic, reference) for part in (members, non_members)]
    result = attack_result(*scores, np.full(240, ""), 0, draws=500)
    assert result.auc == pytest.approx(0.75, abs=0.06) and result.auc_interval.low > 0.6
    assert result.true_positives[0.01][0] >= 0.5
    # An exact copy has a finite score.
    assert np.isfinite(distance_scores(members, members, reference)).all()


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
    np.testing.assert_allclose(density_scores(points, synthetic, reference), expected[0] - expected[1], atol=1e-8)
    assert (density_scores(points, np.ones((5, 1)), np.ones((5, 1))) == 0).all()


def test_patient_means():
    assert patient_means(np.array([1.0, 3, 5, 7]), np.array(["b", "b", "a", ""])).tolist() == [5, 2, 7]


@pytest.mark.parametrize("attack", [distance_scores, density_scores])
def test_without_a_leak_the_interval_covers_one_half(attack):
    """300 repeats; patients have two images that are alike. 92 to 98 % are allowed."""
    random, covered = np.random.default_rng(2), 0
    for repeat in range(300):
        patients = [np.repeat(random.standard_normal((n, 6)), 2, axis=0) for n in (40, 40, 25)]
        members, non_members, reference = (part + 0.3 * random.standard_normal(part.shape) for part in patients)
        synthetic = random.standard_normal((80, 6)) * 0.9
        scores = [attack(part, synthetic, reference) for part in (members, non_members)]
        interval = attack_result(*scores, np.repeat(np.arange(80), 2).astype(str), draws=300, seed=repeat).auc_interval
        covered += interval.low <= 0.5 <= interval.high
    assert 0.92 <= covered / 300 <= 0.98
