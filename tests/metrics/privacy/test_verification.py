"""Search with a verifier: scores, threshold and matches by loops over pairs; the error of an AUC by another method."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.verification import (
    described,
    pair_auc,
    score_exceeded_by,
    scores,
    search_patients,
)


def units(count, seed, size=5):
    drawn = np.random.default_rng(seed).normal(size=(count, size)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture
def images():
    cohort = units(30, 3)
    return described(units(300, 1), cohort), described(units(40, 2), cohort), cohort


def test_scores_are_less_for_images_that_are_like_everybody(images):
    queries, real, cohort = images
    likeness = np.sort(cohort @ queries.vectors[7])[-10:].mean()
    assert queries.typical[7] == pytest.approx(likeness, abs=1e-6)
    expected = 2 * queries.vectors[7] @ real.vectors[3] - likeness - np.sort(cohort @ real.vectors[3])[-10:].mean()
    assert scores(queries.take([7]), real.take([3]))[0] == pytest.approx(expected, abs=1e-5)


def every_score(queries, real):
    return np.array(
        [[scores(queries.take([q]), real.take([r]))[0] for r in range(len(real))] for q in range(len(queries))]
    )


def test_the_threshold_and_the_matches(images):
    queries, real, _ = images
    all_scores = every_score(queries, real)
    threshold = score_exceeded_by(25, queries, real)
    assert (all_scores > threshold + 1e-5).sum() == 25 and (all_scores > threshold - 1e-5).sum() == 26
    assert score_exceeded_by(10**6, queries, real) == -np.inf
    patients = np.array([f"p{number // 2}" for number in range(40)])
    found = search_patients(queries, real, patients, threshold + 1e-5)
    np.testing.assert_allclose(found.best, all_scores.max(axis=1), atol=1e-5)
    assert (found.row == all_scores.argmax(axis=1)).all()
    hits = all_scores > threshold + 1e-5
    # A released image that matches both images of a patient counts once, one half for each.
    by_patient = hits.reshape(300, 20, 2)
    expected = (by_patient / np.maximum(by_patient.sum(axis=2, keepdims=True), 1)).sum(axis=0).ravel()
    np.testing.assert_allclose(found.matches, expected)
    assert found.matches.sum() == by_patient.any(axis=2).sum() > 0


def test_the_error_of_pairs_that_share_no_patient_is_that_of_delong_with_pairs_of_two_counted_twice():
    random = np.random.default_rng(0)
    same, different = random.normal(1, 1, 150), random.normal(0, 1, 150)
    found = pair_auc(same, different, np.arange(150), np.arange(150, 450).reshape(150, 2))
    above = same[:, None] > different[None]
    assert found.value == pytest.approx(above.mean())
    # DeLong et al. 1988: variances of the placement values.
    variance = above.mean(axis=1).var(ddof=1) / 150 + 2 * above.mean(axis=0).var(ddof=1) / 150
    assert found.error == pytest.approx(np.sqrt(variance) / (found.value * (1 - found.value)), rel=0.1)
    assert (found.same, found.different, found.patients) == (150, 150, 150)
    low, high = found.limits(0.95)
    assert low < found.value < high and found.limits(0.99)[0] < low


def test_pairs_of_one_patient_count_as_one():
    random = np.random.default_rng(1)
    same, different = random.normal(1, 1, 60), random.normal(0, 1, 60)
    alone = pair_auc(same, different, np.arange(60), np.arange(120).reshape(60, 2) % 60)
    again = (
        np.repeat(part, 4, axis=0) for part in (same, different, np.arange(60), np.arange(120).reshape(60, 2) % 60)
    )
    four_times = pair_auc(*again)
    assert four_times.value == alone.value and four_times.error == pytest.approx(alone.error, rel=1e-6)


def test_a_verifier_without_fault_and_one_without_patients():
    perfect = pair_auc(np.ones(20), np.zeros(20), np.arange(20), np.arange(40).reshape(20, 2))
    assert perfect.value == pytest.approx(1 - 0.5 / 400) and 0.9 < perfect.limits(0.95)[0] < 1
    nothing = pair_auc(np.ones(2), np.zeros(2), np.arange(2), np.arange(4).reshape(2, 2))
    assert np.isnan(nothing.limits(0.95)).all()
